# SPDX-License-Identifier: Apache-2.0

"""Owned rows that go to other addresses, all of them or none.

A row stays at its address, where Nova writes and finds it; its owner is what
moves, from row to row.  That takes several writes, and nova-compute can be
killed between any two.  So what each row is to become is written into all of
them first, and then made so: whoever starts next sees how far it came.
"""

import json
import typing
import uuid
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NamedTuple

from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import PciDevice

#: In a row: what it becomes, with the addresses of all rows of the plan.
PLAN = 'pci_ext_plan'
#: In a row that a plan has changed: the plan, and where its device was.
FOLLOWED = 'pci_ext_followed'
#: In a row of nobody: it was made, or told what is there, for a plan.
MADE = 'pci_ext_made'


class Content(NamedTuple):
    """What goes from row to row.

    :ivar before: address that the device had, '' for a row that comes free
    :ivar note: what the device is, as ``device_facts`` notes it
    :ivar charge: what the owner takes of the bandwidth of the PF, as
        ``charges`` notes it
    :ivar held: why nobody gets the device that is there then
    :ivar left: how the device was before it was handed out, as
        ``release_notes`` notes it
    """

    status: str
    owner: str | None
    request_id: str | None
    before: str
    note: str | None
    charge: str | None = None
    held: str | None = None
    left: str | None = None


#: The serial number that Nova keeps there is that of the device that left.
FREE = Content(ClaimState.AVAILABLE, None, None, '', device_facts.NOTHING)


def content_of(dev: PciDevice) -> Content:
    """Return what a row has now."""
    return Content(dev.status, dev.instance_uuid, dev.request_id, dev.address,
                   dev.extra_info.get(device_facts.NOTE)
                   if device_facts.is_vouched(dev) else None,
                   dev.extra_info.get(charges.NOTE),
                   left=dev.extra_info.get(release_notes.BEFORE))


def write(rows: Mapping[str, PciDevice], after: Mapping[str, Content],
          context: Context) -> None:
    """Give rows other contents, in the database and in the objects.

    :param rows: by address, those that ``after`` names at least
    :param after: what each row becomes
    :raises Exception: as the database does; before the last row has its plan
        nothing has changed, after that everything has in the objects, and
        the next ``save`` writes what is left
    """
    plan = str(uuid.uuid4())
    addresses = sorted(after)
    try:
        for address in addresses:
            drain_notes.put(rows[address], PLAN, json.dumps(
                [plan, addresses, after[address]]))
            save(rows[address], context)
    except Exception:
        for address in addresses:
            drain_notes.put(rows[address], PLAN, None)
        raise
    for address in addresses:
        _become(rows[address], plan, after[address])
    for address in addresses:
        save(rows[address], context)


def save(dev: PciDevice, context: Context) -> None:
    """Write one row.

    :raises Exception: as the database does
    """
    with dev.obj_alternate_context(context):
        dev.save()


def _become(dev: PciDevice, plan: str, content: Content) -> None:
    dev.status = content.status
    dev.instance_uuid = content.owner
    dev.request_id = content.request_id
    drain_notes.put(dev, device_facts.NOTE, content.note)
    device_facts.vouch(dev, content.owner)
    drain_notes.put(dev, charges.NOTE, content.charge)
    drain_notes.put(dev, device_facts.HELD, content.held)
    drain_notes.put(dev, release_notes.BEFORE, content.left)
    drain_notes.put(dev, release_notes.UNCLEAN, None)
    drain_notes.put(dev, FOLLOWED, json.dumps([plan, content.before]))
    drain_notes.put(dev, PLAN, None)
    drain_notes.put(dev, MADE, None)


def recover(rows: Iterable[PciDevice]) -> None:
    """Finish or drop what a killed nova-compute has left of a plan.

    Rows were changed only after each had its plan.  So a plan of which a row
    was carried out is carried out in the others, and any other is dropped.

    :param rows: all of a node; they are changed and not saved
    """
    planned = []
    done = set()
    for dev in rows:
        done.add((_followed(dev) or ('', ''))[0])
        found = _planned(dev)
        if found is not None:
            planned.append((dev, found))
    for dev, (plan, content) in planned:
        if plan in done:
            _become(dev, plan, content)
    for dev in rows:
        drain_notes.put(dev, PLAN, None)


def _planned(dev: PciDevice) -> tuple[str, Content] | None:
    found = _read(dev, PLAN)
    try:
        plan, _, content = found
        return str(plan), Content(*typing.cast(list[typing.Any], content))
    except (TypeError, ValueError):
        return None


def _followed(dev: PciDevice) -> tuple[str, str] | None:
    found = _read(dev, FOLLOWED)
    try:
        plan, before = found
        return str(plan), str(before)
    except (TypeError, ValueError):
        return None


def _read(dev: PciDevice, key: str) -> list[object]:
    """Return a note that is a list; an empty one where there is none."""
    text = dev._obj_extra_info.get(key)
    if text is None:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def came_from(dev: PciDevice) -> str | None:
    """Return the address that an owned device had before it moved."""
    found = _followed(dev)
    return found[1] or None if found else None


def forget(dev: PciDevice) -> None:
    """Drop what was noted of an owner that has gone."""
    drain_notes.put(dev, FOLLOWED, None)


def mark_made(dev: PciDevice) -> None:
    """Note that a row says what is there for a plan, until that is done."""
    drain_notes.put(dev, MADE, 'true')


def is_made(dev: PciDevice) -> bool:
    """Whether the plan of a row was not carried out."""
    return MADE in dev.extra_info


def mark_seen(dev: PciDevice) -> None:
    """Note that a row is what a report, taken in as a whole, says."""
    drain_notes.put(dev, MADE, None)
