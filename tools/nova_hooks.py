# SPDX-License-Identifier: Apache-2.0

"""Write the tables of what of Nova we lean on.

``python -m tools.nova_hooks`` makes them from ``novaobj.hooks``;
``tests/unit/test_nova_hooks_page.py`` compares.
"""

import pathlib
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext.novaobj import hooks
from nova_pci_ext.novaobj.hooks import described
from nova_pci_ext.novaobj.hooks import Hook
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.hooks import Use

TABLES = (pathlib.Path(__file__).parents[1] / 'doc' / 'source'
          / 'contributor' / 'nova-hooks-tables.inc')
HEAD = '.. Made by tools/nova_hooks.py from the table of hooks.\n'
# What each use is called, and what holds of it.
SECTIONS = {
    Use.REPLACED: (
        'Replaced', 'Classes in whose place ours stand. Each public method '
        'has to be one that ours has, with the same parameters.'),
    Use.WRAPPED: (
        'Wrapped', 'Methods that ours call and fix. Their parameters have to '
        'be exactly these.'),
    Use.ASKED_BY_NOVA: (
        'Asked for by Nova', "Functions of Nova that have to use these names, "
        'or ours would never be asked.'),
    Use.OVERRIDDEN: (
        'Overridden', 'Methods that a class of ours overrides. Ours has to '
        "take every call that Nova's takes, and Nova's what ours passes on."),
    Use.CALLED: (
        'Called', 'Functions, methods and classes that we call with these '
        'parameters, those after ``*`` by name.'),
    Use.READ: ('Read', 'Constants, exceptions, attributes.'),
}


def render() -> str:
    """Return all tables as reStructuredText."""
    lines = [HEAD]
    for use, (title, text) in SECTIONS.items():
        lines += [title, '-' * len(title), '', text, '', *_table(
            ('of Nova', 'attributes', 'in', 'what for'), _rows(
                owner for owner in hooks.OWNERS if owner.use is use)), '']
    title = 'Attributes of objects'
    lines += [
        title, '-' * len(title), '',
        'What ``novaobj.protocols`` lists of each object, in the words of '
        'that package.', '', *_table(
            ('of Nova', 'attributes', 'in', 'protocol'), _described()), '']
    return '\n'.join(lines)


def _table(head: Iterable[str],
           rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield from ('.. list-table::', '   :header-rows: 1',
                '   :widths: 30 40 15 15', '')
    for row in (head, *rows):
        for number, cell in enumerate(row):
            yield f'   {"* -" if number == 0 else "  -"} {cell}'


def _rows(owners: Iterable[hooks.Owner]) -> Iterator[tuple[str, ...]]:
    for owner in owners:
        yield (_code(owner.path), _attributes(owner.hooks()),
               _parts(owner.parts), owner.why)


def _described() -> Iterator[tuple[str, ...]]:
    found = list(described.hooks())
    for protocol, path, parts in described.DESCRIBED:
        yield (_code(path), _attributes(
            hook for hook in found if hook.owner == path), _parts(parts),
            f'``{protocol.__name__}``')


def _attributes(found: Iterable[Hook]) -> str:
    return ', '.join(
        f'``{hook.name}``' if hook.parameters is None
        else f'``{hook.name}({hook.parameters})``' for hook in found)


def _code(path: str) -> str:
    return f'``{path.replace(":", ".")}``'


def _parts(parts: frozenset[Part]) -> str:
    return ', '.join(part.value for part in Part if part in parts)


if __name__ == '__main__':
    TABLES.write_text(render())
