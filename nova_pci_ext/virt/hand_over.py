# SPDX-License-Identifier: Apache-2.0

"""What Nova handed to the driver for one server, written down.

The recorded driver starts no guest.  It keeps what a guest would have been
built from, so that a test or a reader can compare it with what was asked.
"""

import contextlib
import json
import pathlib
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova import exception

from nova_pci_ext import exceptions
from nova_pci_ext.binding import element
from nova_pci_ext.binding import hostdev_xml
from nova_pci_ext.virt import ports

FOLDER = 'handed-over'


def describe(instance: Any, network_info: Iterable[Any],
             netdevs: Mapping[str, str]) -> dict[str, Any]:
    """Return the devices and ports of a server as plain values.

    :param instance: Nova's Instance, with its PCI devices and requests
    :param network_info: Nova's NetworkInfo, as the driver was given it
    :param netdevs: address of a VF to the name of its network interface
    :raises InvalidInput: for a port with a bad binding, as our libvirt
        driver does
    """
    return {
        'server': instance.uuid, 'name': instance.name,
        'display_name': instance.display_name,
        'devices': _describe_devices(instance),
        'ports': [_describe_port(instance, vif, netdevs)
                  for vif in network_info],
    }


def _describe_devices(instance: Any) -> list[dict[str, Any]]:
    requests = {request.request_id: request
                for request in instance.pci_requests.requests}
    found = []
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


def _describe_port(instance: Any, vif: Any,
                   netdevs: Mapping[str, str]) -> dict[str, Any]:
    port = ports.read_port(vif)
    try:
        bound = ports.read_bound(instance, port)
    except exceptions.BindingError as error:
        raise exception.InvalidInput(reason=str(error)) from error
    written = None if bound is None else hostdev_xml.to_xml(
        element.describe(
            bound, managed=ports.is_managed(instance, port),
            netdev=netdevs.get(str(port.profile.get('pci_slot')), '')))
    return {
        'id': vif['id'], 'mac': vif['address'],
        'network': vif['network']['label'], 'vnic_type': vif['vnic_type'],
        'vif_type': vif['type'], 'profile': vif['profile'],
        'vif_details': vif['details'], 'element': written,
    }


def write(state_path: str, content: Mapping[str, Any], *,
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


def read_all(state_path: str) -> list[dict[str, Any]]:
    """Return every hand-over of a compute, sorted by server.

    Older records do not say whether the guest runs: then it does.
    """
    folder = pathlib.Path(state_path, FOLDER)
    return [{'running': True, **json.loads(path.read_text('utf-8'))}
            for path in sorted(folder.glob('*.json'))]


def _path(state_path: str, server: str) -> pathlib.Path:
    return pathlib.Path(state_path, FOLDER, f'{server}.json')
