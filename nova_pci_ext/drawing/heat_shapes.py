# SPDX-License-Identifier: Apache-2.0

"""What the picture of all hosts is drawn with, as elements of SVG."""

from collections.abc import Iterator
from collections.abc import Sequence
from xml.sax import saxutils

from nova_pci_ext.drawing import host_names
from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.printable import printable

WIDTH, MARGIN, TOP = 1400, 20, 124
#: Side of a square, for at most so many hosts.
SIDES = ((600, 20), (2500, 12), (10_000, 8))
SMALLEST = 5
_MOST_NAMES = 900


def escaped(text: str) -> str:
    """Return text that neither ends an element nor moves a cursor."""
    return saxutils.escape(printable(text))


def text(x: float, y: float, words: str, kind: str = '',
         more: str = '') -> str:
    """Return words that begin at a place in pixels.

    :param kind: a class of the style sheet
    :param more: further attributes, with a space before them
    """
    style = f' class="{kind}"' if kind else ''
    return f'<text x="{x:g}" y="{y:g}"{style}{more}>{escaped(words)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str,
         note: str = '') -> str:
    """Return a rectangle in pixels.

    :param fill: its attributes
    :param note: what a pointer that rests on it shows
    """
    shape = (f'<rect x="{x:g}" y="{y:g}" width="{width:g}" '
             f'height="{height:g}" {fill}')
    return (f'{shape}><title>{escaped(note)}</title></rect>' if note
            else f'{shape}/>')


def patterns() -> Iterator[str]:
    """Yield what lies over a colour: lines, and triangles of two sizes."""
    yield '<defs>'
    yield ('<pattern id="drained" width="6" height="6" '
           'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
           '<path d="M1 0V6" stroke="#fff" stroke-width="2"/>'
           '<path d="M3 0V6" stroke="#000" stroke-width="1"/></pattern>')
    for side in {*(side for _, side in SIDES), SMALLEST}:
        yield (f'<pattern id="grid{side}" width="{side}" height="{side}" '
               'patternUnits="userSpaceOnUse"><path '
               f'd="M0 {side}H{side}V0" fill="none" stroke="#fff" '
               'stroke-width="2"/></pattern>')
        yield (f'<pattern id="unhealthy{side}" width="{side}" '
               f'height="{side}" patternUnits="userSpaceOnUse">'
               f'{triangle(0, 0, side - 2)}</pattern>')
    yield '</defs>'


def triangle(x: float, y: float, side: float) -> str:
    """Return the mark of unhealthy devices."""
    return (f'<path d="M{x + side / 2:g} {y:g}L{x + side:g} {y + side:g}'
            f'H{x:g}Z" fill="#d55e00" stroke="#fff" class="over"/>')


def title(hosts: Sequence[str], kind: DeviceClass, counts: ClassCounts, *,
          disabled: bool) -> str:
    """Return what is said of one class on equal hosts."""
    parts = [host_names.short(hosts, _MOST_NAMES)
             + (f' ({len(hosts):,} hosts)' if len(hosts) > 1 else '')
             + (', disabled' if disabled else ''),
             f'{kind}: {levels.all_words(counts)}']
    nodes = levels.free_nodes(counts)
    return '; '.join([*parts, f'free on {nodes}'] if nodes else parts)
