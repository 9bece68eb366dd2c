# SPDX-License-Identifier: Apache-2.0

"""The commands that the pages about explanations show, and their output.

``NOVA_PCI_WRITE_EXAMPLES=1`` writes the shown outputs anew instead.
"""

import os
import pathlib
import re
import shlex

import pytest

from nova_pci_ext.cli import main

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
PAGES = ROOT / 'doc' / 'source'
# A command, and the file of the output that follows it.
SHOWN = re.compile(
    r'::\n\n    nova-pci ((?:.*\\\n)*.*)\n\n'
    r'\.\. literalinclude:: examples/explain/(.*)\n')


def shown():
    for page in ('capacity', 'explain', 'troubleshooting'):
        for words, name in SHOWN.findall((PAGES / f'{page}.rst').read_text()):
            yield pytest.param(words, name, id=name)


@pytest.mark.parametrize(('words', 'name'), list(shown()))
def test_a_shown_command_prints_what_is_shown(
        words, name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    main.main(shlex.split(words.replace('\\\n', ' ')))
    text = capsys.readouterr().out
    path = PAGES / 'examples' / 'explain' / name
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        path.write_text(text)
    assert text == path.read_text()


def test_all_outputs_are_those_of_a_command():
    assert sorted(each.values[1] for each in shown()) == [
        'capacity.txt', 'details.txt', 'entries.txt', 'fleet.txt',
        'hosts.txt']


def test_the_terminal_of_the_readme_is_real(monkeypatch, capsys):
    """``python -m tools.pictures`` draws it."""
    monkeypatch.chdir(ROOT / 'etc' / 'nova_pci_ext' / 'quickstart')
    path = PAGES / 'images' / 'terminal.txt'
    kept = path.read_text()
    commands = re.findall(r'^\$ nova-pci ((?:.*\\\n)*.*)\n', kept, re.M)
    text = ''
    for words in commands:
        main.main(shlex.split(words.replace('\\\n', ' ')))
        text += f'$ nova-pci {words}\n{capsys.readouterr().out}\n'
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        path.write_text(text)
    assert len(commands) == 2
    assert text == kept
