# SPDX-License-Identifier: Apache-2.0

import argparse
import io
import types

import pytest

from nova_pci_ext.cli import lister
from nova_pci_ext.cli.formatters import TreeFormatter


class Lines(lister.Lister):
    """A command that only shows."""

    def take_action(self, parsed_args):
        """Do nothing."""


@pytest.fixture
def shown():
    """Return what a command shows of the lines of a tree."""
    def show(*texts):
        stream = io.StringIO()
        command = Lines(types.SimpleNamespace(stdout=stream), None)
        command.formatter = TreeFormatter()
        command.produce_output(
            argparse.Namespace(formatter=lister.TREE, columns=[],
                               sort_columns=[], sort_direction=None),
            ('line',), [(text,) for text in texts])
        return stream.getvalue()
    return show


def test_a_line_of_a_tree_is_escaped(shown):
    assert shown('a\x1b[2J', 'b\r\nc\u202e') == (
        'a\\x1b[2J\nb\\r\\nc\\u202e\n')


def test_what_is_drawn_keeps_its_colours(shown):
    assert shown(lister.Drawn('\x1b[32mfree\x1b[0m')) == (
        '\x1b[32mfree\x1b[0m\n')
