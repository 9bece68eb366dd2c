# SPDX-License-Identifier: Apache-2.0

"""Modules have a test at the mirrored path; those without become fewer."""

import pathlib

import pytest

from tools import count_mirrored

_VALUES = 'values whose classes decide nothing'
_TABLE = 'a part of the table of hooks, which hooks/test_checking.py walks'
_NOVAS = "types of Nova's objects, which mypy and the table of hooks check"

#: Modules that hold types or data only, and what they hold.
TYPES_ONLY = {
    'configuration/written.py': _VALUES,
    'explaining/server_request.py': _VALUES,
    'model/binding.py': _VALUES,
    'model/drained.py': _VALUES,
    'model/leavings.py': _VALUES,
    'model/health.py': _VALUES,
    'model/inventory.py': _VALUES,
    'model/listed_flavor.py': _VALUES,
    'model/partition.py': _VALUES,
    'quickstart/plan.py': _VALUES,
    **{f'novaobj/hooks/{name}.py': _TABLE for name in (
        'api', 'audit', 'candidates', 'commands', 'compute', 'libvirt',
        'replaced', 'scheduler', 'servers')},
    **{f'novaobj/protocols/{name}.py': _NOVAS for name in (
        'devices', 'hosts', 'instances', 'libvirt', 'node_devices',
        'objects', 'ports', 'requests')},
}
# Other modules without a test at the mirrored path, at most.  Lower it when
# you can, and never raise it: give a new module its test.
MOST = 51


def test_no_module_more_is_without_a_test():
    """See python -m tools.count_mirrored."""
    missing = [str(module) for module in count_mirrored.without_test()
               if str(module) not in TYPES_ONLY]
    assert len(missing) <= MOST, missing


@pytest.mark.parametrize('module', TYPES_ONLY)
def test_what_is_listed_has_no_rule_and_no_test(module):
    assert not count_mirrored.decides(pathlib.PurePath(module))
    assert pathlib.PurePath(module) in count_mirrored.without_test()


@pytest.mark.parametrize(('text', 'decides'), [
    ('class A:\n    """A."""\n\n    def f(self):\n        """Return."""\n',
     False),
    ('def f() -> None: ...\n', False),
    ('class A:\n    def f(self):\n        """Return."""\n'
     '        return 1\n', True),
], ids=['a protocol', 'dots', 'a rule'])
def test_what_counts(text, decides, tmp_path):
    place = tmp_path / 'nova_pci_ext' / 'a'
    place.mkdir(parents=True)
    (place / 'b.py').write_text(text)
    (place / '__init__.py').write_text('')
    module = pathlib.PurePath('a/b.py')
    assert count_mirrored.without_test(tmp_path) == [module]
    assert count_mirrored.decides(module, tmp_path) is decides
    test = tmp_path / 'tests' / 'functional' / 'a' / 'test_b.py'
    test.parent.mkdir(parents=True)
    test.write_text('')
    assert count_mirrored.without_test(tmp_path) == []
