# SPDX-License-Identifier: Apache-2.0

"""Claimed device -> binding:profile: what Nova tells the mechanism driver."""

from collections.abc import Collection
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress

# What the compute writes about a device; all of it goes when the device does.
DEVICE_KEYS = frozenset({
    'pci_vendor_info', 'pci_slot', 'physical_network', 'card_serial_number',
    'pf_mac_address', 'vf_num', 'device_mac_address', 'capabilities',
})
# What Nova writes about this one binding.
BINDING_KEYS = frozenset({'allocation', 'arq_uuid'})
# What an operator writes for one use of the port.
GRANTED_KEYS = frozenset({'trusted'})


def write_profile(claimed: device.Device, physnet: str | None,
                  pf_mac: str | None = None) -> dict[str, object]:
    """Describe a claimed device to the mechanism driver.

    :param physnet: the ``physical_network`` tag of the device
    :param pf_mac: MAC address of a VF's parent; without it the backends that
        need it cannot tell the VF from others, so its number is left out
    :returns: a new dictionary with Nova's keys
    """
    profile: dict[str, object] = {
        'pci_vendor_info': f'{claimed.vendor_id}:{claimed.product_id}',
        'pci_slot': str(claimed.address),
        'physical_network': physnet,
    }
    if claimed.dev_type is device.DeviceType.VF:
        profile |= _vf_profile(claimed, pf_mac)
    elif claimed.dev_type is device.DeviceType.PF and claimed.mac:
        profile['device_mac_address'] = claimed.mac
    return profile


def _vf_profile(vf: device.Device, pf_mac: str | None) -> dict[str, object]:
    # Written when there are none too: Neutron decides by them, and Nova's
    # callers update the profile of the last host's VF.
    profile: dict[str, object] = {'capabilities': list(vf.capabilities)}
    if vf.serial is not None:
        profile['card_serial_number'] = vf.serial
    if pf_mac is not None and vf.vf_index is not None:
        profile |= {'pf_mac_address': pf_mac, 'vf_num': vf.vf_index}
    return profile


def replace_device(profile: Mapping[str, object],
                   written: Mapping[str, object]) -> dict[str, object]:
    """Describe another device in a port's profile, and it alone.

    :param written: the new device, as ``write_profile`` describes it
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
