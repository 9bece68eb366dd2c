# SPDX-License-Identifier: Apache-2.0

"""Writing changed devices, so that a failure can be made good later."""

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator

import oslo_messaging
from nova import exception
from oslo_db import api as db_api
from oslo_db import exception as db_exc
from oslo_utils import excutils

from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import PciDevice


def save_changed(devices: Iterable[PciDevice], context: Context,
                 ) -> Iterator[PciDevice]:
    """Write every device that is not as it was last read or written.

    What nobody owns any more is written before what is owned by now: were
    the rows left half written, between the free of a VF and the claim of its
    PF by another instance, they would say that both are owned.

    One call of Nova's ``PciDevice.save`` a device: nova-compute reaches the
    database through the conductor, which has no call for several.

    :returns: each device whose row was deleted, as soon as it is
    :raises Exception: from the first write that fails, deadlocks only when
        they last; the devices from there on keep their marks, so that the
        next call writes them
    """
    changed = [dev for dev in devices if _has_changed(dev)]
    for dev in sorted(changed, key=_is_owned):
        with dev.obj_alternate_context(context):
            is_removed = dev._obj_status == ClaimState.REMOVED
            _write(dev)
            if is_removed:
                yield dev


def _is_deadlock(error: Exception) -> bool:
    """Whether the database has rolled a write back for another one's sake.

    The conductor passes an exception of the database on by its name.
    """
    return isinstance(error, db_exc.DBDeadlock) or (
        isinstance(error, oslo_messaging.RemoteError)
        and error.exc_type == db_exc.DBDeadlock.__name__)


@db_api.wrap_db_retry(  # type: ignore[untyped-decorator]
    retry_interval=0.05, max_retries=5, jitter=True,
    exception_checker=_is_deadlock)
def _write(dev: PciDevice) -> None:
    """Write one row; after a deadlock again, as databases ask for.

    Nova does so for most tables. For this one it does not, though computes
    that insert rows at the same time deadlock often: each has updated nothing
    before, and so holds the gap in which the others insert
    (``pci_device_update`` in ``nova/db/main/api.py``).
    """
    with _quickly_told(dev):
        if dev.status == ClaimState.REMOVED:
            _delete(dev)
        else:
            dev.save()


@contextlib.contextmanager
def _quickly_told(dev: PciDevice) -> Iterator[None]:
    """Have a device tell at once which of its fields have changed.

    Nova's ``save``, and whatever sends the device to the conductor, ask for
    it, and a third of the time of a write would go there.
    """
    vars(dev)['obj_what_changed'] = lambda: set(dev._changed_fields)
    try:
        yield
    finally:
        del vars(dev)['obj_what_changed']


def _is_owned(dev: PciDevice) -> bool:
    return dev._obj_status in OWNED


def _has_changed(dev: PciDevice) -> bool:
    """The short form of ``obj_what_changed``, for objects without objects.

    That method asks each field whether it holds an object: 10 microseconds a
    device, every minute and at every claim, and no field of a PciDevice does.
    """
    return bool(dev._changed_fields)


def _delete(dev: PciDevice) -> None:
    """Delete the row of a removed device.

    Nova's ``save`` calls the device deleted before it deletes the row; were
    that left so after a failure, the row would stay for ever.
    """
    try:
        dev.save()
    except exception.PciDeviceNotFound:
        # An earlier attempt went through and its answer was lost, or the
        # device came and went between two saves.
        dev.status = ClaimState.DELETED
    except Exception:
        with excutils.save_and_reraise_exception():
            dev.status = ClaimState.REMOVED
