# SPDX-License-Identifier: Apache-2.0

"""The provider of a device, written into its row as soon as Nova knows it.

Nova notes it in ``extra_info`` in place, which its object does not take for a
change.  Nova's tracker writes the column all the same, since it assigns it in
each report; ours assigns what has changed.  So rows that are older than the
devices in Placement would never name a provider, and whoever has only the
database could not tell which units of Placement an instance has to have.

Nor does Nova take a name away, as when a device gets a physical network and is
in Placement no more: an audit would miss that provider for ever.
"""

import contextlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import protocols

_KEY = 'rp_uuid'


@contextlib.contextmanager
def written(devices: Iterable[protocols.PciDevice]) -> Iterator[None]:
    """Let the rows of devices be written that get another provider meanwhile.

    :param devices: all of the node
    """
    before = [(dev, dev.extra_info.get(_KEY)) for dev in devices]
    try:
        yield
    finally:
        # What was noted before a failure is not noted again.
        for dev, provider in before:
            if dev.extra_info.get(_KEY) != provider:
                dev.extra_info = dict(dev.extra_info)


def forget(devices: Iterable[protocols.PciDevice],
           exists: Callable[[str], bool]) -> None:
    """Take the names of providers that are gone out of rows.

    A device that is in use keeps it: its instance may hold what it names.

    :param devices: all of the node
    :param exists: whether the node has a provider
    """
    for dev in devices:
        provider = dev.extra_info.get(_KEY)
        if provider and dev.status not in OWNED and not exists(provider):
            drain_notes.put(dev, _KEY, None)
