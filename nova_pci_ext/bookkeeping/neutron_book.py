# SPDX-License-Identifier: Apache-2.0

"""Neutron's book: the ports that take devices."""

from collections.abc import Collection
from collections.abc import Mapping
from typing import Protocol

from nova import context as nova_context
from nova.network import constants
from nova.network import neutron

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.bookkeeping import edge
from nova_pci_ext.model.binding import VnicType

NAME = 'Neutron'
_FIELDS = ['id', 'device_id', 'binding:host_id', 'binding:vnic_type',
           'binding:vif_type', 'binding:profile', 'revision_number']
# Ports in one question: their UUIDs are a part of its URL.
_MANY = 50


class Client(Protocol):
    """What we use of neutronclient's ``Client``."""

    def list_ports(self, **filters: object,
                   ) -> Mapping[str, list[dict[str, object]]]:
        """Return all ports that fit."""

    def show_port(self, port: str) -> Mapping[str, dict[str, object]]:
        """Return one port."""

    def update_port(self, port: str, body: Mapping[str, object],
                    **more: object) -> object:
        """Write a port; with ``revision_number`` if it still has that."""


def client() -> Client:
    """Return a client of the Neutron that ``[neutron]`` names."""
    found: Client = neutron.get_client(
        nova_context.get_admin_context(), admin=True)
    return found


def read(network: Client, host: str | None) -> tuple[Port, ...]:
    """Read the ports that take devices, or name one.

    :param host: whose ports are read, None for all
    :raises DiscoveryError: without an answer
    """
    asked = {} if host is None else {'binding:host_id': host}
    return tuple(
        port(each) for each in _ask(network, asked)
        if each.get('binding:vnic_type', VnicType.NORMAL) != VnicType.NORMAL
        or profile(each).get('pci_slot'))


def read_named(network: Client, names: Collection[str]) -> tuple[Port, ...]:
    """Read ports by their UUIDs; those that do not exist are left out.

    :raises DiscoveryError: without an answer
    """
    every = sorted(names)
    return tuple(port(each) for begin in range(0, len(every), _MANY)
                 for each in _ask(network, {
                     'id': every[begin:begin + _MANY]}))


def _ask(network: Client,
         filters: Mapping[str, object]) -> list[dict[str, object]]:
    try:
        found = network.list_ports(fields=_FIELDS, **filters)['ports']
    except edge.ERRORS as exc:
        raise exceptions.DiscoveryError(
            *edge.silence(NAME, exc).split(': ', 1)) from exc
    return sorted(found, key=lambda each: str(each['id']))


def port(written: Mapping[str, object]) -> Port:
    """Return a port of what Neutron answers."""
    described = profile(written)
    slot, ids = described.get('pci_slot'), described.get('pci_vendor_info')
    revision = written.get('revision_number')
    return Port(
        id=str(written['id']), instance=str(written.get('device_id') or ''),
        host=str(written.get('binding:host_id') or ''),
        vnic_type=str(written.get('binding:vnic_type') or ''),
        vif_type=str(written.get('binding:vif_type') or ''),
        slot=str(slot) if slot else None, ids=str(ids) if ids else None,
        revision=revision if isinstance(revision, int) else 0)


def profile(written: Mapping[str, object]) -> dict[str, object]:
    """Return the binding profile of a port; empty where it has none."""
    found = written.get(constants.BINDING_PROFILE)
    return dict(found) if isinstance(found, dict) else {}
