# SPDX-License-Identifier: Apache-2.0
"""Print what the kernel and libvirt of the machine say, as JSON.

Read from directory entries and links alone: ``driver_override`` and
``sriov_numvfs`` wait for a lock that a removal in progress holds.
"""

import json
import pathlib
import subprocess

DEVICES = pathlib.Path('/sys/bus/pci/devices')


def name_of(link: pathlib.Path) -> str | None:
    """Return what a link points at; None where there is none."""
    return link.resolve().name if link.exists() else None


def read(path: pathlib.Path) -> str:
    return path.read_text().strip()


def describe(path: pathlib.Path) -> dict[str, object]:
    """Return what sysfs says of one device."""
    return {
        'vendor': read(path / 'vendor')[2:], 'product': read(
            path / 'device')[2:],
        'class': read(path / 'class')[2:], 'driver': name_of(path / 'driver'),
        'pf': name_of(path / 'physfn'),
        'vfs': [name_of(link) for link in sorted(
            path.glob('virtfn*'), key=lambda link: int(link.name[6:]))],
        'numa_node': int(read(path / 'numa_node')),
        'iommu_group': name_of(path / 'iommu_group'),
        'netdevs': sorted(each.name for where in ('net', 'virtio*/net')
                          for each in path.glob(f'{where}/*'))}


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True,
                          timeout=60).stdout


def main() -> None:
    """Print devices, links with their VFs, and the XML of the guests."""
    found = {}
    for path in sorted(DEVICES.iterdir()):
        try:
            found[path.name] = describe(path)
        except OSError:
            # It went while it was read.
            continue
    guests = run('virsh', '-q', 'list', '--name').split()
    print(json.dumps({
        'devices': found,
        'links': json.loads(run('ip', '-json', '-details', 'link')),
        'guests': {name: run('virsh', '-q', 'dumpxml', name)
                   for name in guests}}))


if __name__ == '__main__':
    main()
