# SPDX-License-Identifier: Apache-2.0

"""The tables of what ``nova-pci check`` says, as the documentation has them.

``python -m tests.configuration_table`` writes them anew.
"""

import contextlib
import io
import itertools
import pathlib
import shlex
import tempfile

from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from tests import configuration_cases
from tests import configuration_hosts
from tests import host_scenes
from tests.sysfs_tree import Tree

ROOT = pathlib.Path(__file__).parents[1]
TABLE = ROOT / 'doc' / 'source' / 'reference' / 'check-table.inc'
HEAD = '.. Written by ``python -m tests.configuration_table``; do not edit.\n'
COLUMNS = """
.. list-table::
   :header-rows: 1
   :widths: 20 40 40

   * - What
     - Example
     - What ``nova-pci check`` says
"""


def run(case, folder):
    """Check a case in a folder.

    :returns: exit status, and the errors and warnings without the folder
    """
    path = folder / 'nova.conf'
    path.write_bytes(case.text.encode())
    words = ['check', '--config-file', str(path), *case.words]
    if case.host is not None:
        recorded = folder / 'host.json'
        inventory.write_inventory(
            configuration_hosts.HOSTS[case.host], recorded)
        words += ['--inventory', str(recorded)]
    for name, text in case.neutron.items():
        (folder / name).write_text(text)
        words += ['--neutron-config', str(folder / name)]
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        status = main.main(words)
    return status, [
        line.replace(f'{folder}/', '')
        for line in shown.getvalue().splitlines()
        if line.startswith(('error: ', 'warning: '))]


def table():
    """Write all tables; checks every case and host that is shown."""
    parts = [HEAD]
    hosts = sorted((scene for scene in host_scenes.SCENES if scene.shown),
                   key=lambda scene: scene.kind)
    shown = [case for case in configuration_cases.CASES if case.shown]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for kind, cases in itertools.groupby(shown, lambda each: each.kind):
            parts += [_title(kind), *(
                _row(case, run(case, folder)[1]) for case in cases)]
        for kind, scenes in itertools.groupby(hosts,
                                              lambda each: each.kind):
            parts += [_title(kind), *(
                _row(*_on_host(scene, folder / f'{kind} {number}'))
                for number, scene in enumerate(scenes))]
    return ''.join(parts)


def _title(kind):
    return f'\n{kind}\n{"-" * len(kind)}\n{COLUMNS}'


def _on_host(scene, folder):
    """Check the entries of a host that is drawn.

    :returns: a case for its row, and what is said
    """
    tree = host_scenes.plain_host(Tree(folder / 'host'))
    entries, _ = scene.drawn(tree)
    case = configuration_cases.Case(
        kind=scene.kind, name=scene.name, status=0,
        words=('--sysfs', str(tree.root)), text='[pci]\n' + ''.join(
            f'device_spec = {entry}\n' for entry in entries))
    return case, run(case, folder)[1]


def _row(case, said):
    lines = [f'   * - {case.name}', '     - .. code-block:: ini', '']
    lines += _indented(case.text)
    # Where a made-up host lies says nothing.
    if case.words and '--sysfs' not in case.words:
        lines += ['', '       with', '', '       .. code-block:: text', '',
                  *_indented(shlex.join(case.words))]
    for name, text in case.neutron.items():
        lines += ['', f'       ``{name}``:', '', '       .. code-block:: ini',
                  '', *_indented(text)]
    lines += ['', '     - .. code-block:: text', '',
              *_indented('\n'.join(said) or 'nothing')]
    return '\n'.join(line.rstrip() for line in lines) + '\n\n'


def _indented(text):
    return [f'          {line}' for line in text.rstrip('\n').split('\n')]


if __name__ == '__main__':
    TABLE.write_text(table())
