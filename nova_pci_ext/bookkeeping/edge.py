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

#: OSError is that of sockets, of files and of ``requests``.
ERRORS: tuple[type[Exception], ...] = (
    ks_exceptions.ClientException, client_errors.NeutronException,
    exception.NovaException, db_exception.DBError,
    db_exception.CantStartEngineError, sqlalchemy.exc.SQLAlchemyError,
    OSError)
