# SPDX-License-Identifier: Apache-2.0

"""Classes in the text of modules that nobody imports."""

import pytest

from nova_pci_ext.configuration import class_source
from nova_pci_ext.configuration.class_source import ClassSource

TOP = """\
import sys
import os.path as where
from drawn.below import base
from drawn.below.base import Base as Other
raise SystemExit('nobody imports this')
Alias = base.Base
LOG = sys.exit('nor runs it')


class Plain:
    pass


class Child(base.Base):
    pass


class Grandchild(Child, object):
    pass


class Foreign(where.Unknown):
    pass


class Called(type('x', (), {})):
    pass
"""


@pytest.fixture(autouse=True)
def drawn(tmp_path, monkeypatch):
    """A package whose modules cannot be imported."""
    folder = tmp_path / 'drawn' / 'below'
    folder.mkdir(parents=True)
    (tmp_path / 'drawn' / '__init__.py').write_text('')
    (tmp_path / 'drawn' / 'top.py').write_text(TOP)
    (folder / '__init__.py').write_text('1 / 0\n')
    (folder / 'base.py').write_text('class Base:\n    pass\nLoop = Loop\n')
    monkeypatch.syspath_prepend(str(tmp_path))


BASE = ClassSource(path='drawn.below.base.Base', bases=())


@pytest.mark.parametrize(('name', 'found'), [
    ('Alias', BASE), ('Other', BASE),
    ('Child', ClassSource(path='drawn.top.Child', bases=(BASE.path,))),
    ('Called', ClassSource(path='drawn.top.Called', bases=())),
    ('LOG', None), ('sys', None), ('base', None), ('nothing', None)])
def test_a_class_is_found_under_its_names(name, found):
    assert class_source.find(f'drawn.top.{name}') == found


@pytest.mark.parametrize('path', [
    'drawn.below.base.Loop', 'drawn.below.nothing.X', 'nowhere.at.all', 'x',
    '', '.', 'drawn..X', 'sys.exit'])
def test_what_is_not_there(path):
    assert class_source.find(path) is None


@pytest.mark.parametrize(('name', 'is_one'), [
    ('Alias', True), ('Child', True), ('Grandchild', True), ('Plain', False),
    ('Called', False),
    # What cannot be read is believed.
    ('Foreign', True)])
def test_what_a_class_is_made_of(name, is_one):
    assert class_source.is_subclass(f'drawn.top.{name}', BASE.path) is is_one
