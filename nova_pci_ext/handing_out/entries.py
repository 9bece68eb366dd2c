# SPDX-License-Identifier: Apache-2.0

"""Entries that take nothing, or less than they say."""

from collections.abc import Iterator

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import near_ids
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.parsing import keys


def check(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each such entry."""
    for index, spec in enumerate(covered.specs):
        far = [covered.devices[address]
               for address, taker in covered.untrackable.items()
               if taker == index]
        if far:
            yield ConfigError(
                str(spec.source), f'does not take {names(far)}',
                'Nova has no room for an address in a domain above ffff',
                Fault.NO_EFFECT)
        if not covered.taken(index) and not far:
            yield _idle(covered, index)


def _cure(covered: Coverage, spec: DeviceSpec) -> str | None:
    """Say what an entry that fits nothing may mean."""
    names_there = {name for device in covered.devices.values()
                   for name in device.netdevs}
    if spec.devname is not None and spec.devname not in names_there:
        near_name = keys.meant_interface(spec.devname, sorted(names_there))
        return (f'did you mean {near_name!r}?' if near_name else
                'no device has this network interface')
    for device in covered.devices.values():
        if device.total_vfs and not device.num_vfs and _means_vfs(
                spec, device):
            return (f'PF {device.address} has no VFs: write their number to '
                    'its sriov_numvfs')
    near = next((device for device in covered.devices.values()
                 if not (spec.address or spec.devname)
                 and near_ids.is_slip(spec, device)), None)
    return f'the nearest is {near_ids.named(near)}' if near else None


def _means_vfs(spec: DeviceSpec, pf: Device) -> bool:
    """Whether an entry can mean VFs that a PF has not made yet."""
    if spec.vendor_id not in (None, pf.vendor_id):
        return False
    if spec.product_id is not None:
        return spec.product_id == pf.vf_product_id
    single = spec.address.single if spec.address else None
    return single is not None and (single.domain, single.bus) == (
        pf.address.domain, pf.address.bus)


def _idle(covered: Coverage, index: int) -> ConfigError:
    path, fitting = str(covered.specs[index].source), covered.fitting[index]
    if not fitting:
        return ConfigError(path, 'fits no device of this host',
                           _cure(covered, covered.specs[index]),
                           Fault.NO_EFFECT)
    takers = sorted({taker for address in fitting
                     if (taker := covered.taken_by[address]) is not None})
    # Where an earlier entry would be left with nothing, order is not a cure.
    moves = all(covered.fitting[taker] - fitting for taker in takers)
    return ConfigError(
        path, f'takes no device: all {len(fitting)} that fit are taken by '
              'earlier entries',
        f'move it before {covered.specs[takers[0]].source}' if moves
        else f'remove it: {covered.specs[takers[0]].source} takes the same',
        Fault.NO_EFFECT)
