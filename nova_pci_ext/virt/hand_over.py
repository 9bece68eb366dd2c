# SPDX-License-Identifier: Apache-2.0

"""What Nova handed to the driver for one server, written down.

The recorded driver starts no guest.  It keeps what a guest would have been
built from, so that a test or a reader can compare it with what was asked.
"""

import contextlib
import json
import pathlib
from collections.abc import Iterable
from typing import NotRequired
from typing import TypedDict

from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import Vif
from nova_pci_ext.virt import group_metadata
from nova_pci_ext.virt import guest_elements
from nova_pci_ext.virt import ports

FOLDER = 'handed-over'



class DeviceRecord(TypedDict):
    """One device of a server.

    :ivar alias: that asked for it, None for a port's
    :ivar port: that it is for, None for an alias's
    """

    address: str
    vendor_id: str
    product_id: str
    dev_type: str
    numa_node: int | None
    request_id: str | None
    alias: str | None
    port: str | None


class PortRecord(TypedDict):
    """One port of a server.

    :ivar element: None for a port that takes no device
    """

    id: str
    mac: str
    network: str | None
    vnic_type: str
    vif_type: str | None
    profile: dict[str, object] | None
    vif_details: dict[str, object] | None
    element: str | None


class GroupRecord(TypedDict):
    """A group of devices that a server asked for and has."""

    type: str
    name: str
    addresses: list[str]


class Record(TypedDict):
    """The hand-over of one server.

    :ivar elements: of the devices that aliases asked for, in guest order
    :ivar groups: that are in the metadata of the domain
    :ivar running: whether the guest runs, or is only known
    """

    server: str
    name: str
    display_name: str | None
    devices: list[DeviceRecord]
    elements: list[str]
    ports: list[PortRecord]
    groups: NotRequired[list[GroupRecord]]
    running: NotRequired[bool]


def describe(instance: Instance, network_info: Iterable[Vif],
             elements: guest_elements.GuestElements) -> Record:
    """Return the devices and ports of a server as plain values.

    :param instance: Nova's Instance, with its PCI devices and requests
    :param network_info: Nova's NetworkInfo, as the driver was given it
    :param elements: writes what the guest would boot from
    :raises InvalidInput: for a port with a bad binding, as our libvirt
        driver does
    """
    return {
        'server': instance.uuid, 'name': instance.name,
        'display_name': instance.display_name,
        'devices': _describe_devices(instance),
        'elements': elements.of_aliases(instance),
        'ports': [_describe_port(instance, vif, elements)
                  for vif in network_info],
        'groups': [{'type': group.type, 'name': group.name,
                    'addresses': list(map(str, group.addresses))}
                   for group in group_metadata.of_instance(instance)],
    }


def _describe_devices(instance: Instance) -> list[DeviceRecord]:
    requests = {request.request_id: request
                for request in instance.pci_requests.requests}
    found: list[DeviceRecord] = []
    for device in ports.in_request_order(instance):
        request = requests.get(device.request_id)
        found.append({
            'address': device.address, 'vendor_id': device.vendor_id,
            'product_id': device.product_id, 'dev_type': device.dev_type,
            'numa_node': device.numa_node, 'request_id': device.request_id,
            'alias': getattr(request, 'alias_name', None),
            'port': getattr(request, 'requester_id', None),
        })
    return found


def _describe_port(instance: Instance, vif: Vif,
                   elements: guest_elements.GuestElements,
                   ) -> PortRecord:
    return {
        'id': vif['id'], 'mac': vif['address'],
        'network': vif['network']['label'], 'vnic_type': vif['vnic_type'],
        'vif_type': vif['type'], 'profile': vif['profile'],
        'vif_details': vif['details'],
        'element': elements.of_port(instance, vif),
    }


def write(state_path: str, content: Record, *,
          running: bool) -> None:
    """Write down one server's hand-over, replacing an earlier one.

    The file takes its name last, so that a killed compute leaves the old
    record or the new one and never half of one.

    :param running: whether the guest runs, or is only known
    """
    path = _path(state_path, content['server'])
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix('.draft')
    draft.write_text(json.dumps({**content, 'running': running}, indent=1),
                     'utf-8')
    draft.replace(path)


def set_running(state_path: str, server: str, *, running: bool) -> None:
    """Write down that a guest started or stopped; it may be unknown."""
    with contextlib.suppress(FileNotFoundError):
        content = json.loads(_path(state_path, server).read_text('utf-8'))
        write(state_path, content, running=running)


def remove(state_path: str, server: str) -> None:
    """Forget a server; it may be unknown."""
    _path(state_path, server).unlink(missing_ok=True)


def read_all(state_path: str) -> list[Record]:
    """Return every hand-over of a compute, sorted by server.

    Older records do not say whether the guest runs (it does), nor which
    elements and groups it has.
    """
    folder = pathlib.Path(state_path, FOLDER)
    return [_read(path) for path in sorted(folder.glob('*.json'))]


def _read(path: pathlib.Path) -> Record:
    content: Record = json.loads(path.read_text('utf-8'))
    content.setdefault('running', True)
    content.setdefault('elements', [])
    content.setdefault('groups', [])
    return content


def _path(state_path: str, server: str) -> pathlib.Path:
    return pathlib.Path(state_path, FOLDER, f'{server}.json')
