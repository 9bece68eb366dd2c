# SPDX-License-Identifier: Apache-2.0

"""PFs that are handed out beside their own VFs."""

from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.spec import DeviceSpec

_SHUTS_OUT = 'whoever gets one of them shuts out all who want the other'


def both_handed_out(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each PF and entry that takes VFs of it."""
    children: dict[tuple[object, int | None], list[Device]] = {}
    for device in covered.handed_out():
        if device.parent is not None:
            key = device.parent, covered.taken_by[device.address]
            children.setdefault(key, []).append(device)
    for vfs in children.values():
        parent = covered.parent(vfs[0])
        if (parent is not None
                and covered.taken_by[parent.address] is not None
                and not _is_for_ports(covered.taker(parent), parent,
                                      covered.taker(vfs[0]))):
            yield _both(parent, covered.taker(parent), vfs,
                        covered.taker(vfs[0]))


def _is_for_ports(parent_spec: DeviceSpec, parent: Device,
                  spec: DeviceSpec) -> bool:
    """Whether an entry names a PF for the ports of its VFs.

    So Nova's documentation has it: a port gets a VF unless it is asked for
    the whole PF.
    """
    if spec is not parent_spec or not spec.tags.get('physical_network'):
        return False
    single = spec.address.single if spec.address else None
    return spec.devname in parent.netdevs or single == parent.address


def _both(parent: Device, parent_spec: DeviceSpec, vfs: Sequence[Device],
          spec: DeviceSpec) -> ConfigError:
    if spec is parent_spec:
        return ConfigError(
            str(spec.source),
            f'hands out PF {parent.address} and {len(vfs)} of its VFs',
            f'{_SHUTS_OUT}; {_one_kind(parent, vfs)}', Fault.NO_EFFECT)
    return ConfigError(
        str(spec.source),
        f'hands out {len(vfs)} VF{"s" if len(vfs) > 1 else ""} of PF '
        f'{parent.address}, which {parent_spec.source} hands out',
        _SHUTS_OUT, Fault.NO_EFFECT)


def _one_kind(parent: Device, vfs: Sequence[Device]) -> str:
    """Say how an entry takes the PF or its VFs, and not both."""
    if all(vf.product_id != parent.product_id for vf in vfs):
        return 'name the product_id of the kind that is meant'
    return ('the PF and its VFs have the same product_id, so name the '
            f'addresses of the kind that is meant, such as {vfs[0].address}')
