# SPDX-License-Identifier: Apache-2.0

"""A command line run from the sources, and what the documentation shows."""

import os
import pathlib

import pytest

from nova_pci_ext.cli import main

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = ROOT / 'doc' / 'source' / 'examples' / 'check'


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command line in the top folder of the sources."""
    monkeypatch.chdir(ROOT)

    def go(*words):
        status = main.main([str(word) for word in words])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


@pytest.fixture
def narrow(monkeypatch):
    """Have lines of 80 columns, as the documentation shows them."""
    monkeypatch.setenv('COLUMNS', '80')


@pytest.fixture
def compare():
    """Compare a text with the output that the documentation shows.

    ``NOVA_PCI_WRITE_EXAMPLES=1`` writes the shown output anew instead.
    """
    def as_documented(name, text):
        path = EXAMPLES / name
        if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
            path.write_text(text)
        assert text == path.read_text()

    return as_documented
