# SPDX-License-Identifier: Apache-2.0

import gc
import weakref

import pytest

from nova_pci_ext.novaobj import kept
from nova_pci_ext.scheduler import freezing


class Cycle:
    """Garbage that only the collector finds."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.enable()
    gc.unfreeze()


@pytest.fixture
def cache():
    return kept.Kept(lambda: 1_000_000)


@pytest.fixture
def freezer(cache):
    return freezing.Freezer([cache])


def fill(cache, first, after):
    """Keep a list for each number."""
    for number in range(first, after):
        cache.keep(str(number), [number], 1)


def collects(found):
    """Whether a collection walks through an object."""
    return any(each is found for each in gc.get_objects())


def test_what_is_kept_leaves_the_collections(cache, freezer):
    fill(cache, 0, 128)
    assert collects(cache.find('0'))
    freezer.freeze()
    assert not collects(cache.find('0'))
    assert freezer.times == 1


def test_little_is_not_frozen(cache, freezer):
    fill(cache, 0, 127)
    freezer.freeze()
    assert collects(cache.find('0'))
    assert freezer.times == 0


def test_it_is_done_again_when_half_is_new(cache, freezer):
    fill(cache, 0, 1000)
    freezer.freeze()
    fill(cache, 1000, 1999)
    freezer.freeze()
    assert freezer.times == 1
    fill(cache, 1999, 2000)
    freezer.freeze()
    assert freezer.times == 2
    assert not collects(cache.find('1999'))


def test_rows_that_changed_count_as_new(cache, freezer):
    """They take the place of frozen ones, which are not kept any more."""
    fill(cache, 0, 1000)
    freezer.freeze()
    for number in range(500):
        cache.keep(str(number), [number], 1)
    freezer.freeze()
    assert freezer.times == 2


def test_garbage_that_was_frozen_goes_the_next_time(cache, freezer):
    work = Cycle()
    gone = weakref.ref(work)
    fill(cache, 0, 128)
    freezer.freeze()
    del work
    gc.collect()
    assert gone() is not None
    fill(cache, 128, 384)
    freezer.freeze()
    assert gone() is None


def test_a_collector_that_is_off_stays_off(cache, freezer):
    fill(cache, 0, 128)
    gc.disable()
    freezer.freeze()
    assert not gc.isenabled()
    assert freezer.times == 0


def test_a_value_that_is_given_up_goes_at_once(cache, freezer):
    fill(cache, 0, 127)
    value = Cycle()
    value.itself = None
    gone = weakref.ref(value)
    cache.keep('value', value, 1)
    del value
    freezer.freeze()
    assert freezer.times == 1
    cache.keep('value', [], 1)
    assert gone() is None
