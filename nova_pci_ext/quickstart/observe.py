# SPDX-License-Identifier: Apache-2.0

"""What is true in a running cloud, read behind the back of the API."""

import collections
import time
from collections.abc import Mapping

from nova import context as nova_context
from nova import objects

from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.quickstart import cloud

# host -> status of the pci_devices rows -> how many
Counts = Mapping[str, Mapping[str, int]]


def class_path(thing: object) -> str:
    """Return ``module.Class`` of a value."""
    kind = type(thing)
    return f'{kind.__module__}.{kind.__qualname__}'


def filter_paths(running: cloud.Cloud) -> list[str]:
    """Return the filters that the scheduler uses, in its order."""
    return [class_path(each) for each in
            running.scheduler.manager.host_manager.enabled_filters]


def tracker_paths(running: cloud.Cloud) -> dict[str, tuple[str, str]]:
    """Return each compute's tracker and the pools that it keeps."""
    trackers = {host: compute.manager.rt.pci_tracker
                for host, compute in running.computes.items()}
    return {host: (class_path(tracker),
                   class_path(getattr(tracker, 'stats', None)))
            for host, tracker in trackers.items()}


def pci_rows() -> dict[str, list[PciDevice]]:
    """Return the pci_devices rows of each host, as Nova's objects."""
    admin = nova_context.get_admin_context()
    return {node.host: list(objects.PciDeviceList.get_by_compute_node(
                admin, node.id))
            for node in objects.ComputeNodeList.get_all(admin)}


def count_devices() -> Counts:
    """Return how many devices of each host have which status."""
    return {host: dict(sorted(collections.Counter(
                row.status for row in rows).items()))
            for host, rows in sorted(pci_rows().items())}


def await_counts(expected: Counts, timeout_s: float = 10) -> Counts:
    """Return the counts once they are as expected, or as they are then.

    A compute frees the devices of a server a moment after the API has
    forgotten it.
    """
    deadline = time.monotonic() + timeout_s
    while (found := count_devices()) != expected:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return found


def owned_addresses(server_id: str) -> list[tuple[str, str]]:
    """Return (host, address) of a server's devices in the database."""
    return sorted((host, row.address)
                  for host, rows in pci_rows().items() for row in rows
                  if row.instance_uuid == server_id)
