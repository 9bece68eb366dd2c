# SPDX-License-Identifier: Apache-2.0

"""Speeds that stand for an unknown one."""

import pytest

from nova_pci_ext.discovery.links import known_speed


@pytest.mark.parametrize(('speed', 'known'), [
    (None, None), (0, None), (-1, None), (0xffffffff, None), (10, 10),
    (400000, 400000)])
def test_known_speed(speed, known):
    assert known_speed(speed) == known
