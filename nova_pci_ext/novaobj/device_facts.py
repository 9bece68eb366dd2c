# SPDX-License-Identifier: Apache-2.0

"""What does not change of a device: in reports, and noted in Nova's rows.

Nova's driver reports serial numbers.  What our tracker, or our driver, adds
is below a key of ours, which never reaches Nova's objects.  A row has the
facts in ``extra_info``, whose keys Nova passes over where it does not know
them; without a fact there is no note.
"""

import functools
import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import cast
from typing import Final
from typing import NamedTuple
from typing import Required
from typing import TypedDict

from nova_pci_ext import exceptions
from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.identity import Identity
from nova_pci_ext.model.identity import routing_id
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import protocols

#: In a report: facts of a device, as ``Facts``.
FACTS: Final = 'pci_ext_facts'
#: In a row: what the device is.
NOTE: Final = 'pci_ext_identity'
#: The note of a device of which nothing is known, whatever Nova keeps.
NOTHING: Final = '{}'
#: In a row: the owner of whom ``NOTE`` says what it has.
NOTED_FOR: Final = 'pci_ext_noted_for'
#: In a row: why nobody gets the device.
HELD: Final = 'pci_ext_held'
# Nova's column holds 65,535 bytes with all the rest.
_LONGEST_SLOT = 255
# Devices of a host whose places are read once; others are read again.
_MOST_PLACES = 8192
# Where Nova's driver has put a serial number, if it has.
_VPD = 'vpd'


class Facts(TypedDict, total=False):
    """What a driver of ours reports of a device beside Nova's properties."""

    mac: str | None
    slot: str | None
    index: int | None


class _Device(TypedDict, total=False):
    """What is read of a reported device."""

    address: Required[str]
    vendor_id: Required[str]
    product_id: Required[str]
    dev_type: str
    parent_addr: str | None
    capabilities: Mapping[str, Mapping[str, object]] | None
    pci_ext_facts: Facts | None


class Noted(TypedDict, total=False):
    """What is noted of a device."""

    serial: str | None
    mac: str | None
    slot: str | None
    index: int | None


class Found(NamedTuple):
    """A device of a report.

    :ivar head: address of its PF, or its own
    """

    identity: Identity
    head: str


def of_report(reported: Iterable[Mapping[str, object]],
              ) -> dict[str, Found]:
    """Return what each reported device is, by its address.

    A VF is what its PF is, and has a number; a device whose address Nova
    could not keep is left out.
    """
    by_address = {each['address']: each
                  for each in cast(Iterable[_Device], reported)}
    found = {}
    for address, each in by_address.items():
        parent = (each.get('parent_addr')
                  if each.get('dev_type') in CHILD_TYPES else None)
        head = by_address.get(parent or address, each)
        try:
            found[address] = Found(_identity(
                each, head, address, parent), parent or address)
        except exceptions.AddressError:
            continue
    return found


def _identity(each: '_Device', head: '_Device', address: str,
              parent: str | None) -> Identity:
    own = each.get('pci_ext_facts') or {}
    of_head = head.get('pci_ext_facts') or {}
    index = own.get('index')
    return Identity(
        vendor_id=each['vendor_id'], product_id=each['product_id'],
        dev_type=each.get('dev_type'),
        serial=same_device.serial(_serial(head) or _serial(each)),
        mac=same_device.mac(of_head.get('mac')),
        slot=_slot(of_head.get('slot')),
        index=_number(each) if index is None else index,
        **_place(address, parent))


@functools.lru_cache(_MOST_PLACES)
def _place(address: str, parent: str | None) -> Mapping[str, int]:
    """Return what an address says of a device beside its PF.

    Each report, and each row, of a device asks again.
    """
    own = PciAddress.parse(address)
    if parent is None:
        return {'function': own.function}
    head = PciAddress.parse(parent)
    return {'function': head.function,
            'offset': routing_id(own) - routing_id(head)}


