# SPDX-License-Identifier: Apache-2.0

"""The table of what we lean on in Nova, and the check that walks it.

Whoever calls, overrides, replaces or reads something new of Nova adds it
here; ``install.check`` then refuses a Nova that does not have it.  Attributes
of objects are not listed: they are those of ``novaobj.protocols``.
"""

from nova_pci_ext.novaobj.hooks import api
from nova_pci_ext.novaobj.hooks import audit
from nova_pci_ext.novaobj.hooks import candidates
from nova_pci_ext.novaobj.hooks import commands
from nova_pci_ext.novaobj.hooks import compute
from nova_pci_ext.novaobj.hooks import described
from nova_pci_ext.novaobj.hooks import libvirt
from nova_pci_ext.novaobj.hooks import replaced
from nova_pci_ext.novaobj.hooks import scheduler
from nova_pci_ext.novaobj.hooks import servers
from nova_pci_ext.novaobj.hooks.checking import faults
from nova_pci_ext.novaobj.hooks.checking import replaced_by_others
from nova_pci_ext.novaobj.hooks.checking import resolve
from nova_pci_ext.novaobj.hooks.checking import unknown_methods
from nova_pci_ext.novaobj.hooks.kinds import Hook
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use
from nova_pci_ext.novaobj.hooks.replaced import CLASSES

OWNERS: tuple[Owner, ...] = (
    *replaced.REPLACED, *scheduler.SCHEDULER, *candidates.CANDIDATES,
    *compute.COMPUTE, *candidates.FOLLOWING, *candidates.ALIASES,
    *libvirt.LIBVIRT, *libvirt.HOST, *libvirt.RECORDED, *commands.EXPLAIN,
    *commands.PLANNING, *commands.DEVICES, *audit.AUDIT,
    *servers.SERVERS,
    *api.API, *api.FLAVORS)

TABLE: tuple[Hook, ...] = (
    *(hook for owner in OWNERS for hook in owner.hooks()),
    *described.hooks())

__all__ = ['CLASSES', 'OWNERS', 'TABLE', 'Hook', 'Owner', 'Part', 'Use',
           'faults', 'replaced_by_others', 'resolve', 'unknown_methods']
