# SPDX-License-Identifier: Apache-2.0

"""Pools: what they are equal by, and what they exclude."""

import pytest

from nova_pci_ext.model.device import DeviceType
from tests.pci_hosts import pool


def test_a_class_is_equal_by_what_its_devices_are():
    one, two = (pool(free, group=group, trusted='true').kind
                for free, group in ((1, '0000:41:00.0'), (5, None)))
    assert (one, hash(one)) == (two, hash(two))
    assert one != pool(trusted='false').kind


def test_the_tag_of_a_class():
    kind = pool(trusted='true', physical_network='p1').kind
    assert (kind.tag('trusted'), kind.tag('managed')) == ('true', None)


@pytest.mark.parametrize('dev_type', [None, *DeviceType])
def test_only_a_pf_excludes_its_group(dev_type):
    assert pool(dev_type=dev_type).is_pf is (dev_type is DeviceType.PF)
