# SPDX-License-Identifier: Apache-2.0

"""A tree is printed as it is."""

import io

from nova_pci_ext.cli.formatters import TreeFormatter


def test_lines_of_a_tree():
    stream = io.StringIO()
    TreeFormatter().emit_list(('tree',), [('a',), ('\u2514 b',)], stream,
                              None)
    assert stream.getvalue() == 'a\n\u2514 b\n'
