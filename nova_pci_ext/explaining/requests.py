# SPDX-License-Identifier: Apache-2.0

"""A server request as the request that Nova's API would hand to the scheduler.

Nova's own functions make it, in the order in which its API calls them, so no
rule about aliases, ports or NUMA stands here.
"""

import contextlib
from collections.abc import Iterable
from collections.abc import Iterator

from keystoneauth1 import exceptions as ks_exc
from nova import context as nova_context
from nova import exception
from nova import objects
from nova.network import neutron
from nova.pci import request as pci_request
from nova.virt import hardware

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.explaining.server_request import Port
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import Flavor
from nova_pci_ext.novaobj.protocols import ImageMeta
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.parsing.flavor import ALIAS_KEY

# Nothing of this request is ever stored.
_INSTANCE = '00000000-0000-0000-0000-000000000000'


class AskedPorts:
    """Neutron with the ports that the command line describes.

    It answers the three calls that Nova makes to learn what a port asks.
    """

    def __init__(self, ports: Iterable[Port]) -> None:
        self._ports = {port.name: port for port in ports}

    def list_extensions(self, **_: object) -> dict[str, object]:
        """Return no extension: there are no segments and no bandwidths."""
        return {'extensions': []}

    def show_port(self, port_id: str, **_: object) -> dict[str, object]:
        """Return a port; its network has the port's name."""
        return {'port': {
            'id': port_id, 'network_id': port_id, 'binding:profile': {},
            'binding:vnic_type': self._ports[port_id].vnic_type}}

    def show_network(self, network_id: str,
                     **_: object) -> dict[str, object]:
        """Return the network of a port."""
        physnet = self._ports[network_id].physical_network
        return {'network': {
            'id': network_id, 'provider:physical_network': physnet,
            'provider:network_type': 'vlan' if physnet else 'vxlan'}}


@contextlib.contextmanager
def _neutron(client: AskedPorts) -> Iterator[None]:
    """Let Nova's network code ask another Neutron."""
    original = neutron.get_client
    neutron.get_client = lambda *_, **__: client
    try:
        yield
    finally:
        neutron.get_client = original


def request_spec(server: ServerRequest,
                 context: Context | None = None) -> RequestSpec:
    """Return the RequestSpec of a server.

    :param context: of a cloud's administrator; None without a cloud
    :raises ServerRequestError: when Nova's API would refuse it
    :raises ConfigErrors: when the sets of devices of the flavor cannot be
        read, whoever made it
    """
    try:
        return _request_spec(server, context or nova_context.RequestContext())
    except exception.NovaException as exc:
        raise exceptions.ServerRequestError(exc.format_message()) from exc
    except ks_exc.ClientException as exc:
        raise exceptions.ServerRequestError(
            f'Neutron does not answer ({type(exc).__name__})') from exc


def _request_spec(server: ServerRequest, context: Context) -> RequestSpec:
    flavor = _flavor(server, context)
    # The scheduler would refuse it on every host, without these words.
    asked_sets.of_flavor(flavor)
    image = _image(server)
    try:
        policy = hardware.get_pci_numa_policy_constraint(flavor, image)
        numa_topology = hardware.numa_get_constraints(flavor, image)
        pci_requests = pci_request.get_pci_requests_from_flavor(
            flavor, affinity_policy=policy)
    except ValueError as exc:
        # Nova's API does not check the flavors of old clients, and fails with
        # these words when one of them is used.
        parsing.parse_flavor_alias(flavor.extra_specs.get(
            ALIAS_KEY, ''))
        raise exceptions.ServerRequestError(
            f'the extra specs of the flavor: {exc}') from exc
    api = neutron.API()
    network, groups, level = api.create_resource_requests(
        context, _networks(server.port_ids), pci_requests,
        affinity_policy=policy)
    with _neutron(AskedPorts(server.ports)):
        other, _, _ = neutron.API().create_resource_requests(
            context, _networks(port.name for port in server.ports),
            pci_requests, affinity_policy=policy)
    spec: RequestSpec = objects.RequestSpec.from_components(
        context, _INSTANCE, image, flavor, numa_topology, pci_requests, {},
        None, None, port_resource_requests=groups,
        request_level_params=level)
    if network or other:
        spec.network_metadata = network or other
    return spec


def _image(server: ServerRequest) -> ImageMeta:
    try:
        image: ImageMeta = objects.ImageMeta.from_dict(
            {'properties': dict(server.image)})
    except ValueError as exc:
        # Nova's API refuses it too; without whose words, nobody knows why.
        raise exceptions.ServerRequestError(
            f'the properties of the image: {exc}') from exc
    return image


def _networks(port_ids: Iterable[str]) -> object:
    networks: object = objects.NetworkRequestList(objects=[
        objects.NetworkRequest(port_id=port_id) for port_id in port_ids])
    return networks


def _flavor(server: ServerRequest, context: Context) -> Flavor:
    if server.flavor is not None:
        flavor: Flavor = objects.Flavor.get_by_name(context, server.flavor)
        flavor.extra_specs = {**flavor.extra_specs, **server.extra_specs}
        return flavor
    described: Flavor = objects.Flavor(
        id=0, flavorid='asked', name='asked', vcpus=server.vcpus,
        memory_mb=server.ram_mb, root_gb=server.disk_gb, ephemeral_gb=0,
        swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False,
        is_public=True, description=None,
        extra_specs=dict(server.extra_specs), projects=[])
    return described
