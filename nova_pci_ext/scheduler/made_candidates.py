# SPDX-License-Identifier: Apache-2.0

"""Allocation candidates that were made here, as Nova's code sees them."""

import itertools
import typing
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.scheduler import offers


class Candidate(dict[str, typing.Any]):
    """A complete allocation request that we made.

    :ivar offers: all that Placement offered on the host
    :ivar again: makes candidates of fresh offers
    """

    def __init__(self, content: offers.Json,
                 offered_on_host: Sequence[offers.Offer],
                 again: Callable[[], Sequence['Candidate']],
                 siblings: Callable[[], Sequence['Candidate']]) -> None:
        super().__init__(content)
        self.offers = offered_on_host
        self.again = again
        self.siblings = siblings

    def __deepcopy__(self, memo: object) -> 'Candidate':
        return self


class Candidates(Sequence[Candidate]):
    """The candidates of a host, each made when somebody looks that far.

    Of most hosts nobody looks further than at the first.

    :param made: makes them, better ones first
    """

    def __init__(self, made: Iterator[Candidate]) -> None:
        self._made = made
        self._known: list[Candidate] = []

    def _reach(self, count: int | None) -> list[Candidate]:
        """Return at least so many, if there are; None for all."""
        more = None if count is None else max(0, count - len(self._known))
        self._known.extend(itertools.islice(self._made, more))
        return self._known

    def __bool__(self) -> bool:
        return bool(self._reach(1))

    def __len__(self) -> int:
        return len(self._reach(None))

    def __iter__(self) -> Iterator[Candidate]:
        for number in itertools.count():
            if len(self._reach(number + 1)) <= number:
                return
            yield self._known[number]

    @typing.overload
    def __getitem__(self, index: int) -> Candidate: ...

    @typing.overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...

    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        if isinstance(index, slice):
            reach = index.stop if (index.stop or 0) >= 0 and (
                index.start or 0) >= 0 and (index.step or 1) > 0 else None
            return self._reach(reach)[index]
        return self._reach(index + 1 if index >= 0 else None)[index]

    def __eq__(self, other: object) -> bool:
        return (list(self) == list(other) if isinstance(other, Sequence)
                else NotImplemented)

    __hash__ = None  # type: ignore[assignment]


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
