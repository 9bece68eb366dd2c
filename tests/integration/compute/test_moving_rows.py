# SPDX-License-Identifier: Apache-2.0

"""What a killed nova-compute leaves; writes are in test_re_addressed."""

import json

import pytest
from nova.objects import pci_device

from nova_pci_ext.compute import moving_rows

pytestmark = pytest.mark.nova

ME = '00000000-0000-0000-0000-000000000001'
CONTENT = ['allocated', ME, None, '0000:01:00.0', None]


def row(address, **extra):
    return pci_device.PciDevice(
        address=address, status='available', instance_uuid=None,
        request_id=None, extra_info={key: json.dumps(value)
                                     for key, value in extra.items()})


def planned(plan='p'):
    return row('0000:02:00.0', pci_ext_plan=[plan, [], CONTENT])


def test_a_plan_that_was_begun_is_carried_out():
    dev = planned()
    moving_rows.recover([dev, row('0000:03:00.0',
                                  pci_ext_followed=['p', ''])])
    assert (dev.status, dev.instance_uuid) == ('allocated', ME)
    assert moving_rows.came_from(dev) == '0000:01:00.0'
    assert moving_rows.PLAN not in dev.extra_info


def test_a_plan_of_which_nothing_was_done_is_dropped():
    dev = planned()
    moving_rows.recover([dev, row('0000:03:00.0',
                                  pci_ext_followed=['other', ''])])
    assert (dev.status, dev.instance_uuid) == ('available', None)
    assert dev.extra_info == {}


@pytest.mark.parametrize('rubbish', [None, 5, [], ['p'], ['p', [], [1]]])
def test_what_nobody_wrote_is_dropped(rubbish):
    dev = row('0000:02:00.0', pci_ext_plan=rubbish)
    moving_rows.recover([dev])
    assert (dev.status, dev.extra_info) == ('available', {})
