# SPDX-License-Identifier: Apache-2.0

"""``compute_driver``: whether nova-compute finds the class that it names.

The class is looked for in the text of its module: importing a driver takes
seconds, and libraries that only a compute has.
"""

from nova_pci_ext.configuration import class_source
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys

OUR_PACKAGE = 'pci_ext'
OUR_DRIVERS = ('LibvirtDriver', 'RecordedDriver', 'RecordedHost')
RECORDED = tuple(f'{OUR_PACKAGE}.{name}' for name in OUR_DRIVERS[1:])
_FOLDER = 'nova.virt'
_BASE = f'{_FOLDER}.driver.ComputeDriver'
_KNOWN = (*(f'{OUR_PACKAGE}.{name}' for name in OUR_DRIVERS),
          'libvirt.LibvirtDriver', 'ironic.IronicDriver',
          'vmwareapi.VMwareVCDriver', 'zvm.ZVMDriver', 'fake.FakeDriver')


def check(value: str, path: str, faults: Faults) -> None:
    """Report a driver that nova-compute would not find, or not take."""
    if value.rpartition('.')[0] == OUR_PACKAGE:
        # nova-compute-pci finds them where Nova alone does not.
        found = value.rpartition('.')[2] in OUR_DRIVERS
    else:
        found = class_source.find(f'{_FOLDER}.{value}') is not None
    if not found:
        faults.refuse(path, f'no driver is called {value!r}, and nova-compute '
                            'does not start', _way_out(value))
    elif not class_source.is_subclass(f'{_FOLDER}.{value}', _BASE):
        faults.refuse(path, f'{value!r} is not a driver, and nova-compute '
                            'does not start', _way_out(value))


def _way_out(value: str) -> str:
    short = value.removeprefix(f'{_FOLDER}.')
    if short != value and short in _KNOWN:
        return f'write {short}: Nova looks below {_FOLDER}'
    near = keys.meant(short, _KNOWN)
    if near is None and value:
        near = next((known for known in _KNOWN
                     if known.rpartition('.')[2].lower()
                     == value.rpartition('.')[2].lower()), None)
    return (f'did you mean {near}?' if near else
            f'expected {OUR_PACKAGE}.LibvirtDriver, or another driver below '
            f'{_FOLDER}')
