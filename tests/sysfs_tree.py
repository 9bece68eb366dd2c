# SPDX-License-Identifier: Apache-2.0

"""Hosts drawn as trees of sysfs and procfs, as the kernel lays them out."""

import os
import pathlib

_ROUTES = ('Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t'
           'MTU\tWindow\tIRTT\n')
# Kinds of interfaces that leave the one below them its own.
_BESIDE = ('vlan', 'macvlan')


class Tree:
    """A folder that holds ``sys`` and ``proc`` of a host.

    Paths are relative to the folder.
    """

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.places = {}
        (self.root / 'sys/bus/pci/devices').mkdir(parents=True)
        self.file('proc/self/mountinfo', '')
        self.file('proc/swaps', 'Filename\tType\tSize\tUsed\tPriority\n')
        self.file('proc/net/route', _ROUTES)
        self.file('proc/cpuinfo', 'flags\t: fpu vmx\n')
        self.file('proc/interrupts', ' 24: 0 IR-PCI-MSI 0-edge eth0\n')
        (self.root / 'sys/bus/pci/drivers/vfio-pci').mkdir(parents=True)

    def file(self, path, text):
        """Write a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def add(self, path, text):
        """Add to a file."""
        with open(self.root / path, 'a') as file:
            file.write(text)

    def link(self, path, to):
        """Make a relative link to another path of the tree."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(os.path.relpath(self.root / to, target.parent))

    def device(self, address, ids, class_code, driver=None, *, above=None,
               group=None, pf=None, vfs=0, **files):
        """Add a PCI device; return its place.

        :param above: what it is below, such as ``pci0000:3a/0000:3a:00.0``
        :param pf: address of its PF, if it is a VF
        :param vfs: number of VFs that it can make
        """
        above = above or f'pci{address[:-5]}'
        place = f'sys/devices/{above}/{address}'
        vendor, product = ids.split(':')
        for name, text in {'vendor': f'0x{vendor}', 'device': f'0x{product}',
                           'class': f'0x{class_code}', 'numa_node': '0',
                           **files}.items():
            self.file(f'{place}/{name.replace("__", "/")}', f'{text}\n')
        self.link(f'sys/bus/pci/devices/{address}', place)
        self.places[address] = place
        if driver:
            (self.root / f'sys/bus/pci/drivers/{driver}').mkdir(
                parents=True, exist_ok=True)
            self.link(f'{place}/driver', f'sys/bus/pci/drivers/{driver}')
        if group is None:
            group = 1000 + len(self.places)
        self.link(f'sys/kernel/iommu_groups/{group}/devices/{address}', place)
        self.link(f'{place}/iommu_group', f'sys/kernel/iommu_groups/{group}')
        if vfs:
            self.file(f'{place}/sriov_totalvfs', f'{vfs}\n')
        if pf:
            home = self.root / self.places[pf]
            number = len(list(home.glob('virtfn*')))
            self.link(f'{place}/physfn', self.places[pf])
            self.link(f'{self.places[pf]}/virtfn{number}', place)
        return place

    def nic(self, address, name, ids='8086:159b', driver='ice', **more):
        """Add a NIC with a network interface."""
        place = self.device(address, ids, '020000', driver, **more)
        self.interface(name, f'{place}/net/{name}')
        return place

    def interface(self, name, place=None, *, lower=(), kind=None, port=None):
        """Add a network interface, a virtual one unless it has a place.

        :param lower: names of those that it is made of
        :param kind: its DEVTYPE
        :param port: its name on the switch in a card
        """
        place = place or f'sys/devices/virtual/net/{name}'
        number = len(list(self.root.glob('sys/class/net/*'))) + 2
        self.file(f'{place}/operstate', 'up\n')
        self.file(f'{place}/address', f'02:00:00:00:00:{number:02x}\n')
        self.file(f'{place}/speed', '25000\n')
        self.file(f'{place}/ifindex', f'{number}\n')
        self.file(f'{place}/iflink', f'{number}\n')
        self.file(f'{place}/uevent', f'DEVTYPE={kind}\n' if kind else '')
        if port:
            self.file(f'{place}/phys_port_name', f'{port}\n')
        self.link(f'sys/class/net/{name}', place)
        self.places[name] = place
        for each in lower:
            self.link(f'{place}/lower_{each}', self.places[each])
            if kind not in _BESIDE:
                master = f'{self.places[each]}/master'
                # Who takes a port last has it.
                (self.root / master).unlink(missing_ok=True)
                self.link(master, place)
        return place

    def route(self, name, network='00000000', mask='00000000'):
        """Add a route; numbers as the kernel prints them."""
        self.add('proc/net/route', f'{name}\t{network}\t0101A8C0\t0003\t0\t0'
                                   f'\t0\t{mask}\t0\t0\t0\n')

    def disk(self, name, place=None, number=None, *, on=()):
        """Add a disk or a partition, a virtual one unless it has a place.

        :param number: of the device, such as ``259:1``
        :param on: names of the disks that it is made of
        """
        place = place or f'sys/devices/virtual/block/{name}'
        number = number or f'253:{len(self.places)}'
        self.file(f'{place}/dev', f'{number}\n')
        self.link(f'sys/dev/block/{number}', place)
        self.link(f'sys/class/block/{name}', place)
        self.places[name] = place
        for each in on:
            self.link(f'{place}/slaves/{each}', self.places[each])
        self.numbers = {**getattr(self, 'numbers', {}), name: number}
        return place

    def nvme(self, address, number, **more):
        """Add an NVMe controller with a disk of one namespace."""
        place = self.device(address, '144d:a80a', '010802', 'nvme', **more)
        self.disk(f'nvme{number}n1',
                  f'{place}/nvme/nvme{number}/nvme{number}n1',
                  f'259:{number}')
        return place

    def mount(self, point, disk=None, kind='ext4', source=None, number=None,
              options='rw'):
        """Mount a disk, or something else."""
        number = number or (self.numbers[disk] if disk else '0:52')
        source = source or (f'/dev/{disk}' if disk else kind)
        self.add('proc/self/mountinfo',
                 f'22 1 {number} / {point} rw,relatime shared:1 - {kind} '
                 f'{source} {options}\n')
