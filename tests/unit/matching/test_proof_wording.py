# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import proof_wording
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Proof

NONE_FREE = Proof(requests=(('a1', 1),), needed=1, available=0, devices=())
BRANCH = Proof(requests=(('v', 3),), needed=3, available=2,
               devices=(('0000:42:00.0', 2),), pf_given=('0000:41:00.0',),
               vf_kept=('0000:42:00.0',))
CHOSEN = Proof(requests=(('gpu', 2), ('nic', 1)), needed=3, available=1,
               devices=(('0000:42:00.0', 1),),
               chosen=(('same=pcie_switch:gpu,nic', '0000:40:00.0'),),
               alike=(('0000:50:00.0', '0000:60:00.0'),))
VALUES = Proof(requests=(('nic', 3),), needed=3, available=2,
               devices=(('0000:41:00.0', 1), ('0000:42:00.0', 1)),
               lacking='distinct=pf:nic', counted=Counted.VALUES)
PAIRS = Proof(requests=(('gpu', 2), ('nic', 2)), needed=2, available=0,
              devices=(), lacking='pair=pcie_switch:gpu,nic',
              counted=Counted.PAIRS)
NO_GROUP = Proof(requests=(('gpu', 2),), needed=1, available=0, devices=(),
                 lacking='group=nvlink:gpu', counted=Counted.VALUES)


@pytest.mark.parametrize('proof, text', [
    (NONE_FREE, 'request a1 (1) needs 1 device, and no free device can serve '
                'it'),
    (BRANCH, 'request v (3) needs 3 devices, and only 2 free devices can '
             'serve it: 2 of 0000:42:00.0, if the PF 0000:41:00.0 is given '
             'out and the PF 0000:42:00.0 is kept for its VFs'),
    (CHOSEN, 'requests gpu (2) and nic (1) need 3 devices, and only 1 free '
             'device can serve any of them: 0000:42:00.0, if '
             'same=pcie_switch:gpu,nic has 0000:40:00.0 (likewise '
             '0000:50:00.0 and 0000:60:00.0)'),
    (VALUES, 'request nic (3) needs 3 different values for distinct=pf:nic, '
             'and there are only 2: 0000:41:00.0, 0000:42:00.0'),
    (PAIRS, 'requests gpu (2) and nic (2) need 2 pairs for '
            'pair=pcie_switch:gpu,nic, and there is none'),
    (NO_GROUP, 'request gpu (2) needs one value for group=nvlink:gpu, and it '
               'can have none'),
])
def test_a_proof_is_a_sentence(proof, text):
    assert proof_wording.proof_text(proof) == text


def test_long_lists_of_devices_are_cut():
    proof = Proof(requests=(('a1', 99),), needed=99, available=20,
                  devices=tuple((f'0000:{bus:02x}:00.0', 1)
                                for bus in range(20)))
    assert proof_wording.proof_text(proof).endswith('0000:0f:00.0, ...')


def test_words_are_listed_as_english_does():
    assert [proof_wording.listed('abc'[:number]) for number in (1, 2, 3)] == [
        'a', 'a and b', 'a, b and c']
