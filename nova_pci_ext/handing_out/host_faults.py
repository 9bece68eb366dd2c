# SPDX-License-Identifier: Apache-2.0

"""All that is wrong with what some entries hand out of a host."""

from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out import bandwidths
from nova_pci_ext.handing_out import drivers
from nova_pci_ext.handing_out import entries
from nova_pci_ext.handing_out import families
from nova_pci_ext.handing_out import groups
from nova_pci_ext.handing_out import hypervisors
from nova_pci_ext.handing_out import needs
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.handing_out.coverage import names
from nova_pci_ext.model.inventory import Inventory


def errors(covered: Coverage, inventory: Inventory,
           addresses: Mapping[str, str] | None = None,
           ) -> Iterator[ConfigError]:
    """Yield what must not stay as it is.

    :param addresses: on which the services listen, by their options
    """
    yield from needs.host_devices(covered)
    yield from needs.service_addresses(covered, addresses or {})
    yield from hypervisors.check(covered, inventory.hypervisor)
    yield from bandwidths.check(covered)


def warnings(covered: Coverage, inventory: Inventory,
             ) -> Iterator[ConfigError]:
    """Yield what works otherwise than somebody might think, or not at all."""
    yield from entries.check(covered)
    yield from needs.routes(covered)
    yield from needs.ports(covered)
    yield from needs.held(covered)
    yield from needs.unfollowed(covered, inventory)
    yield from families.both_handed_out(covered)
    yield from groups.split_groups(covered)
    yield from groups.shared_groups(covered)
    if covered.handed_out():
        yield from _not_ready(covered, inventory)
    yield from drivers.check(covered)


def _not_ready(covered: Coverage, inventory: Inventory,
               ) -> Iterator[ConfigError]:
    """Yield what keeps the host from handing out anything."""
    ready = inventory.readiness
    if ready is None:
        return
    for lack in readiness.faults(ready):
        yield ConfigError('host', lack.fact, lack.remedy, Fault.NOT_READY)
    alone = [device for device in covered.handed_out()
             if device.iommu_group is None]
    if alone and ready.iommu_groups:
        yield ConfigError('host', f'no IOMMU group has {names(alone)}',
                          'a guest cannot get what is in none',
                          Fault.NOT_READY)
