# SPDX-License-Identifier: Apache-2.0

"""Aliases with several entries, in Placement.

Nova has one request group for each device, and a group cannot say "one of
these classes".  So nova-api and nova-conductor ask for a resource class that
no provider has, and our scheduler asks Placement for each entry in turn.
Placement refuses the query of a scheduler that does not know better.
"""

import types
import typing
from collections.abc import Callable

import nova.conf
from nova import objects
from nova.objects import request_spec
from nova.pci import request as pci_request

from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj import wrapping

CONF = nova.conf.CONF

#: What a scheduler without our candidates would ask for; the name is for the
#: log of whoever looks for the reason of the refusal.
RESOURCE_CLASS = 'CUSTOM_PCI_ALIAS_WITH_SEVERAL_ENTRIES_NEEDS_NOVA_PCI_EXT'

Function = Callable[..., typing.Any]


def install() -> None:
    """Wrap Nova's functions in this process, once."""
    wrapping.install(HOOKS)


def _accepting(original: Function) -> Function:
    def validate_multispec(aliases: typing.Any) -> None:
        """Accept several entries."""
    return validate_multispec


def _grouping(original: Function) -> Function:
    def generate_request_groups_from_pci_requests(self: typing.Any) -> None:
        requests = self.pci_requests.requests
        several = [request for request in requests
                   if len(request.spec) > 1 and terms.is_of_flavor(request)]
        if not several or not CONF.filter_scheduler.pci_in_placement:
            original(self)
            return
        if self.requested_resources is None:
            self.requested_resources = []
        original(types.SimpleNamespace(
            requested_resources=self.requested_resources,
            pci_requests=objects.InstancePCIRequests(requests=[
                request for request in requests if request not in several]),
            _rc_from_request=self._rc_from_request,
            _traits_from_request=self._traits_from_request))
        self.requested_resources.extend(
            objects.RequestGroup(
                use_same_provider=True, requester_id=name,
                resources={RESOURCE_CLASS: 1}, required_traits=set())
            for request in several for name in terms.group_names(request))
    return generate_request_groups_from_pci_requests


#: (where, name, what makes ours of Nova's function)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (pci_request, '_validate_multispec', _accepting),
    (request_spec.RequestSpec, 'generate_request_groups_from_pci_requests',
     _grouping),
)
