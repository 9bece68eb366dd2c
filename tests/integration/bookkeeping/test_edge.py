# SPDX-License-Identifier: Apache-2.0

import pytest
import requests
from keystoneauth1 import exceptions as ks_exceptions
from neutronclient.common import exceptions as client_errors
from nova import exception
from oslo_db import exception as db_exception

from nova_pci_ext.bookkeeping import edge

pytestmark = pytest.mark.nova


@pytest.mark.parametrize(('error', 'is_one'), [
    (ks_exceptions.MissingAuthPlugin, True),
    (ks_exceptions.ConnectFailure, True),
    (client_errors.Unauthorized, True),
    (client_errors.ConnectionFailed, True),
    (exception.NeutronAdminCredentialConfigurationInvalid, True),
    (requests.exceptions.ReadTimeout, True), (TimeoutError, True),
    (db_exception.DBConnectionError, True),
    (TypeError, False), (KeyError, False), (AssertionError, False),
    (AttributeError, False)])
def test_services_fail_and_programs_have_faults(error, is_one):
    assert issubclass(error, edge.ERRORS) is is_one
