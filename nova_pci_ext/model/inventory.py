#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""What is known of one host: its devices and its NUMA cells."""

import dataclasses

from nova_pci_ext.model import device


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NumaCell:
    """One NUMA node of a host.

    :ivar id: number of the node, as ``Device.numa_node`` names it
    :ivar cpus: numbers of its CPUs, sorted; at least one
    :ivar memory_mb: size of its memory in MiB
    :ivar socket: number of its socket, None where the host does not say
    """

    id: int
    cpus: tuple[int, ...]
    memory_mb: int
    socket: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One host at one moment.

    :ivar host: name of the host
    :ivar origin: where the values are from, for people
    :ivar devices: sorted by address, no address twice
    :ivar numa_cells: sorted by id; empty where the host has no NUMA
    """

    host: str
    origin: str = ''
    devices: tuple[device.Device, ...] = ()
    numa_cells: tuple[NumaCell, ...] = ()
