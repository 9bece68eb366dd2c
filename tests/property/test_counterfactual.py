# SPDX-License-Identifier: Apache-2.0

"""The named changes make a host pass, and no smaller ones do.

The oracle of ``pci_hosts`` decides, on every smaller set of changes there is.
``NOVA_PCI_EXT_CASES`` sets the number of cases, a fifteenth of which is tried.
"""

import dataclasses
import itertools
import os

import pytest

from nova_pci_ext.matching import capacity
from nova_pci_ext.matching import counterfactual
from nova_pci_ext.matching import demands
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.request import NumaPolicy
from tests import pci_hosts

pytestmark = pytest.mark.property

SEEDS = range(int(os.environ.get('NOVA_PCI_EXT_CASES', '6000')) // 15)
BATCHES = 12
batches = pytest.mark.parametrize(
    'seeds', [SEEDS[batch::BATCHES] for batch in range(BATCHES)],
    ids=range(BATCHES))
# Beyond this the sets of changes are too many to try them all.
EXHAUSTIVE = 2
NODES = (0, 1, 2, None)


def scenes(seeds):
    """Yield (seed, requests, pools, cells): small, without providers."""
    for seed in seeds:
        requests, pools, cells = pci_hosts.Dice(seed).scene()
        yield seed, [dataclasses.replace(request, providers=())
                     for request in requests], pools, cells


def device_like(alternative, node):
    """A free device with every property that an alternative names."""
    return pci_hosts.pool(
        1, product=alternative.product_id or '7777',
        dev_type=alternative.dev_type or 'type-VF', numa=node,
        **{key: value for key, value in alternative.tags if value is not None})


def fits(requests, pools, cells):
    return pci_hosts.fits([request for request in requests if request.count],
                          pools, cells)


def applied(changes, requests, pools, cells):
    """What requests and pools are after some changes."""
    found = {request.name: request for request in requests}
    pools = list(pools)
    for change in changes:
        request = found[change.name]
        match change:
            case LooserPolicy():
                found[change.name] = dataclasses.replace(
                    request, numa_policy=NumaPolicy.PREFERRED)
            case FewerDevices():
                assert request.count - change.count == change.left
                found[change.name] = dataclasses.replace(
                    request, count=change.left)
            case MoreDevices():
                pools += [device_like(change.alternative, change.numa_node)
                          ] * change.count
    return list(found.values()), pools


def sizes_of(found):
    return {sum(change.size for change in changes) for changes in found}


def single_changes(requests):
    """Every change of size one, as functions on (requests, pools)."""
    for number in range(len(requests)):
        def change(changed, requests, pools, number=number):
            return [*requests[:number], dataclasses.replace(
                requests[number], **changed), *requests[number + 1:]], pools

        yield lambda requests, pools, change=change: change(
            {'numa_policy': NumaPolicy.PREFERRED}, requests, pools)
        yield lambda requests, pools, change=change, number=number: change(
            {'count': max(0, requests[number].count - 1)}, requests, pools)
    likes = {(one, node) for request in requests
             for one in request.alternatives for node in NODES}
    for one, node in sorted(likes, key=repr):
        yield lambda requests, pools, one=one, node=node: (
            requests, [*pools, device_like(one, node)])


def changed(requests, pools, size):
    """Yield requests and pools after every set of changes of a size."""
    for chosen in itertools.combinations_with_replacement(
            list(single_changes(requests)), size):
        after = requests, pools
        for change in chosen:
            after = change(*after)
        yield after


@batches
def test_the_smallest_change_works_and_nothing_smaller_does(seeds):
    for seed, requests, pools, cells in scenes(seeds):
        found = counterfactual.smallest_changes(requests, pools, [cells])
        assert found
        sizes = sizes_of(found)
        assert len(sizes) == 1
        assert (sizes == {0}) is fits(requests, pools, cells)
        for changes in found:
            assert fits(*applied(changes, requests, pools, cells), cells), (
                seed, changes)
        for size in range(1, min(max(sizes), EXHAUSTIVE + 1)):
            for after in changed(requests, pools, size):
                assert not fits(*after, cells), (seed, after)


@batches
def test_the_order_of_requests_and_pools_does_not_matter(seeds):
    for seed, requests, pools, cells in scenes(seeds):
        dice = pci_hosts.Dice(seed)
        found = counterfactual.smallest_changes(requests, pools, [cells])
        other = counterfactual.smallest_changes(
            dice.shuffled(requests), dice.shuffled(pools), [cells])
        assert sizes_of(found) == sizes_of(other)


@batches
def test_capacity_is_what_placing_one_after_the_other_gives(seeds):
    for _, requests, pools, cells in scenes(seeds):
        ask = demands.Ask(requests=tuple(requests), cells=cells)
        most = capacity.capacity((), ask, pools)
        if sum(request.count for request in requests) * (most + 1) > 8:
            continue
        copies = [copy for number in range(most + 1)
                  for copy in renamed(requests, number)]
        assert most == 0 or fits(copies[:-len(requests)], pools, cells)
        assert not fits(copies, pools, cells)


def renamed(requests, number):
    """The requests of another server."""
    return [dataclasses.replace(request, name=f'{request.name}-{number}',
                                request_id=f'{request.name}-{number}')
            for request in requests]
