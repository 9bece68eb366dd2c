# SPDX-License-Identifier: Apache-2.0

"""On which cells of a host a guest's NUMA topology has room."""

import itertools
import typing
from collections.abc import Iterator
from collections.abc import Sequence

from nova import objects
from nova.virt import hardware


def combinations(host_topology: typing.Any,
                 guest_topology: typing.Any) -> Iterator[tuple[
                     typing.Any, ...]]:
    """Yield every set of host cells that is as large as the guest's."""
    yield from itertools.combinations(
        host_topology.cells if host_topology else (), len(guest_topology))


def fit(cells: Sequence[typing.Any], guest_topology: typing.Any,
        limits: typing.Any) -> list[typing.Any] | None:
    """Fit a guest onto exactly these host cells, without devices.

    Nova tries every order of host cells and asks for devices in each. Which
    devices will do depends on the set only, so each is fitted once.

    :returns: InstanceNUMACell objects, their ids those of host cells; None
        without room
    """
    # Nova writes into what it fits.
    fitted = hardware.numa_fit_instance_to_host(
        objects.NUMATopology(cells=[cell.obj_clone() for cell in cells]),
        guest_topology.obj_clone(), {}, limits=limits)
    return fitted.cells if fitted else None


def limits(host_state: typing.Any, spec: typing.Any) -> typing.Any:
    """Return the limits that NUMATopologyFilter sets."""
    found = objects.NUMATopologyLimits(
        cpu_allocation_ratio=host_state.cpu_allocation_ratio,
        ram_allocation_ratio=host_state.ram_allocation_ratio)
    if spec.obj_attr_is_set('network_metadata') and spec.network_metadata:
        found.network_metadata = spec.network_metadata
    return found
