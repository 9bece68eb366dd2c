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
