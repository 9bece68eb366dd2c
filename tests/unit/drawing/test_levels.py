# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import GroupCounts

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')


@pytest.mark.parametrize(('free', 'of', 'expected'), [
    (0, 8, 'none free'), (1, 1000, 'up to 25 %'), (2, 8, 'up to 25 %'),
    (251, 1000, 'up to 50 %'), (4, 8, 'up to 50 %'), (6, 8, 'up to 75 %'),
    (7, 8, 'over 75 %'), (9999, 10000, 'over 75 %'), (8, 8, 'all free')])
def test_only_what_is_whole_has_the_last_colour(free, of, expected):
    assert levels.level(ClassCounts(
        free=free, used=of - free)).text == expected


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[each:each + 2], 16) / 255 for each in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4
        for part in parts)
    return .2126 * red + .7152 * green + .0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + .05) / (dark + .05)


def test_colours_differ_without_their_hue_and_letters_can_be_read():
    light = [luminance(level.colour) for level in levels.LEVELS]
    assert light == sorted(light)
    for one, other in zip(levels.LEVELS, levels.LEVELS[1:], strict=False):
        assert contrast(one.colour, other.colour) > 1.4
    for level in levels.LEVELS:
        assert contrast(level.colour, level.ink) > 4.5


def test_counts_are_words():
    group = GroupCounts(type='nvlink', size=4, whole=1, declared=2)
    assert levels.words(ClassCounts(free=8)) == '8 of 8 free'
    assert levels.all_words(ClassCounts(free=8)) == '8 of 8 free'
    counts = ClassCounts(free=3, used=2, drained=1, dependent=2,
                         drained_used=1, unhealthy=4, groups=(group,))
    said = ('3 of 8 free, 2 used (1 of them drained), 1 drained, '
            '2 dependent, 4 unhealthy')
    assert levels.words(counts) == said
    assert levels.all_words(counts) == f'{said}, nvlink of 4: 1 of 2 whole'


def test_numa_nodes_are_words():
    assert levels.free_nodes(ClassCounts(
        free_by_node=((0, 4), (1, 2), (None, 3)))) == 'NUMA node 0: 4, 1: 2'
    assert levels.free_nodes(ClassCounts(free_by_node=((None, 3),))) == ''


def test_a_class_is_found():
    counts = ClassCounts(free=1)
    assert levels.of_class(((GPU, counts),), GPU) is counts
    assert levels.of_class((), GPU) is None
