# SPDX-License-Identifier: Apache-2.0

"""What an operator changes so that an alias gets a device."""

import pytest

from nova_pci_ext.handing_out import cures
from nova_pci_ext.handing_out.coverage import NearestMiss
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import Source
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection
from tests import device_scenes


@pytest.mark.parametrize(('rejection', 'words'), [
    pytest.param(Rejection(reason=Reason.IDENTITY), None,
                 id='other devices altogether'),
    pytest.param(Rejection(reason=Reason.PF_NOT_ASKED, found='type-PF'),
                 '0000:0a:00.0 is a PF, which an alias gets with '
                 '"device_type": "type-PF" only', id='a PF'),
    pytest.param(Rejection(reason=Reason.DEV_TYPE, wanted='type-VF',
                           found='type-PF'),
                 '0000:0a:00.0 is a type-PF, and the alias has '
                 '"device_type": "type-VF"', id='another type'),
    pytest.param(Rejection(reason=Reason.LIVE_MIGRATABLE, wanted='false'),
                 'the device_spec entry of 0000:0a:00.0 has no '
                 'live_migratable, and the alias has "live_migratable": '
                 '"no"', id='does not say whether it is migratable'),
    pytest.param(Rejection(reason=Reason.LIVE_MIGRATABLE, wanted='true',
                           found='false'),
                 'the device_spec entry of 0000:0a:00.0 has '
                 '"live_migratable": "no", and the alias has '
                 '"live_migratable": "yes"', id='is not migratable'),
    pytest.param(Rejection(reason=Reason.VDPA_NOT_ASKED),
                 '0000:0a:00.0 is a vDPA device, which only a port of '
                 'vnic_type vdpa gets', id='a vDPA device'),
    pytest.param(Rejection(reason=Reason.REMOTE_MANAGED_NOT_ASKED),
                 '0000:0a:00.0 is remote_managed, which only a port of '
                 'vnic_type remote-managed gets', id='of a DPU'),
    pytest.param(Rejection(reason=Reason.PROVIDER, wanted='CUSTOM_A',
                           found='CUSTOM_B'),
                 'Placement is asked for CUSTOM_A, and has 0000:0a:00.0 as '
                 'CUSTOM_B', id='another class'),
    pytest.param(Rejection(reason=Reason.PROVIDER, wanted='CUSTOM_A'),
                 '0000:0a:00.0 has a physical_network, which keeps it out '
                 'of Placement', id='not in Placement'),
    pytest.param(Rejection(reason=Reason.TAG), '0000:0a:00.0: other tag',
                 id='anything else'),
])
def test_a_miss_has_a_cure(rejection, words):
    miss = NearestMiss(device=device_scenes.pf(), rejection=rejection)
    assert cures.cure(miss, alias('ffff', 'ffff')) == words


def alias(vendor_id, product_id):
    return Alias(name='a', numa_policy=NumaPolicy.LEGACY, entries=(AliasEntry(
        source=Source(option='alias'), vendor_id=vendor_id,
        product_id=product_id),))


def test_the_nearest_ids_are_a_cure():
    pf = device_scenes.pf()
    miss = NearestMiss(device=pf, rejection=Rejection(reason=Reason.IDENTITY))
    assert cures.cure(miss, alias(pf.product_id, pf.vendor_id)) == (
        f'the nearest is "vendor_id": "{pf.vendor_id}", "product_id": '
        f'"{pf.product_id}", as 0000:0a:00.0 has')
