# SPDX-License-Identifier: Apache-2.0

"""Short texts about one device."""

import pytest

from nova_pci_ext.drawing import labels
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes


@pytest.mark.parametrize(('device', 'kind'), [
    (scenes.pf(), 'PF Ethernet'),
    (scenes.vf(), 'VF Ethernet'),
    (scenes.device('0000:01:00.0', class_code='010802'), 'NVMe'),
    (scenes.device('0000:01:00.0', class_code='01ff00'), 'storage'),
    (scenes.device('0000:01:00.0', class_code='ff0000'), 'PCI'),
    (scenes.device('0000:01:00.0', class_code=None), 'PCI'),
    (scenes.device('0000:01:00.0', class_code='060400', driver='pcieport',
                   pci_path=('pci0000:00',)), 'root port'),
    (scenes.device('0000:01:00.0', class_code='060400', driver='pcieport',
                   pci_path=('pci0000:00', '0000:00:01.0')), 'PCI bridge'),
], ids=['PF', 'VF', 'subclass', 'class only', 'unknown class', 'no class',
        'root port', 'bridge below one'])
def test_type_and_class(device, kind):
    assert labels.kind(device) == kind


@pytest.mark.parametrize(('state', 'speed', 'text'), [
    (None, None, None), ('down', None, 'down'), (None, 1000, None),
    ('up', 1000, 'up 1000 Mb/s')])
def test_link(state, speed, text):
    assert labels.link(scenes.pf(
        link_state=state, link_speed_mbps=speed)) == text


ENTRY = 'nova.conf:3: [pci] device_spec[1]'


@pytest.mark.parametrize(('device', 'use', 'entry', 'text'), [
    (scenes.vf(owner='u1'), Use.OWNED, ENTRY, 'owned by u1'),
    (scenes.vf(), Use.FREE, ENTRY, 'free, device_spec[1]'),
    (scenes.vf(), Use.FREE, None, 'free'),
    (scenes.vf(), None, None, None),
    (scenes.vf(), Use.NOT_HANDED_OUT, None, 'not handed out'),
    (scenes.vf(class_code='060400'), Use.NOT_HANDED_OUT, None, None),
    (scenes.vf(unclean='VLAN 5'), Use.FREE, ENTRY,
     'free, not clean: VLAN 5, device_spec[1]'),
    (scenes.vf(held='who knows'), Use.DEPENDENT, ENTRY,
     'dependent, held: who knows, device_spec[1]'),
], ids=['owned', 'free', 'no entry', 'unknown', 'not handed out',
        'a bridge goes without saying', 'not clean', 'held'])
def test_use(device, use, entry, text):
    assert labels.use(DeviceView(device=device, use=use, entry=entry)) == text


@pytest.mark.parametrize(('facts', 'use', 'state', 'taken'), [
    (dict(unclean='VLAN 5'), Use.FREE, 'free, not clean',
     'not clean: VLAN 5'),
    (dict(unclean='VLAN 5', drained='not clean: VLAN 5'), Use.DRAINED,
     'drained, not clean', 'reason: not clean: VLAN 5'),
    (dict(held='gone', owner='u1'), Use.OWNED, 'owned, held',
     'instance u1, held: gone'),
    (dict(held='gone'), Use.DEPENDENT, 'dependent, held', 'held: gone'),
], ids=['not clean', 'not clean, and drained for it', 'owned and held',
        'held'])
def test_what_nova_compute_has_noted_is_said_once(facts, use, state, taken):
    view = DeviceView(device=scenes.vf(**facts), use=use, entry=ENTRY)
    assert (labels.state(view), labels.taken(view)) == (state, taken)


@pytest.mark.parametrize(('numbers', 'text'), [
    ([], ''), ([4], '4'), ([0, 1, 2, 4], '0-2,4'), ([1, 3], '1,3')])
def test_ranges(numbers, text):
    assert labels.ranges(numbers) == text
