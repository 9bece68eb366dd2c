# SPDX-License-Identifier: Apache-2.0

"""Where nova-scheduler decides for a server: with the device sets it asks.

The requests of a server say nothing of its sets, and Nova hands on only the
requests when it fits a guest to NUMA nodes or takes devices off a host.  The
methods that know the whole request are wrapped, so that our statistics know
the sets too.
"""


from nova.scheduler import host_manager

from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import wrapping

Function = wrapping.Function


def install() -> None:
    """Wrap Nova's methods in this process, once."""
    wrapping.install(HOOKS)


def _of_hosts(original: Function) -> Function:
    def decide(self: object, hosts: object, spec_obj: protocols.RequestSpec,
               *args: object, **kwargs: object) -> object:
        with asked_sets.asked_by(spec_obj):
            return original(self, hosts, spec_obj, *args, **kwargs)
    return decide


def _consuming(original: Function) -> Function:
    def consume_from_request(self: object,
                             spec_obj: protocols.RequestSpec) -> object:
        with asked_sets.asked_by(spec_obj):
            return original(self, spec_obj)
    return consume_from_request


#: (where, name, what makes ours of Nova's method)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (host_manager.HostManager, 'get_filtered_hosts', _of_hosts),
    (host_manager.HostState, 'consume_from_request', _consuming),
)
