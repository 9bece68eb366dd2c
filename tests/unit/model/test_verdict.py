# SPDX-License-Identifier: Apache-2.0

"""Two kinds of no."""

from nova_pci_ext.model.verdict import ORDER
from nova_pci_ext.model.verdict import Reason


def test_what_a_free_device_can_help():
    assert {reason.value for reason in Reason if reason.not_now} == {
        'placement', 'too_few', 'bandwidth', 'joint', 'pf_and_vf', 'set',
        'search_limit'}


def test_identity_comes_before_type_and_type_before_place():
    assert (ORDER[Reason.IDENTITY] < ORDER[Reason.DEV_TYPE]
            < ORDER[Reason.NUMA_NODE] < ORDER[Reason.TOO_FEW])
