# SPDX-License-Identifier: Apache-2.0

"""Placement's answer, read for candidates that we make ourselves.

Placement multiplies: for eight devices of eight providers it tries every
order.  So it is asked for one device only, and what its answer says of each
provider of a host is enough to choose all of them (decision page
``allocation-candidates``).
"""

import collections
import dataclasses
import json
import typing
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj.protocols import InstancePCIRequest

Json = dict[str, typing.Any]
Resources = dict[str, dict[str, int]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The devices that a query to Placement leaves out.

    :ivar requests: Nova's requests of the flavor, by request id
    :ivar terms: one for each alternative of each request, by request id
    :ivar anchor: name of the one request group that is asked
    :ivar asked: terms that the anchor is asked with, a query for each
    :ivar isolate: whether no two groups may have one provider
    :ivar limit: hosts at most, None for all
    """

    requests: Mapping[str, typing.Any]
    terms: Mapping[str, tuple[Term, ...]]
    anchor: str
    asked: tuple[Term, ...]
    isolate: bool = False
    limit: int | None = None

    @property
    def all_terms(self) -> set[Term]:
        """All that is asked of Placement."""
        return {term for found in self.terms.values() for term in found}


def want(asked: Mapping[str, InstancePCIRequest], *, isolate: bool = False,
         limit: int | None = None) -> Wanted:
    """Return what a query leaves out, and choose what it asks for.

    :param asked: the requests of the flavor, by request id; at least one
    """
    wished = {request_id: tuple(dict.fromkeys(map(terms.term, request.spec)))
              for request_id, request in asked.items()}
    # A query for each alternative of the anchor: the fewer the better.  Most
    # hosts have few devices, so of the rest the largest number tells most.
    request_id, anchor = min(asked.items(), key=lambda item: (
        len(wished[item[0]]), -item[1].count, item[1].alias_name or ''))
    return Wanted(
        requests=asked, terms=wished, anchor=terms.group_names(anchor)[0],
        asked=wished[request_id], isolate=isolate, limit=limit)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The providers of one host that may give a device.

    :ivar root: UUID of the root provider, that is, of the compute node
    """

    root: str
    providers: Mapping[str, Provider]


class Offer(dict[str, typing.Any]):
    """An allocation request without the devices, as Nova's code may see it.

    A filter that comes before ours decides by the rest of it.

    :ivar wanted: what has to come in
    :ivar tree: the host that it is on
    :ivar ask_again: asks Placement once more about this host alone
    """

    def __init__(self, content: Json, wanted: Wanted, tree: Tree,
                 ask_again: typing.Callable[[], list['Offer']]) -> None:
        super().__init__(content)
        self.wanted = wanted
        self.tree = tree
        self.ask_again = ask_again

    def __deepcopy__(self, memo: object) -> 'Offer':
        # Nova copies the candidates of every host lest filters change them.
        return self


def left(offer: Offer, taken: Mapping[str, int]) -> dict[str, Provider]:
    """Return what Placement would give beside the rest of an offer.

    :param taken: units that are not to be given, by provider
    """
    alone = offer.wanted.isolate
    others = {uuid for group, uuids in offer['mappings'].items() if group
              for uuid in uuids} if alone else set()
    found = {}
    for uuid, provider in offer.tree.providers.items():
        rest = offer['allocations'].get(uuid, {}).get('resources', {})
        free = {
            name: max(0, count - rest.get(name, 0) - taken.get(uuid, 0))
            for name, count in provider.free.items()}
        if alone:
            free = {name: min(count, uuid not in others)
                    for name, count in free.items()}
        found[uuid] = dataclasses.replace(provider, free=free)
    return found


def read(answers: Iterable[tuple[list[Json], dict[str, Json]]],
         wanted: Wanted,
         ask_again: typing.Callable[[str], list[Offer]]) -> list[Offer]:
    """Return what is offered, the devices taken out.

    Each host comes once for each way to have the rest, such as one for each
    PF that has the bandwidth of a port, however many devices it has.

    :param answers: allocation requests and provider summaries of each query
    :param ask_again: asks about one host, by its UUID
    """
    roots: dict[str, dict[str, Json]] = {}
    trees: dict[str, Tree] = {}
    for candidates, summaries in answers:
        for candidate in candidates:
            uuid = candidate['mappings'][wanted.anchor][0]
            root = summaries[uuid]['root_provider_uuid']
            rest = without_anchor(candidate, wanted, uuid)
            roots.setdefault(root, {}).setdefault(
                json.dumps(rest, sort_keys=True), rest)
        for tree in _trees(summaries, wanted):
            trees.setdefault(tree.root, tree)
    # What does not start with a root is not a host of ours: a device of a
    # sharing provider is plugged in elsewhere.
    found = [(root, list(rests.values())) for root, rests in roots.items()
             if any(root in rest['allocations'] for rest in rests.values())]
    if wanted.limit is not None and len(found) > wanted.limit:
        found = [(root, rests) for root, rests in found
                 if _may_suffice(trees[root], wanted)][:wanted.limit]
    return [Offer(rest, wanted, trees[root], _of(root, ask_again))
            for root, rests in found for rest in rests]


def beside(candidates: Iterable[Json], summaries: Mapping[str, Json],
           wanted: Wanted) -> dict[str, list[Offer]]:
    """Return what is offered of each host if no device is asked for.

    A host is here whatever its devices are used for, as long as Placement has
    the rest of the server on it.

    :param candidates: allocation requests without any device
    :returns: by the UUID of the root provider; offers that are not asked for
        again
    """
    trees = {tree.root: tree for tree in _trees(summaries, wanted)}
    found: dict[str, list[Offer]] = collections.defaultdict(list)
    for candidate in candidates:
        for root in trees.keys() & candidate['allocations'].keys():
            found[root].append(Offer(candidate, wanted, trees[root], list))
    return found


def with_units(offer: Offer, units: Mapping[str, int], *,
               reserved: bool) -> Offer:
    """Return an offer of a host that has more units of devices left.

    :param units: by provider; each stands for devices of one class
    :param reserved: whether they were reserved, and not used. More can be
        reserved than is left: then less than these are left for others, and
        of used ones less comes free.
    """
    providers = {
        uuid: dataclasses.replace(provider, free={
            name: (max(0, count) + units.get(uuid, 0) if reserved
                   else max(0, count + units.get(uuid, 0)))
            for name, count in provider.free.items()})
        for uuid, provider in offer.tree.providers.items()}
    return Offer(offer, offer.wanted, dataclasses.replace(
        offer.tree, providers=providers), offer.ask_again)


def _may_suffice(tree: Tree, wanted: Wanted) -> bool:
    """Whether a host has as many units as each request takes.

    A host that has not would take the place of one that has.
    """
    return all(
        sum(provider.free[term.resource_class]
            for provider in tree.providers.values()
            for term in [next((term for term in wanted.terms[request_id]
                               if term.fits(provider)), None)] if term)
        >= request.count
        for request_id, request in wanted.requests.items())


def _of(root: str, ask_again: typing.Callable[[str], list[Offer]],
        ) -> typing.Callable[[], list[Offer]]:
    return lambda: ask_again(root)


def without_anchor(candidate: Json, wanted: Wanted, uuid: str) -> Json:
    """Return an allocation request without the one device that was asked."""
    allocations = {}
    for provider, allocation in candidate['allocations'].items():
        resources = dict(allocation['resources'])
        if provider == uuid:
            name = next(term.resource_class for term in wanted.asked
                        if resources.get(term.resource_class, 0))
            resources[name] -= 1
            if not resources[name]:
                del resources[name]
        if resources:
            allocations[provider] = {'resources': resources}
    return {'allocations': allocations,
            'mappings': {group: list(uuids) for group, uuids
                         in candidate['mappings'].items()
                         if group != wanted.anchor}}


def _trees(summaries: Mapping[str, Json], wanted: Wanted) -> Iterable[Tree]:
    """Read the providers that have a class which is asked for."""
    classes = {term.resource_class for term in wanted.all_terms}
    found: dict[str, dict[str, Provider]] = collections.defaultdict(dict)
    for uuid, summary in summaries.items():
        if not classes.isdisjoint(summary['resources']):
            found[summary['root_provider_uuid']][uuid] = terms.provider(
                uuid, summary)
    return [Tree(root=root, providers=providers)
            for root, providers in found.items()]
