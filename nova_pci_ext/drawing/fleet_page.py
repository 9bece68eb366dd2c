# SPDX-License-Identifier: Apache-2.0

"""The picture of all hosts in a page, with a table that can be searched."""

from collections.abc import Iterator
from collections.abc import Sequence
from xml.sax import saxutils

from nova_pci_ext.drawing import heat_map
from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.printable import printable

_STYLE = """\
body { font: 14px 'DejaVu Sans', Helvetica, Arial, sans-serif; margin: 0; }
svg { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; margin: 20px; }
th, td { text-align: left; vertical-align: top; padding: 3px 14px 3px 0;
         border-bottom: 1px solid #ddd; }
td.hosts { max-width: 600px; overflow-wrap: anywhere; }"""


def draw(folded: Sequence[EqualHosts], names: heat_map.Names,
         when: str) -> str:
    """Return the page as the text of an HTML file; nothing else is loaded.

    :param folded: in the order of the rows
    :param names: of products, as far as they are known
    :param when: the moment that is shown, for people
    """
    picture = heat_map.draw(folded, names, when).partition('\n')[2]
    lines = ['<!DOCTYPE html>', '<html lang="en">', '<head>',
             '<meta charset="utf-8">', '<title>PCI devices</title>',
             f'<style>\n{_STYLE}\n</style>', '</head>', '<body>',
             picture.rstrip('\n'),
             '<table>',
             '<tr><th>hosts</th><th>class</th><th>devices</th></tr>',
             *(line for equal in folded for line in _rows(equal, names)),
             '</table>', '</body>', '</html>']
    return '\n'.join(lines) + '\n'


def _rows(equal: EqualHosts, names: heat_map.Names) -> Iterator[str]:
    hosts = ' '.join(equal.hosts) + (' (disabled)' * equal.disabled)
    first = (f'<td class="hosts" rowspan="{len(equal.classes)}">'
             f'{_escaped(hosts)}</td>')
    for kind, counts in equal.classes:
        name = f'{kind} {names.get(kind, "")}'.strip()
        yield (f'<tr>{first}<td>{_escaped(name)}</td>'
               f'<td>{_escaped(levels.all_words(counts))}</td></tr>')
        first = ''


def _escaped(text: str) -> str:
    return saxutils.escape(printable(text))
