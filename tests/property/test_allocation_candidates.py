# SPDX-License-Identifier: Apache-2.0

"""Our allocation candidates against all that an unlimited Placement has.

``NOVA_PCI_EXT_CLOUDS`` sets the number of random clouds; CI runs 600, a
nightly run 5,000.
"""

import collections
import copy
import os

import pytest
from nova.scheduler import utils

from nova_pci_ext.novaobj import terms
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import query
from tests import placement_scenes

CLOUDS = int(os.environ.get('NOVA_PCI_EXT_CLOUDS', '600'))
BATCHES = 12

pytestmark = [pytest.mark.property, pytest.mark.nova]
batches = pytest.mark.parametrize('batch', range(BATCHES))


class Context:
    """The part of a request context that a query needs."""

    global_id = None


def scheduled(hosts, spec):
    """Return the host states, filtered, as the scheduler has them."""
    filter_ = filters.PciPassthroughFilter()
    resources = utils.resources_from_request_spec(None, spec, None)

    def get(client, context, asked):
        group = asked._rg_by_id[asked.pci_ext_wanted.anchor]
        return placement_scenes.answer(hosts, group)

    found = query.fetch(get, None, Context(), resources)[0]
    states = []
    for host in hosts:
        state = host.state()
        state.allocation_candidates = copy.deepcopy([
            each for each in found if host.root in each['allocations']])
        states.append(state)
    states = [state for state in states if state.allocation_candidates]
    return list(filter_.filter_all(states, spec))


def assert_accepted(host, spec, candidate):
    """Placement would accept it, and it has what each group asks for."""
    every = (found for found, _ in placement_scenes.all_candidates(
        host, spec))
    assert any(found == candidate for found in every), candidate


@batches
def test_the_same_hosts_pass_and_every_claim_is_accepted(batch):
    for seed in range(batch, CLOUDS, BATCHES):
        hosts, spec = placement_scenes.Dice(seed).cloud()
        if not any(map(terms.is_of_flavor, spec.pci_requests.requests)):
            continue
        passed = {state.host: state for state in scheduled(hosts, spec)}
        for host in hosts:
            # A guest without room anywhere is NUMATopologyFilter's to refuse.
            if not placement_scenes.cell_choices(host, spec):
                continue
            assert (host.name in passed) is placement_scenes.usable(
                host, spec), (seed, host, spec)
            if host.name in passed:
                candidates = passed[host.name].allocation_candidates
                assert 1 <= len(candidates) <= 3
                for candidate in candidates:
                    assert_accepted(host, spec, dict(candidate))


@batches
def test_servers_of_one_request_are_placed_until_the_devices_end(batch):
    """Each server is accepted on the first host until none passes."""
    for seed in range(batch, CLOUDS // 4, BATCHES):
        hosts, spec = placement_scenes.Dice(seed).cloud()
        spec.numa_topology = None
        hosts = hosts[:1]
        states = scheduled(hosts, spec)
        taken = collections.Counter()
        while states:
            (state,) = states
            candidate = state.allocation_candidates[0]
            for each in hosts[0].providers:
                taken[each.uuid] += sum(candidate['allocations'].get(
                    each.uuid, {'resources': {}})['resources'].values())
                assert taken[each.uuid] <= max(
                    0, each.capacity - each.used), seed
            state.pci_stats.apply_requests(
                spec.pci_requests.requests, candidate['mappings'])
            states = list(filters.PciPassthroughFilter().filter_all(
                states, spec))
