# SPDX-License-Identifier: Apache-2.0

"""That a device is drained, or unhealthy, noted in Nova's row of it.

The marks of operators are in a file of the host; what nova-compute makes of
them is in ``extra_info`` of the rows, for whoever has Nova's database and not
the host.  Nova writes the column as a whole, so what anybody but nova-compute
writes there, as ``nova-pci audit --repair`` does, is lost if nova-compute
writes the row before it is restarted.  Nova itself passes over keys that it
does not know.
"""

from collections.abc import Mapping

from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.novaobj import protocols

REASON = 'pci_ext_drained'
#: An ``Origin``, beside the reason.
ORIGIN = 'pci_ext_drained_by'
#: What ``reserved`` of the provider was before the device was drained.
RESERVED = 'pci_ext_reserved'
#: What is wrong with the card of a device.
UNHEALTHY = 'pci_ext_unhealthy'


def reason(extra_info: Mapping[str, object]) -> str | None:
    """Return why a device is drained, None where it is not."""
    found = extra_info.get(REASON)
    return None if found is None else str(found)


def origin(extra_info: Mapping[str, object]) -> Origin | None:
    """Return what has drained a device, None where it is not drained.

    A word that is not known here is that of a later release: somebody did.
    """
    if reason(extra_info) is None:
        return None
    found = str(extra_info.get(ORIGIN, Origin.OPERATOR))
    return (Origin(found) if found in list(Origin) else Origin.OPERATOR)


def unhealthy(extra_info: Mapping[str, object]) -> str | None:
    """Return what is wrong with the card of a device, None for nothing."""
    found = extra_info.get(UNHEALTHY)
    return None if found is None else str(found)


def put_drain(dev: protocols.PciDevice, drain: Drain | None) -> None:
    """Write into a row why its device is drained, or that it is not."""
    put(dev, REASON, drain.reason if drain else None)
    put(dev, ORIGIN, drain.mark.origin.value if drain else None)


def reserved_before(extra_info: Mapping[str, str]) -> int | None:
    """Return what was reserved before, None where nothing was changed."""
    text = extra_info.get(RESERVED, '')
    return int(text) if text.isdecimal() else None


def put(dev: protocols.PciDevice, key: str, value: str | None) -> None:
    """Write a note into a row, or take it away."""
    extra = dev._obj_extra_info
    if extra.get(key) != value:
        # Nova's object sees an assignment only.
        kept = {name: text for name, text in extra.items() if name != key}
        dev.extra_info = kept if value is None else {**kept, key: value}
