# SPDX-License-Identifier: Apache-2.0

"""The PCI requests of one server, alone and with each candidate of a host."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import Origin
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj.requests import device_requests
from nova_pci_ext.novaobj.requests import InterfaceOf
from nova_pci_ext.novaobj.requests import Mappings


class ServerRequests:
    """What one server asks, read once for all hosts.

    :param requests: of the server
    :param interface_of: as for ``device_requests``
    :ivar alone: the requests where Placement said nothing
    :ivar constraints: the device sets of this thread's server
    :ivar prefixes: how the groups of the aliases' devices begin
    :ivar ports: the groups of the ports; one of which no group is known may
        have its id
    :ivar carries_providers: whether any request names its providers itself
    """

    def __init__(self, requests: Iterable[protocols.InstancePCIRequest],
                 interface_of: InterfaceOf) -> None:
        self._requests = tuple(requests)
        self._interface_of = interface_of
        self._groups = port_groups.current()
        self.alone: tuple[DeviceRequest, ...] = device_requests(
            self._requests, None, interface_of, self._groups)
        self.constraints = asked_sets.bound(self.alone)
        self.prefixes = tuple(
            prefix for request in self.alone
            if (prefix := request.group_prefix) is not None)
        self.ports = frozenset(self._groups.get(request.name, request.name)
                               for request in self.alone
                               if request.origin is Origin.PORT)
        self.carries_providers = any(request.providers
                                      for request in self.alone)

    def with_candidate(self, mappings: Mappings,
                       ) -> tuple[DeviceRequest, ...]:
        """Return the requests as a candidate would have them served."""
        return device_requests(self._requests, mappings, self._interface_of,
                               self._groups)

    def is_placed(self, candidates: Sequence[protocols.AllocationCandidate],
                  ) -> bool:
        """Whether Placement decided about devices, and not only about RAM.

        Requests that carry providers themselves are read again where
        Placement says anything at all, as Nova does.
        """
        carried, prefixes = self.carries_providers, self.prefixes
        ports = self.ports
        for candidate in candidates:
            for group in candidate['mappings']:
                if carried or group in ports or group.startswith(prefixes):
                    return True
        return False

    def chosen(self, mappings: Mappings) -> list[str]:
        """Return the groups of a candidate that are of these requests.

        Candidates that agree in the providers of these are served alike,
        unless the requests carry providers themselves.
        """
        prefixes, ports = self.prefixes, self.ports
        found = []
        for group in mappings:
            if group in ports or group.startswith(prefixes):
                found.append(group)
        return found
