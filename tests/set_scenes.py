# SPDX-License-Identifier: Apache-2.0

"""Flavors with sets for recorded hosts, and what devices have in common there.

Of the four switches of the host like an HGX each has a NIC whose VFs aliases
may ask for, and one whose VFs are for ports: with a physical network they
would not be in Placement. What devices share is read from the recordings and
from the table of partitions, not by our engine.
"""

import json
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device import Device
from tests import bond_host
from tests import hgx_host

Asked = Mapping[str, str]

GPU = {'vendor_id': '10de', 'product_id': '2330'}
NIC = {'vendor_id': '15b3', 'product_id': '101e'}
BOND_VF = {'vendor_id': '8086', 'product_id': '1889'}
ALIAS_BUSES = ('0d', '3f', '83', 'b6')
PORT_BUSES = ('0e', '40', '84', 'b7')

PAIR = {'alias': 'gpu:2', 'group': 'nvlink:gpu'}
QUAD = {'alias': 'gpu:4', 'group': 'nvlink:gpu'}
#: Of no partition but that of all eight.
SPREAD = {'alias': 'gpu:4', 'distinct': 'pcie_switch:gpu'}
NEAR_NIC = {'alias': 'gpu:4,nic:4', 'pair': 'pcie_switch:gpu,nic'}
NEAR_PORT = {'alias': 'gpu:2', 'pair': 'pcie_switch:gpu,ports'}
BOND = {'distinct': 'pf:ports'}
ONE_PF = {'same': 'pf:ports'}
ONE_NIC = {'alias': 'nic:3', 'same': 'pf:nic'}

_DEVICES = {str(device.address): device
            for device in (*hgx_host.host().devices,
                           *bond_host.host().devices)}
_PARTITIONS = [{hgx_host.MODULES[module] for module in modules}
               for modules in hgx_host.PARTITIONS.values()]


def pci_options(fabric: str, bond: str) -> str:
    """Return lines of ``[pci]`` for the devices of both kinds of host.

    :param fabric: physical network of the NICs beside GPUs
    :param bond: of the others
    """
    options = [
        ('device_spec', GPU),
        *(('device_spec', {'address': f'0000:{bus}:*.*', **NIC})
          for bus in ALIAS_BUSES),
        *(('device_spec', {'address': f'0000:{bus}:*.*', **NIC,
                           'physical_network': fabric})
          for bus in PORT_BUSES),
        ('device_spec', {**BOND_VF, 'physical_network': bond}),
        ('alias', {'name': 'gpu', **GPU, 'device_type': 'type-PF'}),
        ('alias', {'name': 'nic', **NIC, 'device_type': 'type-VF'})]
    return ''.join(f'{name} = {json.dumps(value)}\n'
                   for name, value in options)


def group_options() -> str:
    """Return lines of ``[pci_ext]`` for the partitions of NVLink."""
    return ''.join(f'device_group = {json.dumps(group)}\n'
                   for group in hgx_host.groups())


def extra_specs(asked: Asked) -> dict[str, str]:
    """Return the extra specs of a flavor."""
    return {f'pci_passthrough:{name}': value
            for name, value in asked.items()}


def is_partition(addresses: Iterable[str]) -> bool:
    """Whether GPUs are exactly one partition of NVLink."""
    return set(addresses) in _PARTITIONS


def gpus(addresses: Iterable[str]) -> list[str]:
    """Return those that are GPUs."""
    return [each for each in addresses
            if _DEVICES[each].product_id == GPU['product_id']]


def vfs(addresses: Iterable[str]) -> list[str]:
    """Return those that are VFs."""
    return [each for each in addresses if _DEVICES[each].parent]


def pfs(addresses: Iterable[str]) -> list[str]:
    """Return the PFs of VFs, sorted."""
    return sorted(str(_DEVICES[each].parent) for each in addresses)


def switches(addresses: Iterable[str]) -> list[str]:
    """Return the upstream ports that devices are below, sorted."""
    return sorted(_whole(each).pci_path[2] for each in addresses)


def _whole(address: str) -> Device:
    found = _DEVICES[address]
    return _DEVICES[str(found.parent or found.address)]
