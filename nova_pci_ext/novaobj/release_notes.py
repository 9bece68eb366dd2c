# SPDX-License-Identifier: Apache-2.0

"""How a device was before it was handed out, and what is left on it.

Noted in ``extra_info`` of Nova's rows, as in ``drain_notes``, so that a
nova-compute that was restarted meanwhile knows it.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import VfView
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import PciDevice

#: How it was.
BEFORE = 'pci_ext_before'
#: What its last server left, and nobody has put right.
UNCLEAN = 'pci_ext_unclean'


def before(extra_info: Mapping[str, object]) -> Before:
    """Return how a device was; nothing is known from an unreadable note."""
    try:
        found: dict[str, Any] = json.loads(str(extra_info.get(BEFORE, '{}')))
        view = found.pop('view', None)
        return Before(**found, view=None if view is None else VfView(
            **{**view, 'link_state': view.get('link_state') and LinkState(
                view['link_state'])}))
    except (AttributeError, RecursionError, TypeError, ValueError):
        return Before()


def unclean(extra_info: Mapping[str, object]) -> str | None:
    """Return what is left on a device, None for nothing that is known."""
    found = extra_info.get(UNCLEAN)
    return None if found is None else str(found)


def put_before(dev: PciDevice, known: Before | None) -> None:
    """Note how a device is, or that it is not needed any more."""
    drain_notes.put(dev, BEFORE, None if known is None else json.dumps(
        dataclasses.asdict(known), sort_keys=True))


def put_unclean(dev: PciDevice, text: str | None) -> None:
    """Note what is left on a device, None for nothing."""
    drain_notes.put(dev, UNCLEAN, text)
