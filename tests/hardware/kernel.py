# SPDX-License-Identifier: Apache-2.0
"""What the machine's kernel and libvirt say, as values to compare with."""

import dataclasses
import json
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import TypeVar
from xml.etree import ElementTree

from tests.hardware.machine import Machine

T = TypeVar('T')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A PCI function, as sysfs has it.

    :ivar pf: the physical function of a virtual one
    :ivar vfs: the virtual functions of a physical one, by their number
    """

    vendor: str
    product: str
    driver: str | None
    pf: str | None
    vfs: tuple[str, ...]
    numa_node: int
    iommu_group: str | None
    netdevs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdminView:
    """What a card has been told of one of its VFs, as ``ip link`` shows it."""

    mac: str
    vlan: int
    trust: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What else it shows of a VF.

    :ivar rates: minimum and maximum, in Mb/s
    """

    spoofchk: bool
    rates: tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A network interface of the host.

    :ivar macvtap: its lower interface and its mode, None if it is none
    """

    mac: str
    is_up: bool
    macvtap: tuple[str, str] | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One look at the machine.

    :ivar functions: by address
    :ivar links: by name
    :ivar views: by the address of the VF
    :ivar limits: by the address of the VF
    :ivar guests: the devices that each running guest has, by address; by
        the guest's name
    """

    functions: Mapping[str, Function]
    links: Mapping[str, Link]
    views: Mapping[str, AdminView]
    limits: Mapping[str, Limits]
    guests: Mapping[str, tuple[str, ...]]

    def drivers(self, *addresses: str) -> set[str | None]:
        """Return the drivers of some devices."""
        return {self.functions[each].driver for each in addresses}


def look(machine: Machine, timeout_s: float = 90) -> State:
    """Return the state of the machine, at about one moment."""
    found = json.loads(machine.run('python3 /lab/state.py', timeout_s))
    functions = {address: _function(each)
                 for address, each in found['devices'].items()}
    owners = {netdev: address for address, each in functions.items()
              for netdev in each.netdevs}
    return State(
        functions=functions,
        links={each['ifname']: _link(each) for each in found['links']},
        views=dict(_of_vfs(found['links'], functions, owners, _view)),
        limits=dict(_of_vfs(found['links'], functions, owners, _limits)),
        guests={name: tuple(_devices(xml, owners))
                for name, xml in found['guests'].items()})


def _function(found: dict[str, Any]) -> Function:
    return Function(
        vendor=found['vendor'], product=found['product'],
        driver=found['driver'], pf=found['pf'], vfs=tuple(found['vfs']),
        numa_node=found['numa_node'], iommu_group=found['iommu_group'],
        netdevs=tuple(found['netdevs']))


def _link(found: dict[str, Any]) -> Link:
    info = found.get('linkinfo', {})
    macvtap = None
    if info.get('info_kind') == 'macvtap':
        macvtap = found['link'], info['info_data']['mode']
    return Link(mac=found['address'], is_up='UP' in found['flags'],
                macvtap=macvtap)


def _of_vfs(links: list[dict[str, Any]], functions: Mapping[str, Function],
            owners: Mapping[str, str], read: Callable[[dict[str, Any]], T],
            ) -> Iterator[tuple[str, T]]:
    for link in links:
        pf = functions.get(owners.get(link['ifname'], ''))
        for each in link.get('vfinfo_list', ()) if pf else ():
            if each['vf'] < len(pf.vfs):
                yield pf.vfs[each['vf']], read(each)


def _view(found: dict[str, Any]) -> AdminView:
    return AdminView(
        mac=found['address'], trust=bool(found.get('trust')),
        vlan=found['vlan_list'][0].get('vlan', 0)
        if found.get('vlan_list') else 0)


def _limits(found: dict[str, Any]) -> Limits:
    rate = found.get('rate', {})
    return Limits(spoofchk=bool(found.get('spoofchk')), rates=(
        rate.get('min_tx', 0), rate.get('max_tx', 0)))


def _devices(xml: str, owners: Mapping[str, str]) -> list[str]:
    """Return the host's devices of a guest, in the order of its XML."""
    found = []
    for each in ElementTree.fromstring(xml).iterfind('devices/*'):
        address = each.find('source/address')
        if address is not None and 'slot' in address.attrib and (
                each.tag in ('hostdev', 'interface')):
            parts = {name: int(address.attrib[name], 16) for name in (
                'domain', 'bus', 'slot', 'function')}
            found.append('{domain:04x}:{bus:02x}:{slot:02x}.{function}'.format(
                **parts))
        elif each.tag == 'interface' and each.get('type') == 'direct':
            source = each.find('source')
            assert source is not None
            # Its device is gone if nobody has the interface any more.
            found.append(owners.get(source.attrib['dev'],
                                    source.attrib['dev']))
    return found
