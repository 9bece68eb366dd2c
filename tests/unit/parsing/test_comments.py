# SPDX-License-Identifier: Apache-2.0

"""Comments that stand where a configuration file has none."""

import pytest

from nova_pci_ext.parsing import comments


@pytest.mark.parametrize(('value', 'is_one'), [
    ('eth1 # ports', True), ('true\t; all of them', True), ('# alone', True),
    ('eth1', False), ('a#b', False), ('', False),
    ('0000:07:00.2;0000', False)])
def test_something_like_a_comment(value, is_one):
    assert comments.is_behind(value) is is_one
