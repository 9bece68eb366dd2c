# SPDX-License-Identifier: Apache-2.0

"""The map in CONTRIBUTING.rst names what there is, and all of it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
PATH = re.compile('``((?:nova_pci_ext|nova)/[^`]+)``')


def paths_of_the_map():
    text = (ROOT / 'CONTRIBUTING.rst').read_text()
    map_of_code = text.partition('Where is what decided?')[2]
    return PATH.findall(map_of_code.partition('Checklists\n===')[0])


def test_each_path_exists():
    assert [path for path in paths_of_the_map()
            if not (ROOT / path).exists()] == []


def test_no_module_or_package_is_left_out():
    named = {'/'.join(path.split('/')[:2]) for path in paths_of_the_map()}
    there = {f'nova_pci_ext/{path.name}'
             for path in (ROOT / 'nova_pci_ext').iterdir()
             if (path.is_dir() or path.suffix == '.py')
             and not path.name.startswith('__')}
    assert there - {path.rstrip('/') for path in named} == set()


def test_no_path_stands_twice():
    paths = paths_of_the_map()
    assert sorted(paths) == sorted(set(paths))


STEP = re.compile(r'``((?:[a-z_]+/)+[a-z_]+\.(?:py|rst|yaml|txt))``')


def test_each_file_of_a_checklist_exists():
    text = (ROOT / 'CONTRIBUTING.rst').read_text()
    steps = text.partition('Checklists\n===')[2].partition('Rules\n===')[0]
    named = STEP.findall(steps)
    assert len(named) > 20
    assert [path for path in named if not any(
        (ROOT / folder / path).exists()
        for folder in ('.', 'nova_pci_ext', 'tests'))
        and 'nova/' not in path] == []
