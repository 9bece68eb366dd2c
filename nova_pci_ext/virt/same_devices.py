# SPDX-License-Identifier: Apache-2.0

"""Whether the devices that a guest is given are those of its server.

The rows of a server say where its devices were when the host was looked at
last; a host that has just started may have given them other addresses.  So
it is looked at again before a guest is built.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from nova import exception

from nova_pci_ext.handing_out import same_device
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj.protocols import PciDevice

Seen = Callable[[], Mapping[str, device_facts.Found]]


class SameDevices:
    """Refuses a device that may be another one than that of a row.

    :param seen: looks at the host, and returns what each device is
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def check(self, devices: Iterable[PciDevice]) -> None:
        """Refuse the devices of a server if one is not certain to be its own.

        A device that the host does not have is left to libvirt to refuse,
        and an equal one of which nothing is known is not another one.

        :raises nova.exception.PciDeviceDetachFailed: naming device, reason
            and remedy
        """
        known = list(devices)
        for dev in known:
            reason = device_facts.held(dev.extra_info)
            if reason is not None:
                _refuse(dev.address, reason)
        if not known:
            return
        seen = self._seen()
        for dev in known:
            there = seen.get(dev.address)
            if there is not None and same_device.is_another(
                    device_facts.of_row(dev).identity, there.identity):
                _refuse(dev.address, 'another device is there now')


def _refuse(address: str, reason: str) -> None:
    raise exception.PciDeviceDetachFailed(
        dev=address, reason=f'it may not be the device of this server: '
                            f'{reason}; nova-pci audit says what to do')
