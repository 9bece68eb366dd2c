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

"""The NUMA cells of a host: CPUs, memory and sockets, from sysfs."""

import pathlib
import re
from collections.abc import Iterator

from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.model.inventory import NumaCell

_NODE = re.compile('node([0-9]+)')
_TOTAL = re.compile('MemTotal: +([0-9]+) kB')


def read_cells(root: pathlib.Path) -> tuple[NumaCell, ...]:
    """Read the NUMA nodes that have CPUs, sorted by their numbers.

    :param root: the folder that holds ``sys``
    """
    folder = root / 'sys' / 'devices' / 'system'
    cells = []
    for name in kernel_files.names(str(folder / 'node')):
        number = _NODE.fullmatch(name)
        cpus = parse_cpus(
            kernel_files.text(str(folder), 'node', name, 'cpulist') or '')
        if number and cpus:
            memory = _TOTAL.search(
                kernel_files.text(str(folder), 'node', name, 'meminfo') or '')
            cells.append(NumaCell(
                id=int(number[1]), cpus=cpus,
                memory_mb=int(memory[1]) // 1024 if memory else 0,
                socket=_socket(folder, cpus[0])))
    return tuple(sorted(cells, key=lambda cell: cell.id))


def parse_cpus(text: str) -> tuple[int, ...]:
    """Read the kernel's list of CPUs.

    list = [ range *("," range) ];  range = number [ "-" number ]

    :returns: the numbers in their order; empty for what is no such list
    """
    try:
        return tuple(_numbers(text))
    except ValueError:
        return ()


def _numbers(text: str) -> Iterator[int]:
    for part in filter(None, text.split(',')):
        first, _, last = part.partition('-')
        yield from range(int(first), int(last or first) + 1)


def _socket(folder: pathlib.Path, cpu: int) -> int | None:
    found = kernel_files.number(str(folder), 'cpu', f'cpu{cpu}', 'topology',
                                'physical_package_id')
    # Virtual machines without a topology say -1.
    return None if found is None or found < 0 else found
