# SPDX-License-Identifier: Apache-2.0

"""What a nova.conf hands out and what may be asked for, before anything runs.
"""

import dataclasses
import pathlib

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind

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


def read_configuration(nova_conf: pathlib.Path) -> Configuration:
    """Read and check the PCI options of a file.

    :raises ConfigErrors: with every fault of the file and its PCI options
    """
    loaded = loader.load_files([(SourceKind.FILE, nova_conf)])
    loaded.require()
    physnets = (spec.tags.get(PHYSNET_TAG) for spec in loaded.specs)
    return Configuration(
        aliases=tuple(loaded.aliases),
        physnets=tuple(dict.fromkeys(name for name in physnets if name)))
