# SPDX-License-Identifier: Apache-2.0

"""Claims that follow what the instance holds in Placement.

Nova makes the PCI requests of a moving server anew, without the providers
that Placement allocated, and devices of other providers would be claimed.
While a claim follows an allocation, each request of the flavor takes its
devices from providers that the allocation has.
"""

import contextlib
import contextvars
import dataclasses
import itertools
import typing
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import offered
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.novaobj import terms

Held = Mapping[str, Provider]

_HELD: contextvars.ContextVar[Held | None] = contextvars.ContextVar(
    'held', default=None)


@contextlib.contextmanager
def following(held: Held | None) -> Iterator[None]:
    """Let the claims of this thread follow an allocation.

    :param held: the providers of this host's devices that the instance
        holds, with the units that it has of them; empty where it holds none,
        None where that is not known
    """
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)


def is_followed() -> bool:
    """Whether a claim of this thread follows an allocation."""
    return _HELD.get() is not None


def bind(asked: demands.Ask, requests: Sequence[typing.Any],
         pools: Sequence[Pool]) -> demands.Ask:
    """Give each request of a flavor the providers that it has to take from.

    What the requests themselves say of providers is not asked: it may be of
    an earlier host, or of a time when Placement knew the devices.

    :param requests: the ``InstancePCIRequest`` objects of ``asked``
    """
    held = _HELD.get()
    if held is None:
        return asked
    bare = [dataclasses.replace(request, providers=())
            for request in asked.requests]
    chosen = _choose(held, bare, requests, asked, pools) if held else {}
    return dataclasses.replace(asked, requests=tuple(
        dataclasses.replace(request, providers=chosen.get(str(number), ()))
        for number, request in enumerate(bare)))


def _choose(held: Held, bare: Sequence[DeviceRequest],
            requests: Sequence[typing.Any], asked: demands.Ask,
            pools: Sequence[Pool]) -> dict[str | None, tuple[str, ...]]:
    """Return the providers of each request by its number."""
    wanted = {number: [terms.term(spec) for spec in request.spec]
              for number, request in enumerate(requests)
              if terms.is_of_flavor(request)}
    numbered = [dataclasses.replace(
        request, request_id=str(number), alternatives=tuple(
            offered.with_term(alternative, term) for alternative, term
            in zip(request.alternatives, wanted[number], strict=True))
        if number in wanted else request.alternatives)
        for number, request in enumerate(bare)]
    merged = demands.merge([dataclasses.replace(
        asked, requests=tuple(numbered))])
    made = offered.OfferedPools(itertools.chain(*wanted.values()))
    found = offered.assign(merged, made.ways(merged, pools, held))
    if found is not None:
        return offered.providers_of(found)
    return _in_order(held, bare, wanted)


def _in_order(held: Held, bare: Sequence[DeviceRequest],
              wanted: Mapping[int, typing.Any],
              ) -> dict[str | None, tuple[str, ...]]:
    """Share out what is held, where the devices of it are not to be had.

    The claim fails, and says of which providers.
    """
    units = iter([uuid for uuid, provider in sorted(held.items())
                  for _ in range(sum(provider.free.values()))])
    return {str(number): tuple(itertools.islice(units, bare[number].count))
            for number in wanted}
