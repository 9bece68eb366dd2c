# SPDX-License-Identifier: Apache-2.0

"""What a weight is, computed anew from all hosts; nothing is kept but what
cards were seen to be like."""

import dataclasses

from nova_pci_ext.matching import cards
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import score
from nova_pci_ext.matching import set_groups
from nova_pci_ext.model.verdict import Shortage


class PlainWeigher:
    """Weighs pools of hosts as doc/source/reference/weigher.rst says."""

    def __init__(self):
        self._models = {}

    def weigh(self, hosts, requests):
        """Return the score of each host, None where it cannot serve.

        :param hosts: (pools, room)
        """
        for pools, _ in hosts:
            self._models = cards.learn_models(
                self._models, cards.group_cards(pools))
        shifts = score.scarcity([
            (self.change(pools, ()), 1) for pools, _ in hosts])
        found = [self.change(pools, requests) for pools, _ in hosts]
        return [None if change is None else score.score(change, room, shifts)
                for change, (_, room) in zip(found, hosts, strict=True)]

    def change(self, pools, requests):
        """Return what requests change, None where they do not fit."""
        before = self._shelves(pools)
        if not requests:
            return score.compare(before, before)
        found = decision.search_demands(demands.merge([demands.Ask(
            requests=tuple(dataclasses.replace(request, request_id=None)
                           for request in requests))]), tuple(pools))
        if isinstance(found, Shortage):
            return None
        left = leftover.remaining(pools, found.takes)
        return score.compare(before, self._shelves(left), int(
            set_groups.broken(pools, left) * cards.CARD))

    def _shelves(self, pools):
        return cards.fill_shelves(cards.group_cards(pools), self._models)
