#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""The PCI device behind a network interface, from sysfs."""

import pathlib

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress

ROOT = pathlib.Path('/')


def find_device(netdev: str, root: pathlib.Path = ROOT) -> PciAddress | None:
    """Find the PCI device that a network interface belongs to.

    :param netdev: name of the interface, such as ``eth0``
    :param root: the folder that holds ``sys``
    :returns: None when there is no such interface, or no PCI device is
        directly below it (a bridge, a virtio interface)
    """
    link = root / 'sys' / 'class' / 'net' / netdev / 'device'
    try:
        return PciAddress.parse(link.readlink().name)
    except (OSError, exceptions.AddressError):
        return None
