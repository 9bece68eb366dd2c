# SPDX-License-Identifier: Apache-2.0
"""Whether Nova's rows are what the kernel has and the guests hold.

The cloud's own records are compared with one another by ``tests.cloud``; here
they are compared with the machine.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from cloud import rest
from tests.cloud import agreement
from tests.cloud.records import Device
from tests.cloud.records import OWNED
from tests.cloud.records import Records
from tests.hardware import kernel
from tests.hardware import place as place_of

#: What ``device_spec`` of the compute names.
CARDS = {('8086', '10c9'): 'type-PF', ('8086', '10ca'): 'type-VF'}
FLASH = ('1b36', '0010')
#: Longer than an update of the compute, however busy all are.
TIMEOUT_S = 240
VLAN = 123


def kind_of(function: kernel.Function) -> str | None:
    """Return Nova's dev_type of a function that may be handed out."""
    key = (function.vendor, function.product)
    if key == FLASH and function.pf:
        return 'type-VF'
    return CARDS.get(key)


def owned_by(devices: Iterable[Device], server_id: str) -> tuple[str, ...]:
    """Return the addresses of what a server owns, sorted."""
    return tuple(sorted(each.address for each in devices
                        if each.owner == server_id))


def breaches(records: Records, state: kernel.State,
             servers: Iterable[Mapping[str, Any]],
             ports: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each contradiction of Nova and the machine.

    :param servers: details from Nova's API
    :param ports: from Neutron's API, with their bindings
    """
    devices = [each for each in records.devices()
               if each.host == place_of.HOST]
    ports = [port for port in ports if port['device_id']]
    yield from _wrong_rows(devices, state)
    yield from _wrong_drivers(devices, ports, state)
    yield from _wrong_guests(devices, servers, state)
    yield from _wrong_views(ports, state)


def assert_agreement(scene: Any, records: Records, machine: Any,
                     timeout_s: float = TIMEOUT_S) -> None:
    """Fail unless records and machine agree, at once or when all is still."""
    agreement.assert_agreement(records, timeout_s)
    found: list[str] = []

    def agree() -> bool:
        found[:] = breaches(
            records, kernel.look(machine), scene.details(),
            scene.calls.network('GET', '/ports')['ports'])
        return not found
    try:
        rest.wait_until('agreement with the machine', agree, timeout_s)
    except rest.RestError:
        raise AssertionError('\n'.join(found)) from None


def _wrong_rows(devices: list[Device], state: kernel.State) -> Iterator[str]:
    """A row for each function that is there, as it is, and no other."""
    rows = {each.address: (*each.kind[:3], each.kind[3], each.parent)
            for each in devices}
    there = {
        address: (each.vendor, each.product, kind_of(each), each.numa_node,
                  each.pf)
        for address, each in state.functions.items() if kind_of(each)}
    for address in sorted(rows.keys() | there.keys()):
        if rows.get(address) != there.get(address):
            yield (f'{address}: Nova has {rows.get(address)}, '
                   f'the kernel {there.get(address)}')


def _wrong_drivers(devices: list[Device], ports: Iterable[Mapping[str, Any]],
                   state: kernel.State) -> Iterator[str]:
    """Handed over by VFIO, or with its host's driver."""
    with_netdev = {port['binding:profile'].get('pci_slot') for port in ports
                   if port['binding:vnic_type'] == 'macvtap'}
    for each in devices:
        function = state.functions.get(each.address)
        if function is None:
            continue
        is_away = function.driver == 'vfio-pci'
        should = each.status in OWNED and each.address not in with_netdev
        if is_away is not should and not _is_stopped(each, state):
            yield f'{each.address} is {each.status}, on {function.driver}'


def _is_stopped(device: Device, state: kernel.State) -> bool:
    """Whether the device's owner has no guest that runs."""
    return device.status in OWNED and not any(
        device.address in held for held in state.guests.values())


def _wrong_guests(devices: list[Device],
                  servers: Iterable[Mapping[str, Any]],
                  state: kernel.State) -> Iterator[str]:
    """A guest holds what its server owns, and nobody else's guest does."""
    names = {each['OS-EXT-SRV-ATTR:instance_name']: each for each in servers
             if each['OS-EXT-SRV-ATTR:host'] == place_of.HOST}
    for name, held in state.guests.items():
        if name not in names:
            yield f'guest {name} holds {held} and has no server'
        elif tuple(sorted(held)) != owned_by(devices, names[name]['id']):
            yield (f'guest {name} holds {held}, its server owns '
                   f'{owned_by(devices, names[name]["id"])}')
    for name, server in names.items():
        if server['status'] == 'ACTIVE' and name not in state.guests:
            yield f'server {name} is ACTIVE and has no guest'


def _wrong_views(ports: Iterable[Mapping[str, Any]],
                 state: kernel.State) -> Iterator[str]:
    """A card knows the MAC and the VLAN of each VF that a port has."""
    for port in ports:
        slot = port['binding:profile'].get('pci_slot')
        view = state.views.get(slot)
        trusted = bool(port['binding:profile'].get('trusted'))
        if view is not None and any(
                slot in held for held in state.guests.values()) and (
                view != kernel.AdminView(mac=port['mac_address'], vlan=VLAN,
                                         trust=trusted)):
            yield f'{slot} of port {port["mac_address"]}: {view}'
