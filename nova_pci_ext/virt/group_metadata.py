# SPDX-License-Identifier: Apache-2.0

"""Groups of devices as metadata of a libvirt domain.

Whoever makes a group work before its guest runs, such as a program that has a
fabric manager activate a partition, reads there which one it is.
"""

from collections.abc import Sequence

from nova.virt.libvirt import config
from oslo_log import log as logging

from nova_pci_ext import exceptions
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.novaobj import chosen_groups
from nova_pci_ext.novaobj.protocols import Element
from nova_pci_ext.novaobj.protocols import GuestUnderConstruction
from nova_pci_ext.novaobj.protocols import Instance

LOG = logging.getLogger(__name__)

#: Never changes: others look for it.
NAMESPACE = 'urn:nova-pci-ext:device-groups:1'


class DeviceGroups(config.LibvirtConfigObject):
    """The element ``pci_ext:device_groups`` below ``metadata``."""

    def __init__(self, groups: Sequence[DeviceGroup]) -> None:
        super().__init__(root_name='device_groups', ns_prefix='pci_ext',
                         ns_uri=NAMESPACE)
        self._groups = groups

    def format_dom(self) -> Element:
        """Return the element."""
        root: Element = super().format_dom()
        for group in self._groups:
            found = self._new_node('group', type=group.type, name=group.name)
            for address in group.addresses:
                found.append(self._new_node('device', address=str(address)))
            root.append(found)
        return root


def of_instance(instance: Instance) -> tuple[DeviceGroup, ...]:
    """Return the groups that a server asks for and has.

    A guest that is started again may have devices that are not a group any
    more; that is told, and the guest starts.
    """
    try:
        chosen = chosen_groups.of_instance(instance)
    except exceptions.ConfigErrors as error:
        LOG.warning('Which groups of devices instance %s has is not known: '
                    '%s', instance.uuid, error)
        return ()
    for kind, group in chosen:
        if group is None:
            LOG.warning('Instance %s asks for a group of type %s, and its '
                        'devices are none that this compute declares',
                        instance.uuid, kind)
    return tuple(group for _, group in chosen if group is not None)


def add(guest: GuestUnderConstruction, instance: Instance) -> None:
    """Add the groups of a server to the metadata of its domain, if any."""
    groups = of_instance(instance)
    if groups:
        guest.metadata.append(DeviceGroups(groups))
