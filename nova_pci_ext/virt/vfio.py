# SPDX-License-Identifier: Apache-2.0

"""Whether the kernel of this host can give a device to a guest.

Asked while the guest is described, so nothing has been started yet.
"""

import pathlib

from nova import exception

from nova_pci_ext.discovery import iommu
from nova_pci_ext.handing_out import readiness

DEVICES = 'sys/bus/pci/devices'


class Vfio:
    """Asks the kernel of one host.

    :param root: the folder that holds ``sys`` and ``proc``
    """

    def __init__(self, root: pathlib.Path = pathlib.Path('/')) -> None:
        self._root = root

    def fault(self) -> readiness.ReadinessFault | None:
        """Return why no device of the host can be given to a guest.

        :returns: None if some can
        """
        ready = iommu.read(self._root)
        return None if ready.iommu_groups else readiness.why_no_iommu(ready)

    def check(self, address: str) -> None:
        """Refuse a device that VFIO cannot give to a guest.

        A device that the kernel does not have is left to libvirt to refuse.

        :raises nova.exception.PciDeviceDetachFailed: naming device, reason
            and remedy
        """
        device = self._root / DEVICES / address
        if not device.exists() or (device / 'iommu_group').exists():
            return
        fault = self.fault()
        raise exception.PciDeviceDetachFailed(
            dev=address, reason='it has no IOMMU group' if fault is None
            else f'{fault.fact}; {fault.remedy}')
