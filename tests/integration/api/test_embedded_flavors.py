# SPDX-License-Identifier: Apache-2.0

"""Flavors with sets, from the API of an embedded Nova to their devices."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = pytest.mark.nova

SAME = 'pci_passthrough:same'


@pytest.mark.parametrize('candidates', ['ours', 'nova'])
def test_flavors_are_checked_and_obeyed(candidates):
    told = gpu_cloud.run('flavor_sets', candidates)
    assert told == {
        'apart': ['ACTIVE', [0, 1]],
        'refused': f'Validation failed; {SAME}: the flavor asks for no alias '
                   '"a2"; did you mean a1?',
        'contradiction': 'Validation failed; pci_passthrough:distinct: '
                         '"numa_node:a1" is impossible together with '
                         f'{SAME} = numa_node:a1',
        'accepted': None,
        'alias': f'Validation failed; {SAME}: the flavor asks for no alias '
                 '"a1"; did you mean a2?',
        'together': ['ACTIVE', told['together'][1]],
        'too many': ['ERROR', []],
        'not validated': None,
        'old': ['ERROR', []],
    }
    assert told['together'][1] in ([0] * 3, [1] * 3)
