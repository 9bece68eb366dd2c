#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
