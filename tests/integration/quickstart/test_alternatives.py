# SPDX-License-Identifier: Apache-2.0

"""Aliases with several entries, in an embedded Nova with Placement."""

import pytest

from tests.embedded import gpu_cloud

pytestmark = [pytest.mark.nova, pytest.mark.slow]


def told(*products):
    return gpu_cloud.run('alternatives', *products)


def test_the_entry_that_stands_first_is_taken_first():
    """Each of two hosts has one device of the first, two of the second."""
    assert told('1db6', '20b0') == [
        ['ACTIVE', ['1db6'], True],
        # It moved to the other host.
        ['ACTIVE', ['1db6'], True],
        ['ACTIVE', ['1db6', '20b0', '20b0'], True],
        ['ACTIVE', ['20b0', '20b0'], True],
        ['ERROR', [], True]]


def test_the_order_is_that_of_the_file():
    assert told('20b0', '1db6')[:2] == [
        ['ACTIVE', ['20b0'], True], ['ACTIVE', ['20b0'], True]]
