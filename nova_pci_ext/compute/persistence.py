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

"""Writing changed devices, so that a failure can be made good later."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from nova import exception
from oslo_utils import excutils

from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED


def save_changed(devices: Iterable[Any], context: Any) -> Iterator[Any]:
    """Write every device that is not as it was last read or written.

    What nobody owns any more is written before what is owned by now: were
    the rows left half written, between the free of a VF and the claim of its
    PF by another instance, they would say that both are owned.

    One call of Nova's ``PciDevice.save`` a device: nova-compute reaches the
    database through the conductor, which has no call for several.

    :returns: each device whose row was deleted, as soon as it is
    :raises Exception: from the first write that fails; the devices from
        there on keep their marks, so that the next call writes them
    """
    changed = [dev for dev in devices if _has_changed(dev)]
    for dev in sorted(changed, key=_is_owned):
        with dev.obj_alternate_context(context):
            if dev.status == ClaimState.REMOVED:
                _delete(dev)
                yield dev
            else:
                dev.save()


def _is_owned(dev: Any) -> bool:
    return dev.status in OWNED


def _has_changed(dev: Any) -> bool:
    """The short form of ``obj_what_changed``, for objects without objects.

    That method asks each field whether it holds an object: 10 microseconds a
    device, every minute and at every claim, and no field of a PciDevice does.
    """
    return bool(dev._changed_fields)


def _delete(dev: Any) -> None:
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
