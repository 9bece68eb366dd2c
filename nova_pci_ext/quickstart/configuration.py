# SPDX-License-Identifier: Apache-2.0

"""What a nova.conf hands out and what may be asked for, before anything runs.
"""

import dataclasses
import pathlib
from collections.abc import Iterable

from nova_pci_ext.configuration import checking
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.exceptions import ConfigErrors
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.inventory import Inventory

PHYSNET_TAG = 'physical_network'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The part of a nova.conf that the quickstart's plan is made from.

    :ivar aliases: names, in the order of the file
    :ivar physnets: physical networks of the device_spec entries, in the
        order of the file, each once
    """

    aliases: tuple[str, ...]
    physnets: tuple[str, ...]


def read_configuration(nova_conf: pathlib.Path,
                       hosts: Iterable[Inventory]) -> Configuration:
    """Read and check a file.

    :param hosts: those that the services of the quickstart run on
    :raises ConfigErrors: with every fault of the file and its PCI options,
        or else with all that keeps a service from its start
    """
    loaded = loader.load_files([(SourceKind.FILE, nova_conf)])
    loaded.require()
    stopping = {
        str(fault): fault for host in hosts
        for fault in checking.check(loaded, inventory=host).errors
        if fault.fault is Fault.REFUSED}
    if stopping:
        raise ConfigErrors('faults in the configuration',
                           list(stopping.values()))
    physnets = (spec.tags.get(PHYSNET_TAG) for spec in loaded.specs)
    return Configuration(
        aliases=tuple(loaded.aliases),
        physnets=tuple(dict.fromkeys(name for name in physnets if name)))
