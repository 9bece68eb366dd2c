# SPDX-License-Identifier: Apache-2.0

"""Drivers that hold what is handed out."""

from collections.abc import Callable
from collections.abc import Iterator

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.handing_out.groups import is_bridge
from nova_pci_ext.handing_out.groups import is_vfio_driver
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.spec import DeviceSpec

# Host bridges, ISA and EISA bridges, and IOMMUs.
_BOARD = ('0600', '0601', '0602', '0806')
# What is wrong with some devices, and what to do.
_Words = tuple[str, str]


def check(covered: Coverage) -> Iterator[ConfigError]:
    """Yield a warning for each entry and each thing that is in the way."""
    found: dict[tuple[int, _Words], list[Device]] = {}
    for device in covered.handed_out():
        index = covered.taken_by[device.address]
        for rule in _RULES:
            words = rule(device, covered)
            if words is not None:
                found.setdefault((index or 0, words), []).append(device)
    for (index, (fact, remedy)), devices in found.items():
        verb = 'is' if len(devices) == 1 else 'are'
        yield ConfigError(str(covered.specs[index].source),
                          f'{names(devices)} {verb} {fact}', remedy,
                          Fault.NOT_READY)


def _bridge(device: Device, covered: Coverage) -> _Words | None:
    if not is_bridge(device):
        return None
    return ("part of the host's bus, which no guest can get",
            'expected an entry that leaves bridges out')


def _board(device: Device, covered: Coverage) -> _Words | None:
    if not (device.class_code or '').startswith(_BOARD):
        return None
    return ('a part of the board, which is of no use to a guest',
            'expected an entry that leaves it out')


def _unmanaged(device: Device, covered: Coverage) -> _Words | None:
    """With ``managed`` off the operator binds the driver."""
    if not _is_off(covered.taker(device)) or is_vfio_driver(
            device.driver) or device.vgpu_type is not None:
        return None
    return (f'held by {device.driver or "no driver"}',
            'with managed off, bind it to vfio-pci')


def _vgpu(device: Device, covered: Coverage) -> _Words | None:
    """A VF that its vendor's driver makes a vGPU stays on that driver."""
    if device.vgpu_type is None or is_vfio_driver(device.driver):
        return None
    if not _is_off(covered.taker(device)):
        return (f'made a vGPU by {device.driver or "no driver"}, which '
                'libvirt would take it from', 'write "managed": "no"')
    if device.vgpu_type == 0:
        return ('not a vGPU yet', 'write the number of a type to '
                'nvidia/current_vgpu_type of the device')
    return None


def _mdev(device: Device, covered: Coverage) -> _Words | None:
    """A device cannot serve two guests, in two ways; nor a PF and its VF."""
    if not (device.mdevs or device.num_vfs):
        return None
    serving = [each for each in covered.devices.values()
               if each.mdevs and device.address in (each.address, each.parent)]
    if not serving:
        return None
    return ('in use by mediated devices' if device.mdevs else
            f'the PF of {names(serving)}, in use by mediated devices',
            'leave it out, or remove '
            + ', '.join(mdev for each in serving for mdev in each.mdevs))


def _token(device: Device, covered: Coverage) -> _Words | None:
    """A VF is opened with the token of its PF where vfio-pci has the PF.

    Linux has it so (``vfio_pci_validate_vf_token``).
    """
    parent = covered.parent(device)
    if parent is None or parent.driver != 'vfio-pci':
        return None
    return (f'below PF {parent.address}, which vfio-pci holds: a guest gets '
            'the VFs of such a PF with its token only',
            'give the PF back to its own driver')


def _is_off(spec: DeviceSpec) -> bool:
    return spec.tags.get('managed') == 'false'


_RULES: tuple[Callable[[Device, Coverage], _Words | None], ...] = (
    _bridge, _board, _unmanaged, _vgpu, _mdev, _token)
