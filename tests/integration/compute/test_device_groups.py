# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] device_group`` as nova-compute reads it."""

import json

import pytest
from nova import exception
from nova.conf import CONF

from nova_pci_ext.compute import device_groups
from nova_pci_ext.configuration import pci_ext
from tests import hgx_host

pytestmark = pytest.mark.nova


@pytest.fixture
def declare():
    """Return a function that sets the values of the option."""
    pci_ext.register_opts(CONF)
    yield lambda *values: CONF.set_override(
        'device_group', list(map(json.dumps, values)), 'pci_ext')
    CONF.clear_override('device_group', 'pci_ext')


def test_the_groups_of_this_host(declare):
    declare(*hgx_host.groups())
    assert [str(group) for group in device_groups.declared()] == [
        f'nvlink p{number}' for number in range(15)]


def test_no_service_starts_with_a_group_that_cannot_be_read(declare):
    declare({'type': 'nvlink', 'name': 'p1', 'addresses': []},
            {'type': 'nvlink', 'addresses': ['0000:0f:00.0']})
    with pytest.raises(exception.PciConfigInvalidSpec) as caught:
        device_groups.declared()
    assert str(caught.value) == (
        'Invalid [pci]device_spec config: '
        '[pci_ext] device_group[0].addresses: cannot be []; expected a list '
        'of PCI addresses such as ["0000:0f:00.0", "0000:10:00.0"]\n'
        '[pci_ext] device_group[1]: has no name; expected 1 to 64 letters, '
        'digits, "_", "." and "-", such as "p3"')
