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

"""What a nova.conf hands out and what may be asked for, before anything runs.
"""

import dataclasses
import pathlib

from nova_pci_ext import config_files
from nova_pci_ext import parsing
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
