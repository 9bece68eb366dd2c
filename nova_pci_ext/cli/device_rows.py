# SPDX-License-Identifier: Apache-2.0

"""The devices of a host as rows of a table, JSON, YAML or CSV."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova_pci_ext.drawing import labels
from nova_pci_ext.model.device_set import CARD
from nova_pci_ext.model.device_set import PCIE_ROOT
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.view import DeviceView

HOST = 'host'
_COLUMNS: Mapping[str, Callable[[DeviceView], Any]] = {
    'address': lambda view: str(view.device.address),
    'type': lambda view: view.device.dev_type.value,
    'ids': lambda view: labels.ids(view.device),
    'vendor_name': lambda view: view.device.vendor_name,
    'product_name': lambda view: view.device.product_name,
    'class': lambda view: view.device.class_code,
    'class_name': lambda view: labels.class_name(view.device),
    'numa_node': lambda view: view.device.numa_node,
    'parent': lambda view: view.device.parent and str(view.device.parent),
    'vf_index': lambda view: view.device.vf_index,
    'total_vfs': lambda view: view.device.total_vfs,
    'num_vfs': lambda view: view.device.num_vfs,
    'pci_path': lambda view: view.device.pci_path,
    'pcie_root': lambda view: view.tag(PCIE_ROOT),
    'pcie_switch': lambda view: view.tag(PCIE_SWITCH),
    'card': lambda view: view.tag(CARD),
    'device_groups': lambda view: tuple(
        f'{kind}:{name}' for kind, names in view.device_groups
        for name in names),
    'iommu_group': lambda view: view.device.iommu_group,
    'group_members': lambda view: tuple(map(str, view.group_members)),
    'driver': lambda view: view.device.driver,
    'driver_override': lambda view: view.device.driver_override,
    'netdevs': lambda view: view.device.netdevs,
    'link_state': lambda view: view.device.link_state,
    'link_speed_mbps': lambda view: view.device.link_speed_mbps,
    'mac': lambda view: view.device.mac,
    'serial': lambda view: view.device.serial,
    'capabilities': lambda view: view.device.capabilities,
    'host_uses': lambda view: view.device.host_uses,
    'entry': lambda view: view.entry,
    'use': lambda view: view.use and view.use.value,
    'instance': lambda view: view.device.owner,
    'drained': lambda view: view.device.drained,
    'unhealthy': lambda view: view.device.unhealthy,
    'unclean': lambda view: view.device.unclean,
    'held': lambda view: view.device.held,
}
ALL = (HOST, *_COLUMNS)
SHORT = ('use', 'address', 'type', 'ids', 'driver', 'instance')


def columns(*, short: bool, hosts: int) -> tuple[str, ...]:
    """Return the names of the columns.

    :param short: for a table that people read
    :param hosts: how many there are; the name of a single one is not said
        in a short table
    """
    if not short:
        return ALL
    return SHORT if hosts == 1 else (HOST, *SHORT)


def rows(host: str, views: Iterable[DeviceView], names: Iterable[str], *,
         as_text: bool) -> list[list[object]]:
    """Return one row per device.

    :param names: of the columns

    :param as_text: lists as words and nothing for None, for formats that
        have neither
    """
    cells = [_COLUMNS.get(name) for name in names]
    return [[host if cell is None else _plain(cell(view), as_text)
             for cell in cells] for view in views]


def _plain(value: object, as_text: bool) -> object:
    if isinstance(value, tuple):
        return ' '.join(value) if as_text else list(value)
    return '' if value is None and as_text else value
