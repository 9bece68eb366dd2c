# SPDX-License-Identifier: Apache-2.0

"""Network interfaces, followed down to PCI devices."""

import os
import re
from collections.abc import Iterator

from nova_pci_ext.discovery import trails
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.trails import Trail

# How a card calls the ports of the switch in it: its own is p0, that of VF 3
# is pf0vf3, that of a subfunction is pf0sf3; a controller may come first.
_REPRESENTOR = re.compile('(c[0-9]+)?pf[0-9]+((vf|sf)[0-9]+)?')
_OVS = 'ovs-system'


def follow(files: Root, name: str) -> Trail:
    """Follow an interface through bonds, teams, VLANs and bridges.

    Where one way leads to a NIC, the other ports of a bridge are those of
    guests, of containers and of tunnels.
    """
    if name not in files.names(files.path, 'sys/class/net'):
        return Trail(gaps=(f'{name} is not in sysfs',))
    found = trails.follow(files, f'{files.path}/sys/class/net/{name}',
                          _lower, _ending)
    return Trail(addresses=found.addresses) if found.addresses else found


def ports(files: Root) -> Iterator[tuple[str, str]]:
    """Yield the interfaces that are ports of another, and its name.

    Those that stand for VFs on the switch in a card are passed over.
    """
    folder = f'{files.path}/sys/class/net'
    for name in files.names(folder):
        real = files.real(f'{folder}/{name}')
        if 'master' in files.names(real) and not is_representor(files, real):
            yield name, os.path.basename(files.real(f'{real}/master'))


def is_representor(files: Root, folder: str) -> bool:
    """Whether an interface stands for a VF on the switch in a card.

    :param folder: of the interface
    """
    port = files.text(folder, 'phys_port_name')
    return port is not None and bool(_REPRESENTOR.fullmatch(port))


def _lower(files: Root, real: str) -> Iterator[str]:
    names = files.names(real)
    links = [f'{real}/{name}' for name in names if name.startswith('lower_')]
    if os.path.basename(real) == _OVS:
        # The ports of guests say nothing of where the host is connected.
        links = [link for link in links
                 if not is_representor(files, files.real(link))]
    if not links and _is_ovs_port(files, real, names):
        links = [f'{files.path}/sys/class/net/{_OVS}']
    yield from links


def _is_ovs_port(files: Root, real: str, names: tuple[str, ...]) -> bool:
    """Whether an interface may be an internal port of Open vSwitch.

    Those, and bridges of Open vSwitch, link to nothing. The NICs are ports of
    the one datapath of the kernel.
    """
    peer, own = files.text(real, 'iflink'), files.text(real, 'ifindex')
    return (_is_virtual(real) and os.path.basename(real) != _OVS
            and peer == own
            and 'tun_flags' not in names
            and 'DEVTYPE=' not in (files.text(real, 'uevent') or '')
            and _OVS in files.names(files.path, 'sys/class/net'))


def _is_virtual(real: str) -> bool:
    return '/devices/virtual/' in real


def _ending(files: Root, real: str) -> str | None:
    if not _is_virtual(real):
        # A NIC that is no PCI device, of a system on a chip for example.
        return None
    name = os.path.basename(real)
    if 'tun_flags' in files.names(real):
        return f'{name} is an interface of a program'
    return f'{name} leads to no NIC'
