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

from oslo_config import cfg

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.conf import pci_ext

PHYSNET_TAG = 'physical_network'

# Today's names and those of 2014, as Nova declares them.
_OPTIONS = [
    cfg.MultiStrOpt('device_spec', default=[], deprecated_opts=[
        cfg.DeprecatedOpt('passthrough_whitelist', group='pci'),
        cfg.DeprecatedOpt('pci_passthrough_whitelist', group='DEFAULT')]),
    cfg.MultiStrOpt('alias', default=[], deprecated_opts=[
        cfg.DeprecatedOpt('pci_alias', group='DEFAULT')]),
]


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

    :raises ConfigError: when the file cannot be read
    :raises ConfigErrors: with every fault of the PCI options
    """
    conf = cfg.ConfigOpts()
    conf.register_opts(_OPTIONS, group='pci')
    pci_ext.register_opts(conf)
    try:
        conf([], default_config_files=[str(nova_conf)],
             default_config_dirs=[])
    except cfg.Error as exc:
        raise exceptions.ConfigError(str(nova_conf), str(exc)) from exc
    faults = parsing.Faults(strict=conf.pci_ext.strict)
    specs = parsing.parse_device_specs(
        parsing.option_values('device_spec', conf.pci.device_spec), faults)
    aliases = parsing.parse_aliases(
        parsing.option_values('alias', conf.pci.alias), faults)
    faults.finish(str(nova_conf))
    physnets = (spec.tags.get(PHYSNET_TAG) for spec in specs)
    return Configuration(
        aliases=tuple(aliases),
        physnets=tuple(dict.fromkeys(name for name in physnets if name)))
