# SPDX-License-Identifier: Apache-2.0

"""The NUMA cells of a host: CPUs, memory and sockets, from sysfs."""

import pathlib
import re
from collections.abc import Iterator

from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.inventory import NumaCell

_NODE = re.compile('node([0-9]+)')
# Eight times what Linux can be built for.
_MOST_CPUS = 65536
_TOTAL = re.compile('MemTotal: +([0-9]+) kB')


def read_cells(root: pathlib.Path) -> tuple[NumaCell, ...]:
    """Read the NUMA nodes that have CPUs, sorted by their numbers.

    :param root: the folder that holds ``sys``
    """
    files = Root(root)
    folder = root / 'sys' / 'devices' / 'system'
    cells = []
    for name in files.names(str(folder / 'node')):
        number = _NODE.fullmatch(name)
        cpus = parse_cpus(
            files.text(str(folder), 'node', name, 'cpulist') or '')
        if number and cpus:
            memory = _TOTAL.search(
                files.text(str(folder), 'node', name, 'meminfo') or '')
            cells.append(NumaCell(
                id=int(number[1]), cpus=cpus,
                memory_mb=int(memory[1]) // 1024 if memory else 0,
                socket=_socket(files, folder, cpus[0])))
    return tuple(sorted(cells, key=lambda cell: cell.id))


def parse_cpus(text: str) -> tuple[int, ...]:
    """Read the kernel's list of CPUs.

    list = [ range *("," range) ];  range = number [ "-" number ]

    :returns: the numbers in their order; empty for what is not such a list, or
        has more CPUs than any machine
    """
    try:
        return tuple(_numbers(text))
    except ValueError:
        return ()


def _numbers(text: str) -> Iterator[int]:
    for part in filter(None, text.split(',')):
        first, _, last = part.partition('-')
        end = int(last or first) + 1
        if end > _MOST_CPUS:
            raise ValueError
        yield from range(int(first), end)


def _socket(files: Root, folder: pathlib.Path, cpu: int) -> int | None:
    found = files.number(str(folder), 'cpu', f'cpu{cpu}', 'topology',
                         'physical_package_id')
    # Virtual machines without a topology say -1.
    return None if found is None or found < 0 else found
