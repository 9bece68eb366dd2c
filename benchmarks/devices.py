# SPDX-License-Identifier: Apache-2.0

"""Time ``nova-pci devices`` on a host with 4,096 devices.

``python -m benchmarks.devices`` writes a tree like sysfs with 64 PFs of 63
VFs each, and runs the whole command, start of Python included: on the tree,
on the inventory that was recorded from it, and for a picture.  Each figure
is the least of some runs.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

PFS, VFS = 64, 63
ENTRY = '[pci]\ndevice_spec = {"vendor_id": "8086", "product_id": "10ca"}\n'


def add_device(root: pathlib.Path, address: str,
               files: dict[str, str], links: dict[str, str]) -> None:
    """Write one device and its link on the bus."""
    home = root / 'sys' / 'devices' / f'pci{address[:7]}' / address
    home.mkdir(parents=True)
    for name, text in files.items():
        (home / name).parent.mkdir(exist_ok=True, parents=True)
        (home / name).write_text(f'{text}\n')
    for name, target in links.items():
        (home / name).symlink_to(target)
    bus = root / 'sys' / 'bus' / 'pci' / 'devices'
    (bus / address).symlink_to(
        f'../../../devices/pci{address[:7]}/{address}')


def write_host(root: pathlib.Path) -> None:
    """Write PFs with VFs, each with a network interface."""
    (root / 'sys' / 'bus' / 'pci' / 'devices').mkdir(parents=True)
    for card in range(PFS):
        pf = f'0000:{card + 1:02x}:00.0'
        vfs = [f'0000:{card + 1:02x}:{number // 8:02x}.{number % 8}'
               for number in range(1, VFS + 1)]
        shared = {'vendor': '0x8086', 'class': '0x020000',
                  'numa_node': str(card % 2), 'driver_override': '(null)'}
        add_device(root, pf, {
            **shared, 'device': '0x10c9', 'sriov_totalvfs': str(VFS),
            'sriov_numvfs': str(VFS), f'net/p{card}/operstate': 'up',
            f'net/p{card}/address': f'02:00:00:00:{card:02x}:00',
            f'net/p{card}/speed': '25000'}, {
            'driver': '../../../bus/pci/drivers/igb',
            'iommu_group': f'../../../kernel/iommu_groups/{card * 64}',
            **{f'virtfn{number}': f'../{vf}'
               for number, vf in enumerate(vfs)}})
        for number, vf in enumerate(vfs, 1):
            add_device(root, vf, {
                **shared, 'device': '0x10ca',
                f'net/p{card}v{number}/operstate': 'down',
                f'net/p{card}v{number}/address':
                    f'02:00:00:00:{card:02x}:{number:02x}'}, {
                'driver': '../../../bus/pci/drivers/igbvf',
                'iommu_group':
                    f'../../../kernel/iommu_groups/{card * 64 + number}',
                'physfn': f'../{pf}'})


def measure(root: pathlib.Path, words: list[str], runs: int) -> float:
    """Return the seconds of the fastest run of the command."""
    took = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, '-m', 'nova_pci_ext.cli.main', 'devices',
             '--config-file', str(root / 'nova.conf'), *words],
            check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - begin)
    return min(took)


def main() -> None:
    """Print one line per way to run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_host(root)
        (root / 'nova.conf').write_text(ENTRY)
        recorded = root / 'host.json'
        inventory = ['--inventory', str(recorded)]
        ways = {
            'sysfs, record': ['--sysfs', folder, '--record', str(recorded)],
            'sysfs, tree': ['--sysfs', folder],
            'inventory, tree': inventory,
            'inventory, json': [*inventory, '-f', 'json'],
            'inventory, picture': [*inventory, '--plot',
                                   str(root / 'host.svg')]}
        for name, words in ways.items():
            print(f'{name:20} {measure(root, words, runs):.2f} s')


if __name__ == '__main__':
    main()
