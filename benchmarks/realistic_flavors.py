# SPDX-License-Identifier: Apache-2.0

"""The ten flavors of ``benchmarks/realistic.py``, and their servers."""

import json
import typing
from collections.abc import Mapping

from nova import context
from nova import objects
from nova.pci import request as pci_request
from nova.virt import hardware
from oslo_utils import uuidutils

from benchmarks import realistic_hosts

_ALIAS = 'pci_passthrough:alias'


class Flavor(typing.NamedTuple):
    """What a server asks for.

    :ivar text: its name in tables
    :ivar extra_specs: of the flavor
    :ivar networks: of its direct ports
    """

    text: str
    extra_specs: Mapping[str, str] = {}
    networks: tuple[str, ...] = ()


FLAVORS = (
    Flavor('no device'),
    Flavor('a1:1', {_ALIAS: 'a1:1'}),
    Flavor('a1:2', {_ALIAS: 'a1:2'}),
    Flavor('a1:4', {_ALIAS: 'a1:4'}),
    Flavor('a1:1,a2:1', {_ALIAS: 'a1:1,a2:1'}),
    Flavor('crypto:2', {_ALIAS: 'crypto:2'}),
    Flavor('one port', networks=('physnet0',)),
    Flavor('a1:2 and two ports', {_ALIAS: 'a1:2'},
           ('physnet1', 'physnet2')),
    Flavor('one NUMA node, a1:1',
           {_ALIAS: 'a1:1', 'hw:numa_nodes': '1'}),
    Flavor('two NUMA nodes, one port', {'hw:numa_nodes': '2'},
           ('physnet0',)),
)


def aliases() -> list[str]:
    """Return ``[pci] alias`` of the cloud."""
    return [json.dumps({'name': name, 'vendor_id': vendor,
                        'product_id': product, 'device_type': dev_type})
            for name, vendor, product, dev_type in realistic_hosts.ALIASES]


def spec_of(ctxt: context.RequestContext, number: int,
            ) -> typing.Any:
    """Return the request of one new server, as nova-api makes it."""
    wanted = FLAVORS[number]
    flavor = objects.Flavor(
        id=number + 1, flavorid=str(number), name=f'f{number}', vcpus=4,
        memory_mb=4096, root_gb=0, ephemeral_gb=0, swap=0, rxtx_factor=1.0,
        vcpu_weight=0, disabled=False, is_public=True,
        extra_specs=dict(wanted.extra_specs))
    image = objects.ImageMeta.from_dict({})
    requests = pci_request.get_pci_requests_from_flavor(flavor)
    requests.requests += [objects.InstancePCIRequest(
        count=1, request_id=uuidutils.generate_uuid(),
        requester_id=uuidutils.generate_uuid(),
        spec=[{'physical_network': network, 'remote_managed': 'False'}])
        for network in wanted.networks]
    return objects.RequestSpec.from_components(
        ctxt, uuidutils.generate_uuid(), image, flavor,
        hardware.numa_get_constraints(flavor, image), requests, {}, None,
        None, project_id='benchmark', user_id='benchmark')
