# SPDX-License-Identifier: Apache-2.0

import pytest
from keystoneauth1 import exceptions as keystoneauth1
from novaclient import exceptions as nova
from openstack import exceptions as sdk

from nova_pci_ext.clients import refusals


@pytest.mark.parametrize('error', [
    nova.BadRequest(400), nova.Forbidden(403), nova.OverLimit(413),
    sdk.ConflictException('no', http_status=409),
    keystoneauth1.Unauthorized('no'),
    pytest.param(keystoneauth1.EndpointNotFound('no'), id='nothing was sent'),
])
def test_a_service_has_made_nothing(error):
    assert refusals.is_refusal(error)


@pytest.mark.parametrize('error', [
    nova.ClientException(408), nova.ClientException(499),
    nova.ClientException(302), nova.ClientException(500),
    sdk.HttpException('no', http_status=504), sdk.HttpException('no'),
    pytest.param(KeyboardInterrupt(), id='an interrupt'),
    pytest.param(keystoneauth1.ConnectTimeout('no'), id='no answer'),
    pytest.param(keystoneauth1.ConnectFailure('no'), id='a closed line'),
    pytest.param(TypeError('no'), id='an answer that cannot be read'),
    pytest.param(ValueError('no'), id='something else'),
])
def test_a_service_may_have_done_it(error):
    assert not refusals.is_refusal(error)


@pytest.mark.parametrize('error, status', [
    (nova.ClientException(412), 412),
    (sdk.PreconditionFailedException('no', http_status=412), 412),
    (keystoneauth1.Conflict('no'), 409),
    (sdk.HttpException('no'), None),
    (ValueError('no'), None),
], ids=repr)
def test_the_status_of_an_error(error, status):
    assert refusals.status_of(error) == status
