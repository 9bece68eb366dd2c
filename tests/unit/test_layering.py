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

"""Imports point down only, and L0 and L1 are pure (doc: architecture)."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parents[2] / 'nova_pci_ext'

# The layer of each module or folder below nova_pci_ext.
LAYERS = {
    'exceptions': 0, 'model': 0,
    'parsing': 1, 'matching': 1, 'explain': 1, 'claims': 1, 'binding': 1,
    'hostdev_xml': 1, 'packing': 1, 'drawing': 1, 'readiness': 1,
    'conf': 2, 'discovery': 2, 'novaobj': 2, 'config_files': 2,
    'device_pools': 2, 'metrics': 2, 'qos_interfaces': 2,
    'device_filter': 3, 'device_views': 3, 'checking': 3,
    'service_start': 3,
    'migration': 3, 'stats': 3, 'metrics_listen': 3,
    'compute': 4, 'extra_specs': 4,
    'install': 5, 'scheduler': 6, 'virt': 6,
    'embedded': 7, 'explaining': 7, 'cli': 8,
}
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
        elif LAYERS[here] <= 1 and (
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


def test_only_the_top_init_has_content():
    for path in PACKAGE.rglob('__init__.py'):
        if path.parent != PACKAGE and path.parent.name not in (
                'parsing', 'matching'):
            assert path.read_text() == '', path
