# SPDX-License-Identifier: Apache-2.0

"""A port's profile follows its device, and nothing of the device stays.

Nova offers no place for this, so three of its methods are replaced, in the
compute service only (decision page ``hand-over``).  Each calls Nova's own and
fixes what that leaves behind.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import cast
from typing import Protocol

from nova.compute import manager
from nova.network import constants
from nova.network import neutron
from nova.objects import fields

from nova_pci_ext.binding import profile
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import NeutronClient
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import VifMigrateData

Method = Callable[..., object]


class _NetworkApi(Protocol):
    """``nova.network.neutron.API``."""

    def _get_pci_device_profile(self, pci_dev: PciDevice,
                                ) -> dict[str, object]: ...


class _ComputeManager(Protocol):
    """``nova.compute.manager.ComputeManager``."""

    network_api: _NetworkApi


class ClearedPorts:
    """A Neutron client that takes the device out of each port it updates.

    :param client: Nova's client; everything else is passed on to it
    :param given_back: whether the ports leave their server
    """

    def __init__(self, client: NeutronClient, given_back: bool) -> None:
        self._client = client
        self._given_back = given_back

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._client, name)
        return found

    def update_port(self, port: str,
                    body: Mapping[str, Mapping[str, object]]) -> object:
        """Update a port, its profile cleared."""
        values = dict(body['port'])
        written = values.get(constants.BINDING_PROFILE) or {}
        values[constants.BINDING_PROFILE] = profile.clear_profile(
            cast(Mapping[str, object], written), self._given_back)
        return self._client.update_port(port, {'port': values})


def _unbind_ports(original: Method) -> Method:
    def unbind(self: object, context: Context, ports: Collection[str],
               neutron_client: NeutronClient,
               port_client: NeutronClient | None = None,
               detach: bool = True) -> object:
        """Nova leaves ``capabilities`` and ``trusted`` in the profile."""
        client = port_client or neutron.get_client(context, admin=True)
        return original(self, context, ports, neutron_client,
                        ClearedPorts(client, given_back=detach), detach)
    return unbind


def _get_pci_device_profile(original: Method) -> Method:
    def describe(self: object, pci_dev: PciDevice) -> dict[str, object]:
        """Say so when a VF has no capabilities.

        Nova's callers update the old profile with the new one, so the
        capabilities of the last host's VF would stay.
        """
        written = cast(dict[str, object], original(self, pci_dev))
        if pci_dev.dev_type == fields.PciDeviceType.SRIOV_VF:
            written.setdefault('capabilities', [])
        return written
    return describe


def _update_migrate_vifs_profile_with_pci(original: Method) -> Method:
    def update(self: _ComputeManager, migrate_vifs: Iterable[VifMigrateData],
               port_id_to_pci_dev: Mapping[str, PciDevice]) -> None:
        """Describe the destination's device whole.

        Nova updates the keys that the source wrote with a true value, so
        ``vf_num`` 0 stays 0 and a new physical network is not told.
        """
        original(self, migrate_vifs, port_id_to_pci_dev)
        for vif in migrate_vifs:
            if vif.port_id in port_id_to_pci_dev:
                device = port_id_to_pci_dev[vif.port_id]
                described = self.network_api._get_pci_device_profile(device)
                vif.profile = profile.replace_device(vif.profile, described)
    return update


# Nova's class, its method, and what wraps it.
REPLACED: tuple[wrapping.Wrapping, ...] = (
    (neutron.API, '_unbind_ports', _unbind_ports),
    (neutron.API, '_get_pci_device_profile', _get_pci_device_profile),
    (manager.ComputeManager, '_update_migrate_vifs_profile_with_pci',
     _update_migrate_vifs_profile_with_pci),
)


def install() -> None:
    """Put the three methods into this process; a second call does nothing.

    ``install.install`` has made sure that they are those we know.
    """
    wrapping.install(REPLACED)
