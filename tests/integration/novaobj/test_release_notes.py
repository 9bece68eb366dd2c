# SPDX-License-Identifier: Apache-2.0

"""Notes of devices that are handed out and come back, in Nova's rows."""

import pytest
from nova.objects import pci_device

from nova_pci_ext.model.leavings import Before
from nova_pci_ext.novaobj import release_notes
from tests.vf_kernel import FRESH

pytestmark = pytest.mark.nova


@pytest.mark.parametrize('known', [
    Before(), Before(vfs=7, is_up=True),
    Before(is_up=False, mac='02:00:00:00:00:01', view=FRESH)])
def test_what_is_written_is_read(known):
    dev = pci_device.PciDevice(extra_info={'capabilities': '{}'})
    release_notes.put_before(dev, known)
    assert release_notes.before(dev.extra_info) == known
    release_notes.put_before(dev, None)
    assert dev.extra_info == {'capabilities': '{}'}


@pytest.mark.parametrize('text', [
    '', '[]', '{"vfs": 1, "more": 2}', '{"view": 3}', '[' * 100000,
    '{"view": {"link_state": "sideways"}}'])
def test_nothing_is_known_from_what_cannot_be_read(text):
    assert release_notes.before({release_notes.BEFORE: text}) == Before()


def test_what_is_unclean():
    dev = pci_device.PciDevice(extra_info={})
    assert release_notes.unclean(dev.extra_info) is None
    release_notes.put_unclean(dev, 'trust on')
    assert release_notes.unclean(dev.extra_info) == 'trust on'
