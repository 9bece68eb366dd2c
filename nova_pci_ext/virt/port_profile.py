# SPDX-License-Identifier: Apache-2.0

"""A port's profile follows its device, and nothing of the device stays.

Nova offers no place for this, so three of its methods are replaced, in the
compute service only (decision page ``hand-over``).  Each calls Nova's own and
mends what that leaves behind.
"""

import functools
import inspect
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from nova.compute import manager
from nova.network import constants
from nova.network import neutron
from nova.objects import fields

from nova_pci_ext import exceptions
from nova_pci_ext.binding import profile

_MARK = 'of_nova_pci_ext'

Method = Callable[..., Any]


class ClearedPorts:
    """A Neutron client that takes the device out of each port it updates.

    :param client: Nova's client; everything else is passed on to it
    :param given_back: whether the ports leave their server
    """

    def __init__(self, client: Any, given_back: bool) -> None:
        self._client = client
        self._given_back = given_back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_port(self, port_id: str, body: Mapping[str, Any]) -> Any:
        """Update a port, its profile cleared."""
        port = dict(body['port'])
        port[constants.BINDING_PROFILE] = profile.clear_profile(
            port.get(constants.BINDING_PROFILE) or {}, self._given_back)
        return self._client.update_port(port_id, {'port': port})


def _unbind_ports(original: Method) -> Method:
    def unbind(self: Any, context: Any, ports: Any, neutron_client: Any,
               port_client: Any = None, detach: bool = True) -> Any:
        """Nova leaves ``capabilities`` and ``trusted`` in the profile."""
        client = port_client or neutron.get_client(context, admin=True)
        return original(self, context, ports, neutron_client,
                        ClearedPorts(client, given_back=detach), detach)
    return unbind


def _get_pci_device_profile(original: Method) -> Method:
    def describe(self: Any, pci_dev: Any) -> dict[str, Any]:
        """Say so when a VF has no capabilities.

        Nova's callers update the old profile with the new one, so the
        capabilities of the last host's VF would stay.
        """
        written: dict[str, Any] = original(self, pci_dev)
        if pci_dev.dev_type == fields.PciDeviceType.SRIOV_VF:
            written.setdefault('capabilities', [])
        return written
    return describe


def _update_migrate_vifs_profile_with_pci(original: Method) -> Method:
    def update(self: Any, migrate_vifs: Any, port_id_to_pci_dev: Any) -> None:
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


# Nova's class, its method, the parameters we rely on, and what wraps it.
REPLACED: tuple[tuple[Any, str, str, Callable[[Method], Method]], ...] = (
    (neutron.API, '_unbind_ports',
     'self, context, ports, neutron, port_client, detach', _unbind_ports),
    (neutron.API, '_get_pci_device_profile', 'self, pci_dev',
     _get_pci_device_profile),
    (manager.ComputeManager, '_update_migrate_vifs_profile_with_pci',
     'self, migrate_vifs, port_id_to_pci_dev',
     _update_migrate_vifs_profile_with_pci),
)


def install() -> None:
    """Put the three methods into this process; a second call does nothing.

    :raises InstallError: when a method is not the one we know; none is
        replaced then
    """
    pending = [each for each in REPLACED if not hasattr(
        getattr(each[0], each[1], None), _MARK)]
    for owner, name, wanted, _ in pending:
        method = getattr(owner, name, None)
        found = (', '.join(inspect.signature(method).parameters)
                 if method else 'nothing, for it does not exist')
        if found != wanted:
            raise exceptions.InstallError(
                f'{owner.__module__}.{owner.__name__}.{name} takes {found} '
                f'in this Nova, expected {wanted}')
    for owner, name, _, wrap in pending:
        method = getattr(owner, name)
        ours = functools.wraps(method)(wrap(method))
        setattr(ours, _MARK, True)
        setattr(owner, name, ours)
