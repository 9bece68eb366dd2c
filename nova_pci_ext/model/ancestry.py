# SPDX-License-Identifier: Apache-2.0

"""What is above a device, up to the root complex."""

import graphlib
import itertools
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device import Device

#: Bridges one below the other; real hosts have less than ten.
DEEPEST = 64


def above(device: Device, known: Mapping[str, Device]) -> tuple[str, ...]:
    """Name what is above a device, the root complex first.

    A VF hangs below its PF.

    :param known: the devices of the host by address
    """
    pf = known.get(str(device.parent))
    return (device.pci_path if pf is None
            else (*pf.pci_path, str(pf.address)))


def fault(devices: Iterable[Device]) -> str | None:
    """Say why devices make no trees; None if they do."""
    known = {str(each.address): each for each in devices}
    graph = graphlib.TopologicalSorter[str]()
    for address, device in known.items():
        path = (*above(device, known), address)
        if len(path) > DEEPEST:
            return (f'device {address} has {len(path) - 1} bridges above it; '
                    f'expected less than {DEEPEST}')
        for parent, child in itertools.pairwise(path):
            graph.add(child, parent)
    try:
        graph.prepare()
    except graphlib.CycleError as exc:
        return f'{min(exc.args[1])} is above itself in pci_path or parent'
    return None
