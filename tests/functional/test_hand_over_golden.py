# SPDX-License-Identifier: Apache-2.0

"""The shape of profiles and elements; a change must touch a golden file."""

import pytest

from tests import hand_over
from tests import hand_over_table

FILES = hand_over_table.golden_files()


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_shape(path):
    assert path.read_text() == FILES[path]


def test_no_golden_file_is_left_over():
    assert set(hand_over_table.GOLDEN.iterdir()) == set(FILES)


def test_every_kind_of_the_feature_list_has_a_row():
    features = {feature for row in hand_over.ROWS
                for feature in row.feature.split(', ')}
    assert features == {*(f'C{n}' for n in range(1, 11)), 'D4', 'D5'}
