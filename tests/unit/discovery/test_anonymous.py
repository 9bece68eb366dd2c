# SPDX-License-Identifier: Apache-2.0

"""A recorded host without what identifies its cards."""

from nova_pci_ext.discovery.anonymous import anonymize
from nova_pci_ext.model.inventory import Inventory
from tests import device_scenes as scenes


def test_what_had_a_number_keeps_a_blank():
    known = scenes.pf(mac='52:54:00:12:34:56', serial='S1',
                      netdevs=('enx525400123456', 'eth0'))
    bare = scenes.vf(netdevs=('eth1',))
    found = anonymize(Inventory(host='h', devices=(known, bare)))
    assert found == Inventory(host='h', devices=(
        scenes.pf(mac='00:00:00:00:00:00', serial='blanked-1',
                  netdevs=('enx000000000000', 'eth0')), bare))


def test_cards_stay_as_different_as_they_were():
    found = anonymize(Inventory(host='h', devices=tuple(
        scenes.device(f'0000:{bus}:00.0', serial=serial)
        for bus, serial in (('41', 'S1'), ('42', 'S2'), ('43', 'S1')))))
    assert [each.serial for each in found.devices] == [
        'blanked-1', 'blanked-2', 'blanked-1']
