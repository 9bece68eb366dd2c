# SPDX-License-Identifier: Apache-2.0

"""Imports point down only, and L0 and L1 are pure (doc: architecture)."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parents[2] / 'nova_pci_ext'

# The packages below nova_pci_ext, the lowest row first.  A package imports
# from the rows below its own only.  The first three rows are pure.
ROWS = (
    ('exceptions', 'model'),
    ('parsing', 'matching', 'binding', 'drawing', 'claims'),
    ('handing_out', 'auditing'),
    ('novaobj',),
    ('configuration', 'discovery'),
    ('stats', 'install', 'metrics'),
    ('scheduler', 'compute', 'api'),
    ('virt', 'explaining', 'clients'),
    ('quickstart', 'bookkeeping', 'planning'),
    ('servers',),
    ('cli',),
)
LAYERS = {name: number for number, row in enumerate(ROWS) for name in row}
PURE = LAYERS['handing_out']
PURE_EXTRA = {'parsing': {'jsonschema', 'os_traits', 'os_resource_classes'}}
IMPURE = {
    'fixtures', 'glob', 'io', 'jsonschema', 'libvirt', 'logging', 'nova',
    'os', 'os_resource_classes', 'os_traits', 'pathlib', 'placement',
    'random', 'shutil', 'socket', 'subprocess', 'sys', 'tempfile',
    'threading', 'time',
}


def imports(path):
    """Yield (line, dotted name) of everything that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                yield node.lineno, f'{node.module}.{name.name}'


def home(path):
    """Name of the module or folder below the package."""
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix('.py')


def breaches(path):
    """Yield a line of text for each import that the layers forbid."""
    here = home(path)
    for line, name in imports(path):
        where = f'{path.relative_to(PACKAGE.parent)}:{line} imports {name}'
        root, _, rest = name.partition('.')
        if root == 'nova_pci_ext':
            there = rest.partition('.')[0]
            if there in LAYERS and there != here and (
                    (LAYERS[there] >= LAYERS[here] and LAYERS[here] != 0)
                    or (LAYERS[here] == 0 and LAYERS[there] != 0)):
                yield where
        elif LAYERS[here] <= PURE and (
                root in IMPURE - PURE_EXTRA.get(here, set())
                or root.startswith('oslo_')):
            yield where


MODULES = sorted(p for p in PACKAGE.rglob('*.py') if p.name != '__init__.py')


@pytest.mark.parametrize(
    'path', MODULES, ids=[str(p.relative_to(PACKAGE)) for p in MODULES])
def test_imports_point_down(path):
    assert home(path) in LAYERS, f'{path} belongs to no layer'
    assert list(breaches(path)) == []


def test_a_breach_is_reported(tmp_path, monkeypatch):
    bad = tmp_path / 'nova_pci_ext' / 'matching' / 'a.py'
    bad.parent.mkdir(parents=True)
    bad.write_text('import os\nfrom nova_pci_ext import parsing\n')
    monkeypatch.setitem(globals(), 'PACKAGE', tmp_path / 'nova_pci_ext')
    assert list(breaches(bad)) == [
        'nova_pci_ext/matching/a.py:1 imports os',
        'nova_pci_ext/matching/a.py:2 imports nova_pci_ext.parsing']


def test_no_module_stands_beside_the_packages():
    assert {path.stem for path in PACKAGE.glob('*.py')} == {
        '__init__', 'exceptions', 'install', 'claims'}


def test_every_package_says_what_lives_there():
    for path in sorted(PACKAGE.rglob('__init__.py')):
        assert ast.get_docstring(ast.parse(path.read_text())), path
