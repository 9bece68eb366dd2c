# SPDX-License-Identifier: Apache-2.0

"""What explain says of Placement is what happens, in an embedded Nova."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def test_the_candidate_that_is_said_is_claimed_and_a_refusal_says_whose():
    first, near, *refusals = gpu_cloud.run('explained')
    # The two of the entry that stands first, and one of the other.
    assert first == [['H0_0000:10:00.0', 'H0_0000:40:00.0',
                      'H0_0000:41:00.0']] * 2
    assert near == [['H0_0000:11:00.0', 'H0_0000:12:00.0']] * 2
    # Somebody else has units of the free ones, and then of all; whoever owns
    # the others would make room.
    assert refusals == [
        ['not now', 'not enough free devices'],
        *[['not now',
           'Placement has not enough units left of the devices']] * 2]
