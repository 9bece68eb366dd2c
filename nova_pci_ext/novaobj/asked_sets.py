# SPDX-License-Identifier: Apache-2.0

"""Sets of devices that the flavor of a server asks for.

The requests of a server say nothing of them, so whoever decides about its
devices reads the flavor, and hands the sets on as the sets of this thread.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.matching import set_binding
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import whole_flavor

Sets = tuple[DeviceSet, ...]
# Flavors of which the sets are remembered.
_LIMIT = 512

_read: Recent[tuple[str | None, ...], Sets] = Recent(
    _LIMIT, 'sets of a flavor')
_ASKED: contextvars.ContextVar[Sets] = contextvars.ContextVar(
    'asked_sets', default=())


def of_flavor(flavor: protocols.Flavor) -> Sets:
    """Read the sets that a flavor asks for.

    A flavor may be older than this package, or made where nobody checked
    it.  What can be read of it alone would be less than it asks for.

    :returns: in the order of the rules, and as written
    :raises ConfigErrors: when they cannot be read, or do not go with the
        aliases of the flavor; the server must be refused as a bad request
    """
    # Nova sends flavors with their extra specs, and would load others.
    extra_specs = flavor.extra_specs if 'extra_specs' in flavor else {}
    if not any(key in extra_specs for key in device_sets.KEYS.values()):
        return ()
    return _read.find(tuple(map(extra_specs.get, whole_flavor.KEYS)),
                      parsing.parse_device_sets, extra_specs)


def of_spec(spec: protocols.RequestSpec) -> Sets:
    """Read the sets that a server to be placed asks for.

    :raises ConfigErrors: as ``of_flavor``
    """
    if 'flavor' not in spec or spec.flavor is None:
        return ()
    return of_flavor(spec.flavor)


@contextlib.contextmanager
def asked_by(spec: protocols.RequestSpec) -> Iterator[None]:
    """Let the decisions of this thread obey the sets of a server.

    They know the groups of its ports as well, which nothing else hands on.
    Where they cannot be read, the filter refuses the server on every host.
    """
    try:
        sets = of_spec(spec)
    except exceptions.ConfigErrors:
        sets = ()
    with asked(sets), port_groups.asked_by(spec):
        yield


@contextlib.contextmanager
def asked(sets: Sets) -> Iterator[None]:
    """Let the decisions of this thread obey sets of devices."""
    token = _ASKED.set(sets)
    try:
        yield
    finally:
        _ASKED.reset(token)


def current() -> Sets:
    """Return the sets that decisions of this thread obey."""
    return _ASKED.get()


def bound(requests: Sequence[DeviceRequest]) -> tuple[SetConstraint, ...]:
    """Bind the sets of this thread to the requests of its server."""
    sets = _ASKED.get()
    return set_binding.bind(sets, requests) if sets else ()
