# SPDX-License-Identifier: Apache-2.0

"""GPUs that have other addresses after a restart, with Placement."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_servers_keep_their_cards_through_restarts():
    told = gpu_cloud.run('re_addressed')
    *cards, spare = told.pop('cards')
    kept = {name: ['ACTIVE', [card], [card], True]
            for name, card in zip('abc', cards, strict=True)}
    one = kept['a']
    assert told == {
        'first': [kept, {}], 'swapped': [kept, {}], 'moved': [kept, {}],
        # The server keeps the row, and nobody gets what is there now.
        'replaced': [{**kept, 'a': ['ACTIVE', ['MT9'], ['MT9'], True]},
                     {'MT9': 'another device is there now'}],
        'd': [spare], 'back': [{**kept, 'a': one}, {}],
        # Placement has the allocation where the row waits.
        'waits': [[[['H0_0000:11:00.0'], True], [['H0_0000:30:00.0'], True]],
                  {'0000:11:00.0': 'it is not certain that the same device is '
                                   'there'}],
        'found': [kept, {}],
        'left': [[], [], []]}
