# SPDX-License-Identifier: Apache-2.0

"""The hosts of a cloud, as its scheduler would see them for one request.

Nova's host manager reads the database, and Placement is asked the same
question that the scheduler asks it. Nothing is written and nothing claimed.
"""

import collections
import contextlib
import functools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from urllib import parse

import nova.conf
from keystoneauth1 import exceptions as ks_exc
from nova import context as nova_context
from nova import exception
from nova.scheduler import host_manager
from nova.scheduler import request_filter
from nova.scheduler import utils
from nova.scheduler.client import report as placement_client

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining import in_use
from nova_pci_ext.novaobj.protocols import AllocationCandidate
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import HostFilter
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import offers
from nova_pci_ext.scheduler import query

CONF = nova.conf.CONF

# Asked by name already, or of no use to a server that does not exist.
_ASKED = ('PciPassthroughFilter', 'NUMATopologyFilter')
#: How many candidates to ask for where the scheduler's limit was reached.
#: With our candidates so many hosts, with Nova's so many ways.
MOST_CANDIDATES = 100_000
# The microversion of Placement with which providers have one trait of several.
_ANY_TRAITS = '1.39'

Candidates = dict[str, list[AllocationCandidate]]


class Cloud:
    """The cloud that Nova's configuration names.

    :param context: of an administrator
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        # Nova's host states get our statistics when a filter of ours exists.
        filters.PciPassthroughFilter()
        self._manager = host_manager.HostManager()
        self._roots: dict[tuple[str, str], frozenset[str]] = {}

    def other_filters(self) -> list[HostFilter]:
        """Return the enabled filters that do not decide about devices."""
        return [each for each in self._manager.enabled_filters
                if type(each).__name__ not in _ASKED]

    def weighed(self, states: Iterable[hosts.State],
                spec: RequestSpec) -> list[str]:
        """Return the names of hosts, the best for the weighers first."""
        return [each.obj.host for each in
                self._manager.get_weighed_hosts(list(states), spec)]

    def hosts(self, spec: RequestSpec) -> Iterator[hosts.ExplainedHost]:
        """Yield every compute node, with what Placement offers on it.

        :raises ServerRequestError: when a request filter of Nova refuses it
        """
        candidates, beyond = self._candidates(spec)
        beside = functools.cache(functools.partial(self._beside, spec))
        self._manager.refresh_cells_caches()
        for state in self._manager.get_host_states_by_uuids(
                self._context, None, spec):
            state.allocation_candidates = candidates.get(state.uuid, [])
            with nova_context.target_cell(
                    self._context,
                    self._manager.cells[state.cell_uuid]) as context:
                yield _host(state, in_use.DevicesInUse(
                    context, state, functools.partial(
                        _of_host, beside, state.uuid)),
                    beyond.get(state.uuid, ()))

    def able(self, spec: RequestSpec) -> frozenset[str]:
        """Return the nodes that could have a server at any time, by UUID.

        They have the traits and are in the aggregates that it needs, of its
        flavor, image and availability zone. What is free on them, and traits
        of what only some of its resources come from, is not looked at.

        :param spec: not changed
        """
        asked = spec.obj_clone()
        try:
            request_filter.process_reqspec(self._context, asked)
        except exception.RequestFilterFailed:
            return frozenset()
        terms = parse.parse_qsl(self._resources(asked).to_querystring())
        found = self._with('', '')
        for name, value in _terms(terms):
            if value.startswith('!'):
                found -= self._with(name, value.removeprefix('!'))
            else:
                found &= self._with(name, value)
        return found

    def _with(self, name: str, value: str) -> frozenset[str]:
        """Return the roots of trees in which a provider has something.

        :raises ServerRequestError: when Placement does not say it
        """
        if (name, value) not in self._roots:
            query = f'?{parse.urlencode({name: value})}' if name else ''
            # Nova's client guards its own questions, and not this one.
            try:
                answer = placement_client.report_client_singleton().get(
                    f'/resource_providers{query}', version=_ANY_TRAITS)
                # Of a trait that no provider has had yet Placement says 400.
                told = (answer.json() if answer.status_code in (200, 400)
                        else None)
            except (ks_exc.ClientException, ValueError) as exc:
                raise exceptions.ServerRequestError(
                    'Placement does not answer') from exc
            if told is None:
                raise exceptions.ServerRequestError(
                    'Placement does not answer')
            self._roots[name, value] = frozenset(
                each['root_provider_uuid'] for each in told.get(
                    'resource_providers', ()))
        return self._roots[name, value]

    def _candidates(self, spec: RequestSpec) -> tuple[Candidates, Candidates]:
        """Ask Placement as the scheduler does, and once more for the rest.

        :returns: the candidates by resource provider, and all candidates of
            those of which the limit has cut some off
        """
        try:
            request_filter.process_reqspec(self._context, spec)
        except exception.RequestFilterFailed as exc:
            raise exceptions.ServerRequestError(exc.format_message()) from exc
        told = self._ask(spec)
        found = _by_provider(told)
        if len(told) < CONF.scheduler.max_placement_results:
            return found, {}
        with _limit(MOST_CANDIDATES):
            every = _by_provider(self._ask(spec))
        return found, {provider: candidates
                       for provider, candidates in every.items()
                       if len(candidates) > len(found.get(provider, ()))}

    def _beside(self, spec: RequestSpec) -> Mapping[str, list[offers.Offer]]:
        """Ask Placement for all but the devices.

        It offers nothing of a host that lacks one device, and so never says
        what of the others is left there.

        :returns: by resource provider; empty where no device is asked of it,
            and where it does not answer
        """
        asked = query.without_devices(
            self._resources(spec), hosts.requests_of(spec))
        if asked is None:
            return {}
        resources, wanted = asked
        client = placement_client.report_client_singleton()
        found, summaries, _ = client.get_allocation_candidates(
            self._context, resources) or (None, None, None)
        return offers.beside(found or (), summaries or {}, wanted)

    def _resources(self, spec: RequestSpec) -> query.Query:
        found: query.Query = utils.resources_from_request_spec(
            self._context, spec, self._manager,
            enable_pinning_translate=True)
        return found

    def _ask(self, spec: RequestSpec) -> list[AllocationCandidate]:
        client = placement_client.report_client_singleton()
        found, _, _ = client.get_allocation_candidates(
            self._context, self._resources(spec)) or (None, None, None)
        if found is None:
            raise exceptions.ServerRequestError('Placement does not answer')
        candidates: list[AllocationCandidate] = found
        return candidates


def _of_host(beside: Callable[[], Mapping[str, list[offers.Offer]]],
             provider: str) -> Sequence[offers.Offer]:
    return beside().get(provider, ())


def _terms(query: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield what a server as a whole needs, each trait by itself."""
    for name, value in query:
        if name == 'member_of':
            yield name, value
        elif name in ('required', 'root_required'):
            # Several traits of which one is enough are one term.
            for trait in [value] if value.startswith('in:') else (
                    value.split(',')):
                yield 'required', trait


def _by_provider(found: Iterable[AllocationCandidate]) -> Candidates:
    by_provider: Candidates = collections.defaultdict(list)
    for candidate in found:
        for provider in candidate['allocations']:
            by_provider[provider].append(candidate)
    return by_provider


@contextlib.contextmanager
def _limit(candidates: int) -> Iterator[None]:
    """Ask Placement for more candidates than the scheduler does."""
    before = CONF.scheduler.max_placement_results
    CONF.set_override('max_placement_results', candidates, 'scheduler')
    try:
        yield
    finally:
        CONF.set_override('max_placement_results', before, 'scheduler')


def _host(state: hosts.State, used: in_use.DevicesInUse,
          beyond: Sequence[AllocationCandidate] = ()) -> hosts.ExplainedHost:
    return hosts.ExplainedHost(
        name=state.host, state=state, owners=used.owners, beyond=beyond,
        without=lambda owners: _host(used.without(owners), used),
        drained=used.drained,
        undrained=lambda addresses: _host(used.undrained(addresses), used))
