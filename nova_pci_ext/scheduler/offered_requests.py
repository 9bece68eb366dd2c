# SPDX-License-Identifier: Apache-2.0

"""The PCI requests of a server beside what Placement offers on a host.

Before the engine decides, they are asked of devices that Placement would
give; after it, what was chosen is written as Placement wants it.
"""

import dataclasses
from collections.abc import Mapping

from nova_pci_ext import novaobj
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import offered
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.scheduler import offers

#: Number of a request to the providers of its devices.
Chosen = Mapping[str | None, tuple[str, ...]]


class OfferedRequests:
    """The requests of one server.

    :param asked: Nova's ``InstancePCIRequest`` objects
    :param server: the same, read
    """

    def __init__(self, asked: list[InstancePCIRequest],
                 server: novaobj.ServerRequests) -> None:
        self._asked = asked
        self._server = server
        # Each with what its key names by identity.
        self._asks: dict[object, tuple[offers.Wanted, demands.Ask]] = {}

    def ask(self, offer: offers.Offer, cells: GuestCells | None, *,
            with_terms: bool = True) -> demands.Ask:
        """Return the requests beside the rest of an offer, numbered.

        Equal ones of all hosts are one object.

        :param with_terms: whether what Placement gives has to be offered
        """
        mappings = offer['mappings']
        key = (id(offer.wanted), cells, with_terms, bool(mappings),
               tuple((group, tuple(mappings[group]))
                     for group in self._server.chosen(mappings)))
        kept = self._asks.get(key)
        if kept is None:
            kept = self._asks[key] = offer.wanted, self._read(
                offer, cells, with_terms=with_terms)
        return kept[1]

    def _read(self, offer: offers.Offer, cells: GuestCells | None, *,
              with_terms: bool) -> demands.Ask:
        found = self._server.with_candidate(offer['mappings'])
        return demands.Ask(
            cells=cells, constraints=self._server.constraints,
            requests=tuple(
                self._request(request, asked, number, offer.wanted,
                              with_terms=with_terms)
                for number, (request, asked) in enumerate(
                    zip(self._asked, found, strict=True))))

    def _request(self, request: InstancePCIRequest, found: DeviceRequest,
                 number: int, wanted: offers.Wanted, *,
                 with_terms: bool) -> DeviceRequest:
        # The servers that a host accepted before have the same ids.
        found = dataclasses.replace(found, request_id=str(number),
                                    name=str(number))
        if request.request_id not in wanted.requests:
            return found
        if not with_terms:
            return dataclasses.replace(found, providers=())
        return dataclasses.replace(found, providers=(), alternatives=tuple(
            offered.with_term(asked, terms.term(spec))
            for asked, spec in zip(found.alternatives, request.spec,
                                   strict=True)))

    def complete(self, offer: offers.Offer, chosen: Chosen) -> offers.Json:
        """Write the allocation request of what was chosen beside an offer."""
        allocations: dict[str, dict[str, dict[str, int]]] = {
            uuid: {'resources': dict(allocation['resources'])}
            for uuid, allocation in offer['allocations'].items()}
        mappings = {group: list(uuids) for group, uuids
                    in offer['mappings'].items()}
        wanted = offer.wanted
        classes = {term.resource_class for term in wanted.all_terms}
        for number, request in enumerate(self._asked):
            if request.request_id not in wanted.requests:
                continue
            for group, uuid in zip(terms.group_names(request),
                                   chosen[str(number)], strict=True):
                mappings[group] = [uuid]
                free = offer.tree.providers[uuid].free
                name = min(classes.intersection(free))
                resources = allocations.setdefault(
                    uuid, {'resources': {}})['resources']
                resources[name] = resources.get(name, 0) + 1
        return {'allocations': allocations, 'mappings': mappings}
