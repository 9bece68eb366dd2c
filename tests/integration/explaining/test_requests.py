# SPDX-License-Identifier: Apache-2.0

"""Requests that the scheduler would refuse on every host."""

import pytest
from nova import context as nova_context
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.server_request import ServerRequest

pytestmark = pytest.mark.nova

STORED = {'pci_passthrough:alias': 'gpu:2', 'pci_passthrough:same': 'pf:nic'}


@pytest.mark.parametrize(('added', 'message'), [
    pytest.param({}, 'pci_passthrough:same: the flavor asks for no alias '
                 '"nic"; expected one of gpu, ports, or add the alias to '
                 'pci_passthrough:alias', id='a flavor as it is'),
    pytest.param({'pci_passthrough:same': 'pf:gpus'},
                 'pci_passthrough:same: the flavor asks for no alias "gpus"; '
                 'did you mean gpu?', id='an extra spec on top of it'),
])
def test_a_flavor_of_the_cloud_whose_sets_are_wrong(added, message,
                                                    monkeypatch):
    objects.register_all()
    monkeypatch.setattr(
        objects.Flavor, 'get_by_name', lambda context, name: objects.Flavor(
            name=name, extra_specs=dict(STORED)))
    with pytest.raises(exceptions.ConfigErrors) as caught:
        requests.request_spec(
            ServerRequest(flavor='m1', extra_specs=added),
            nova_context.get_admin_context())
    assert str(caught.value) == message
