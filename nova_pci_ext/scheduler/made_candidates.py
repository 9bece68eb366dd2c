# SPDX-License-Identifier: Apache-2.0

"""Allocation candidates that were made here, as Nova's code sees them."""

import typing
from collections.abc import Callable
from collections.abc import Sequence

from nova_pci_ext.scheduler import offers


class Candidate(dict[str, typing.Any]):
    """A complete allocation request that we made.

    :ivar offers: all that Placement offered on the host
    :ivar again: makes candidates of fresh offers
    """

    def __init__(self, content: offers.Json,
                 offered_on_host: Sequence[offers.Offer],
                 again: Callable[[], list['Candidate']],
                 siblings: Callable[[], list['Candidate']]) -> None:
        super().__init__(content)
        self.offers = offered_on_host
        self.again = again
        self.siblings = siblings

    def __deepcopy__(self, memo: object) -> 'Candidate':
        return self


def offers_of(candidates: Sequence[typing.Any],
              ) -> Sequence[offers.Offer] | None:
    """Return what Placement offered on a host, None where it decided.

    :param candidates: of a host state that was not filtered yet, or that was
        filtered for an earlier server of the same request
    """
    if candidates and type(candidates[0]) is dict:
        # Nova's own, of which all are of one kind.
        return None
    for candidate in candidates:
        if isinstance(candidate, Candidate):
            return candidate.offers
    found = [candidate for candidate in candidates
             if isinstance(candidate, offers.Offer)]
    return found or None
