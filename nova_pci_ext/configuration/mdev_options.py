# SPDX-License-Identifier: Apache-2.0

"""Devices that Nova makes mediated devices of, and hands out as a whole."""

from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.exceptions import AddressError
from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import DeviceSpec

# One group for each type of mediated device; of today, and of old.
_GROUPS = ('mdev_', 'vgpu_')
_ADDRESSES = 'device_addresses'


def warnings(files: Sequence[ConfigFile], specs: Sequence[DeviceSpec],
             covered: Coverage | None) -> Iterator[ConfigError]:
    """Yield a warning for each device that has both uses.

    :param covered: the devices of a host, None when none is known
    """
    handed_out = {spec.address.single: spec for spec in specs
                  if spec.address and spec.address.single}
    if covered is not None:
        handed_out |= {device.address: covered.taker(device)
                       for device in covered.handed_out()}
    for file in files:
        for each in file.assignments:
            if each.name != _ADDRESSES or not each.group.startswith(_GROUPS):
                continue
            for address in _addresses(each.value):
                if address in handed_out:
                    yield ConfigError(
                        file.where(each), f'has {address}, which '
                        f'{handed_out[address].source} hands out as a whole',
                        'leave it to one of the two', Fault.NO_EFFECT)


def _addresses(value: str) -> Iterator[PciAddress]:
    for word in value.split(','):
        try:
            yield PciAddress.parse(word.strip())
        except AddressError:
            # Nova says so itself.
            continue
