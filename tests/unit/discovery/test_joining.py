# SPDX-License-Identifier: Apache-2.0

"""Sysfs and libvirt may name the interfaces of a PF in another order."""

import dataclasses

from nova_pci_ext.discovery import joining
from nova_pci_ext.model.inventory import Inventory
from tests import device_scenes


def differences(sysfs, libvirt):
    """Return the fields in which two readings of a device differ."""
    _, found = joining.join(Inventory(host='h', devices=(sysfs,)),
                            Inventory(host='h', devices=(libvirt,)))
    return [each.field for each in found]


def test_libvirt_cannot_tell_which_interface_is_that_of_the_pf():
    ours = device_scenes.pf(netdevs=('p0', 'eth0'), mac='02:00:00:00:00:01',
                            link_state='up', link_speed_mbps=25000)
    theirs = dataclasses.replace(
        ours, netdevs=('eth0', 'p0'), mac='02:00:00:00:00:02',
        link_state='down', link_speed_mbps=None)
    assert differences(ours, theirs) == []
    assert differences(ours, dataclasses.replace(
        theirs, netdevs=('eth0', 'p1'))) == [
        'link_speed_mbps', 'link_state', 'mac', 'netdevs']


def test_of_one_interface_both_say_the_same():
    ours = device_scenes.pf(netdevs=('p0',), mac='02:00:00:00:00:01')
    assert differences(ours, dataclasses.replace(
        ours, mac='02:00:00:00:00:02')) == ['mac']
