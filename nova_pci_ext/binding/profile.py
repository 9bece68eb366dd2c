# SPDX-License-Identifier: Apache-2.0

"""What of a port's ``binding:profile`` belongs to its device."""

from collections.abc import Collection
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import sides
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.binding import BoundPort

# What the compute writes about a device; all of it goes when the device does.
DEVICE_KEYS = frozenset({
    'pci_vendor_info', 'pci_slot', 'physical_network', 'card_serial_number',
    'pf_mac_address', 'vf_num', 'device_mac_address', 'capabilities',
})
# What Nova writes about this one binding.
BINDING_KEYS = frozenset({'allocation', 'arq_uuid'})
# What an operator writes for one use of the port; what he says about its link
# (``link_keys``) stays.
GRANTED_KEYS = frozenset({'trusted'})


def replace_device(profile: Mapping[str, object],
                   written: Mapping[str, object]) -> dict[str, object]:
    """Describe another device in a port's profile, and it alone.

    :param written: the new device, as Nova describes it
    :returns: a new dictionary
    """
    kept = {key: value for key, value in profile.items()
            if key not in DEVICE_KEYS}
    return {**kept, **written}


def clear_profile(profile: Mapping[str, object],
                  given_back: bool) -> dict[str, object]:
    """Take the device out of a port's profile.

    :param given_back: whether the port leaves its server; what was granted
        for this use then ends too. A server that is shelved keeps its ports
        and their grants.
    :returns: a new dictionary with what others wrote
    """
    gone = DEVICE_KEYS | BINDING_KEYS
    if given_back:
        gone |= GRANTED_KEYS
    return {key: value for key, value in profile.items() if key not in gone}


def check_profile(port_id: str, profile: Mapping[str, object],
                  claimed: Collection[PciAddress]) -> None:
    """Make sure that a port names the device that was claimed for it.

    :param claimed: the devices claimed for this port
    :raises BindingError: if it names another, or none
    """
    found = profile.get('pci_slot')
    if found in [str(address) for address in claimed]:
        return
    wanted = ' or '.join(map(str, claimed)) or 'nothing'
    raise exceptions.BindingError(
        port_id, 'profile.pci_slot', 'Nova',
        f'expected {wanted}, which was claimed for this port, got {found!r}')


def check_writer(port: BoundPort, project: str,
                 projects: Collection[str]) -> None:
    """Make sure that only an operator can have written what is his to write.

    :param project: that the port's server belongs to; Nova boots servers
        with ports of their own project only
    :param projects: of the operators, none where Neutron's policy lets only
        them write profiles
    :raises BindingError: if a port of another project has such a key
    """
    if not projects or project in projects:
        return
    written = sides.profile_of(port, sides.OPERATOR)
    for key in sorted(GRANTED_KEYS | link_keys.LINK_KEYS):
        if key in written:
            raise written.refuse(
                key, f'no {key} on a port of project {project}, which is '
                'not in [pci_ext] port_profile_projects')
