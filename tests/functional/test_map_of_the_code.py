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

"""The map in CONTRIBUTING.rst names what there is, and all of it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
PATH = re.compile('``((?:nova_pci_ext|nova)/[^`]+)``')


def paths_of_the_map():
    text = (ROOT / 'CONTRIBUTING.rst').read_text()
    return PATH.findall(text.partition('Where is what decided?')[2])


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
