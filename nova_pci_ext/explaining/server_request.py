# SPDX-License-Identifier: Apache-2.0

"""What somebody wants to boot, as the command line says it; needs no Nova."""

import dataclasses
from collections.abc import Mapping

#: Kinds of port that Nova makes requests of without asking other services.
VNIC_TYPES = ('normal', 'direct', 'macvtap', 'direct-physical', 'vdpa',
              'remote-managed')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that need not be in the cloud.

    :ivar name: for people
    :ivar physical_network: of its network; None for a tunnelled one
    """

    name: str
    vnic_type: str
    physical_network: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """Servers that are all the same.

    :ivar flavor: name of a flavor of the cloud; None for one with only what
        stands here
    :ivar extra_specs: on top of those of the flavor
    :ivar image: properties of the image
    :ivar vcpus: of a flavor that is not in the cloud
    :ivar ram_mb: likewise
    :ivar disk_gb: likewise
    :ivar port_ids: ports of the cloud
    :ivar ports: other ports
    :ivar count: how many servers, from 1
    """

    flavor: str | None = None
    extra_specs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image: Mapping[str, str] = dataclasses.field(default_factory=dict)
    vcpus: int = 1
    ram_mb: int = 512
    disk_gb: int = 0
    port_ids: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    count: int = 1