def _serial(each: '_Device') -> str | None:
    capabilities = each.get('capabilities')
    # Nearly no device has any, and each is asked twice.
    if not capabilities or _VPD not in capabilities:
        return None
    found = _part(each, _VPD).get('card_serial_number')
    return found if isinstance(found, str) else None


def _number(each: '_Device') -> int | None:
    found = _part(each, 'sriov').get('vf_num')
    return found if isinstance(found, int) else None


def _part(each: '_Device', name: str) -> Mapping[str, object]:
    return (each.get('capabilities') or {}).get(name) or {}


def _slot(text: str | None) -> str | None:
    return text if text and len(text) <= _LONGEST_SLOT else None


def of_device(each: Device) -> Facts:
    """Return the facts of a device that Nova's driver does not report."""
    found: Facts = {}
    if each.permanent_mac:
        found['mac'] = each.permanent_mac
    if each.slot:
        found['slot'] = each.slot
    if each.vf_index is not None and each.parent is not None:
        found['index'] = each.vf_index
    return found


def of_row(dev: protocols.PciDevice) -> Found:
    """Return what the device of a row is.

    A row that was written before has no note, and that of a row with another
    owner may be of the device that was there before that one came.  There the
    serial number counts which Nova keeps.
    """
    noted = read_note(dev._obj_extra_info) if is_vouched(dev) else None
    address, dev_type = dev._obj_address, dev._obj_dev_type
    parent = dev.parent_addr if dev_type in CHILD_TYPES else None
    try:
        place = _place(address, parent)
    except exceptions.AddressError:
        # The audit tells of such a row.
        place = {}
    if noted is None:
        noted = {'serial': same_device.serial(kept_serial(dev))}
    return Found(Identity(
        vendor_id=dev._obj_vendor_id, product_id=dev._obj_product_id,
        dev_type=dev_type, serial=noted.get('serial'),
        mac=noted.get('mac'), slot=noted.get('slot'),
        index=noted.get('index'), **place), parent or address)


def kept_serial(dev: protocols.PciDevice) -> str | None:
    """Return the serial number that Nova keeps of a device.

    It is one of the capabilities, which are JSON; most devices have none.
    """
    text = dev._obj_extra_info.get('capabilities') or ''
    return dev.card_serial_number if _VPD in text else None


def is_vouched(dev: protocols.PciDevice) -> bool:
    """Whether what is noted is of the device that the owner was given.

    Nova's own tracker hands out what a row of ours is of, and leaves what we
    have noted there as it is.  Earlier releases of ours did not say for whom
    they noted it.
    """
    return (dev._obj_status not in OWNED
            or dev.extra_info.get(NOTED_FOR, dev.instance_uuid)
            == dev.instance_uuid)


def vouch(dev: protocols.PciDevice, owner: str | None) -> None:
    """Write of whom the note of a row says what it has.

    :param owner: UUID of an instance, or None for nobody
    """
    drain_notes.put(dev, NOTED_FOR,
                    (owner or '') if NOTE in dev._obj_extra_info else None)


def noted(reported: Mapping[str, object]) -> Noted:
    """Return what our tracker has written into a reported device."""
    return cast(Noted, reported.get(FACTS) or {})


def read_note(extra_info: Mapping[str, str]) -> Noted | None:
    """Return what is noted, None for a row without a note that we wrote."""
    text = extra_info.get(NOTE)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    noted = {key: value for key in ('serial', 'mac', 'slot')
             if isinstance(value := found.get(key), str)}
    if type(found.get('index')) is int:
        noted['index'] = found['index']
    return cast(Noted, noted)


def held(extra_info: Mapping[str, object]) -> str | None:
    """Return why nobody gets a device, None where that is not so."""
    found = extra_info.get(HELD)
    return None if found is None else str(found)


def note(identity: Identity) -> str | None:
    """Return the note of a device, None where nothing is known of it."""
    if not identity.has_facts:
        return None
    return json.dumps({
        key: value for key, value in (
            ('serial', identity.serial), ('mac', identity.mac),
            ('slot', identity.slot), ('index', identity.index))
        if value is not None}, sort_keys=True)
