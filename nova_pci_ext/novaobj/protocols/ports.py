# SPDX-License-Identifier: Apache-2.0

"""Ports as Nova hands them to virt drivers and to Neutron."""

from collections.abc import Mapping
from typing import Protocol
from typing import TypedDict


class Network(TypedDict):
    """``nova.network.model.Network``."""

    label: str | None


class Vif(TypedDict):
    """``nova.network.model.VIF``: one port of a ``NetworkInfo``.

    :ivar details: ``binding:vif_details``
    :ivar type: ``binding:vif_type``, None for a port that was never bound
    """

    id: str
    address: str
    network: Network
    vnic_type: str
    type: str | None
    details: dict[str, object] | None
    profile: dict[str, object] | None


class VifMigrateData(Protocol):
    """``nova.objects.VIFMigrateData``: a port in a live migration."""

    port_id: str
    profile: Mapping[str, object]


class NeutronClient(Protocol):
    """neutronclient's ``Client``, wrapped by ``nova.network.neutron``."""

    def update_port(self, port: str,
                    body: Mapping[str, Mapping[str, object]]) -> object:
        """Write a port."""
