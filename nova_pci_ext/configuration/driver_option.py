# SPDX-License-Identifier: Apache-2.0

"""``compute_driver``: whether nova-compute finds the class that it names.

The class is looked for in the text of its module: importing a driver takes
seconds, and libraries that only a compute has.
"""

import ast
import importlib.util
import pathlib

from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import keys

OUR_PACKAGE = 'pci_ext'
OUR_DRIVERS = ('LibvirtDriver', 'RecordedDriver', 'RecordedHost')
_FOLDER = 'nova.virt'
_KNOWN = (*(f'{OUR_PACKAGE}.{name}' for name in OUR_DRIVERS),
          'libvirt.LibvirtDriver', 'ironic.IronicDriver',
          'vmwareapi.VMwareVCDriver', 'zvm.ZVMDriver', 'fake.FakeDriver')


def check(value: str, path: str, faults: Faults) -> None:
    """Report a driver that nova-compute would not find."""
    module, _, name = value.rpartition('.')
    if value and _exists(module, name):
        return
    faults.refuse(path, f'no driver is called {value!r}, and nova-compute '
                        'does not start', _way_out(value))


def _exists(module: str, name: str) -> bool:
    if module == OUR_PACKAGE:
        # nova-compute-pci finds them where Nova alone does not.
        return name in OUR_DRIVERS
    try:
        spec = importlib.util.find_spec(f'{_FOLDER}.{module}')
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    return name in _names(pathlib.Path(spec.origin))


def _names(path: pathlib.Path) -> set[str]:
    """Return the names at the top of a module."""
    found: set[str] = set()
    for node in ast.parse(path.read_bytes()).body:
        match node:
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found.update(each.id for each in targets
                             if isinstance(each, ast.Name))
            case ast.ImportFrom(names=names):
                found.update(each.asname or each.name for each in names)
    return found


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
