# SPDX-License-Identifier: Apache-2.0

"""Write the reference pages of the configuration languages.

``python tools/language_reference.py`` makes them from the JSON Schemas of
the package; ``tests/unit/test_language_reference.py`` compares.
"""

import json
import pathlib
from collections.abc import Callable

from nova_pci_ext.parsing import schema

PAGES = pathlib.Path(__file__).parents[1] / 'doc' / 'source' / 'reference'
NAMES = {schema.DEVICE_SPEC: 'device-spec.rst', schema.ALIAS: 'alias.rst',
         schema.DEVICE_GROUP: 'device-group.rst',
         schema.DEVICE_SETS: 'device-sets.rst'}
# Languages whose values are no JSON, but text of their own.
TEXTS = {schema.DEVICE_SETS}
HEAD = '.. Made by tools/language_reference.py from the JSON Schema.\n'


def render(name: str) -> str:
    """Return the page of a language as reStructuredText."""
    rules = schema.load(name)
    is_text = name in TEXTS
    title = rules['title'] if is_text else f'``{rules["title"]}``'
    lines = [HEAD, title, '=' * len(title), '', rules['description'], '',
             f'A value is {rules["x-expected"]}'
             + ('.' if is_text else ', as JSON.'), '']
    required = rules.get('required', ())
    for key, rule in rules['properties'].items():
        lines += [f'``{key}``' + (' (required)' if key in required else ''),
                  *_indented(rule, str if is_text else json.dumps)]
    if isinstance(rules['additionalProperties'], dict):
        lines += ['any other key', *_indented(
            rules['additionalProperties'])]
    lines += ['The JSON Schema', '---------------', '',
              f'It is in the package as ``nova_pci_ext/parsing/schemas/'
              f'{name}.json``.  A value that', 'it takes can still be wrong '
              'as a whole; ``nova-pci check`` finds that too.', '']
    return '\n'.join(lines)


def _indented(rule: dict, show: Callable[[object], str] = json.dumps,
              ) -> list[str]:
    lines = [f'    {rule["description"]}', '',
             # A star would begin emphasis.
             '    Expected: ' + rule['x-expected'].replace('*', r'\*') + '.',
             '']
    examples = rule.get('examples', [])
    if examples:
        shown = ', '.join(f'``{show(each)}``' for each in examples)
        word = 'Example' if len(examples) == 1 else 'Examples'
        lines += [f'    {word}: {shown}', '']
    return lines


def main() -> None:
    for name, page in NAMES.items():
        (PAGES / page).write_text(render(name))


if __name__ == '__main__':
    main()
