# SPDX-License-Identifier: Apache-2.0

"""What the quickstart is to show; it needs no Nova."""

import dataclasses
import pathlib

from nova_pci_ext.model import inventory


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The input of one quickstart, checked.

    :ivar hosts: one compute is started for each
    :ivar alias: name of an alias of ``nova_conf``
    :ivar count: number of its devices for one server, from 1
    :ivar physnets: physical networks of ``nova_conf``
    :ivar physnet: the one of the direct port, None for no port
    """

    nova_conf: pathlib.Path
    hosts: tuple[inventory.Inventory, ...]
    alias: str
    count: int
    physnets: tuple[str, ...]
    physnet: str | None
