# SPDX-License-Identifier: Apache-2.0

"""The errors of what is beyond this process: services and databases.

The clients of Nova, Keystone, Neutron and SQLAlchemy have none in common.
Any other error is a fault of the program, and is not taken for silence.
"""

import sqlalchemy.exc
from keystoneauth1 import exceptions as ks_exceptions
from neutronclient.common import exceptions as client_errors
from nova import exception
from oslo_db import exception as db_exception

# What says that a group of the configuration names nobody to log in as.
_NOT_CONFIGURED = (
    ks_exceptions.MissingAuthPlugin, ks_exceptions.MissingRequiredOptions,
    ks_exceptions.NoMatchingPlugin,
    exception.NeutronAdminCredentialConfigurationInvalid)

#: OSError is that of sockets, of files and of ``requests``.
ERRORS: tuple[type[Exception], ...] = (
    ks_exceptions.ClientException, client_errors.NeutronException,
    exception.NovaException, db_exception.DBError,
    db_exception.CantStartEngineError, sqlalchemy.exc.SQLAlchemyError,
    OSError)


def silence(name: str, error: Exception) -> str:
    """Say that a service has no answer, and where that can be looked at.

    :param name: of the service, as it is called; its group of the
        configuration has the same name
    """
    where = (f'; [{name.lower()}] of the configuration has nothing to log in '
             'with' if isinstance(error, _NOT_CONFIGURED) else '')
    return f'{name}: no answer ({type(error).__name__}){where}'
