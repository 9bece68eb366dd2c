# SPDX-License-Identifier: Apache-2.0

"""The drivers that ``compute_driver`` can name: ``pci_ext.LibvirtDriver``.

Nova looks for drivers below ``nova.virt`` only, hence this package; what it
holds lives in ``nova_pci_ext.virt``.  Each name is imported when it is
asked for: Nova's fake driver needs a test library, its libvirt driver does
not, and a compute service must not need what it does not use.
"""

import importlib

_HOMES = {
    'LibvirtDriver': 'nova_pci_ext.virt.libvirt_driver',
    'RecordedDriver': 'nova_pci_ext.virt.recorded_driver',
    # The same on Nova's own tracker, to compare with.
    'RecordedHost': 'nova_pci_ext.virt.recorded_driver',
}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no driver {name!r}')
    return getattr(importlib.import_module(_HOMES[name]), name)
