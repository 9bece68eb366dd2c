# SPDX-License-Identifier: Apache-2.0

"""What a nova.conf hands out and what may be asked for, before anything runs.
"""

import dataclasses
import pathlib

from nova_pci_ext import parsing
from nova_pci_ext.configuration import config_files
from nova_pci_ext.parsing import options

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
    faults = parsing.Faults()
    files = [config_files.read(nova_conf, faults)]
    specs = parsing.parse_device_specs(
        config_files.values(files, options.DEVICE_SPEC), faults)
    aliases = parsing.parse_aliases(
        config_files.values(files, options.ALIAS), faults)
    faults.finish(str(nova_conf))
    physnets = (spec.tags.get(PHYSNET_TAG) for spec in specs)
    return Configuration(
        aliases=tuple(aliases),
        physnets=tuple(dict.fromkeys(name for name in physnets if name)))
