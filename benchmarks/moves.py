# SPDX-License-Identifier: Apache-2.0

"""Time that moves and counts of many hosts take, on recorded hosts.

Run it as ``python -m benchmarks.moves``; it prints the processor time of each
question, for hosts of eight GPUs on which servers of one to four GPUs run.
``alike`` hosts have one of eleven fillings, ``different`` ones differ in the
serial number of a device and in who has which of the eight GPUs.
"""

import argparse
import itertools
import pathlib
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from collections.abc import Iterator

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova import objects  # noqa: E402

from nova_pci_ext import install  # noqa: E402
from nova_pci_ext.configuration import loader  # noqa: E402
from nova_pci_ext.configuration.config_files import SourceKind  # noqa: E402
from nova_pci_ext.explaining.server_request import ServerRequest  # noqa: E402
from nova_pci_ext.model import device  # noqa: E402
from nova_pci_ext.model import inventory  # noqa: E402
from nova_pci_ext.model.address import PciAddress  # noqa: E402
from nova_pci_ext.model.listed_flavor import ListedFlavor  # noqa: E402
from nova_pci_ext.novaobj.hooks import Part  # noqa: E402
from nova_pci_ext.planning import counting  # noqa: E402
from nova_pci_ext.planning import room_making  # noqa: E402

CONF = """\
[pci]
device_spec = {"vendor_id": "10de", "product_id": "20b0"}
alias = {"name": "gpu", "vendor_id": "10de", "product_id": "20b0", \
"device_type": "type-PCI"}
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = ComputeFilter,NUMATopologyFilter,PciPassthroughFilter
"""
GPUS = 8
#: GPUs of the servers of a host; none leaves room for a server with eight.
FILLINGS = ((4, 4), (4, 2, 2), (4, 2, 1), (4, 3), (3, 3, 1), (2, 2, 2, 1),
            (3, 2, 2), (4, 1, 1, 1), (2, 2, 2, 2), (4, 4), (3, 3, 2))
FLAVORS = (1, 2, 4, 8)


def hosts(number: int, *, alike: bool) -> list[inventory.Inventory]:
    """Return recorded hosts of which the first four have two GPUs free."""
    chance = random.Random(7)
    return [_host(f'h{at:04}', (4, 2) if at < 4 else FILLINGS[
        at % len(FILLINGS)], None if alike else chance)
        for at in range(number)]


def _host(name: str, filling: tuple[int, ...],
          chance: random.Random | None) -> inventory.Inventory:
    owners = []
    for server, size in enumerate(filling):
        owners += [str(uuid.uuid5(uuid.NAMESPACE_DNS,
                                  f'{name} {server}'))] * size
    owners += [None] * (GPUS - len(owners))
    if chance is not None:
        chance.shuffle(owners)
    return inventory.Inventory(host=name, numa_cells=tuple(
        inventory.NumaCell(id=node, cpus=tuple(
            range(node * 64, node * 64 + 64)), memory_mb=262144, socket=node)
        for node in (0, 1)), devices=tuple(device.Device(
            address=PciAddress.parse(f'0000:{16 + at:02x}:00.0'),
            vendor_id='10de', product_id='20b0', owner=owner,
            serial=None if chance is None else f'{name}-{at}',
            dev_type=device.DeviceType.PCI, numa_node=at // 4)
            for at, owner in enumerate(owners)))


def questions(found: list[inventory.Inventory], path: pathlib.Path,
              ) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what is asked, and what answers in a few words."""
    loaded = loader.load_files([(SourceKind.FILE, path)])

    def server(gpus: int, **specs: str) -> ServerRequest:
        return ServerRequest(extra_specs={
            'pci_passthrough:alias': f'gpu:{gpus}', **specs})

    def moves(asked: ServerRequest) -> str:
        made = room_making.of_recordings(asked, found, loaded, 2)
        plans = made.found.plans
        return (f'{len(plans)} plans of {len(plans[0].moves)} moves'
                if plans else 'no plan')

    def rebalance(number: int) -> str:
        made = room_making.rebalance_recordings(server(4), found, loaded,
                                                number).found
        after = made.steps[-1].fit if made.steps else made.fit
        return f'{made.fit} fit, {after} after {len(made.moves)} moves'

    def capacity() -> str:
        count = counting.count_recorded([ListedFlavor(
            name=str(gpus), vcpus=1, ram_mb=64, disk_gb=0, running=1,
            extra_specs=server(gpus).extra_specs) for gpus in FLAVORS],
            found, loaded)
        return ', '.join(f'{row.servers} of {row.name}' for row in count.rows)

    yield 'explain --with-moves 2', lambda: moves(server(8))
    yield 'four GPUs on one NUMA node', lambda: moves(server(
        4, **{'hw:numa_nodes': '1',
              'hw:pci_numa_affinity_policy': 'required'}))
    yield 'rebalance --moves 10', lambda: rebalance(10)
    yield 'capacity of four flavors', capacity


def main() -> None:
    """Ask, and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hosts', type=int, nargs='*',
                        default=[100, 1000])
    asked = parser.parse_args()
    install.install(Part.EXPLAIN)
    objects.register_all()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'nova.conf'
        path.write_text(CONF)
        for number, alike in itertools.product(asked.hosts, (True, False)):
            found = hosts(number, alike=alike)
            for name, answer in questions(found, path):
                begin = time.process_time()
                text = answer()
                spent = time.process_time() - begin
                print(f'{number:5} {"alike" if alike else "different":9} '
                      f'{name:28} {spent:6.2f} s  {text}', flush=True)


if __name__ == '__main__':
    main()
