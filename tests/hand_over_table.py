# SPDX-License-Identifier: Apache-2.0

"""The table of the hand-over, as the documentation shows it.

Profiles and elements are written by what runs on a compute.

``python -m tests.hand_over_table`` writes it anew, with the golden files.
"""

import json
import pathlib
import re
import tempfile

from tests import hand_over
from tests import hand_over_nova
from tests import libvirt_tools

ROOT = pathlib.Path(__file__).parents[1]
GOLDEN = ROOT / 'tests' / 'golden' / 'hand_over'
TABLE = ROOT / 'doc' / 'source' / 'reference' / 'hand-over-table.inc'
HEAD = """\
.. Written by ``python -m tests.hand_over_table``; do not edit.

.. list-table::
   :header-rows: 1
   :class: whole-words

   * - kind
     - vnic_type
     - binding:profile written
     - vif_type, and vif_details read
     - element in the domain
     - valid by libvirt's schema
     - Nova 34 alone
"""


def golden_files():
    """Return path and content: an element and a profile for each kind."""
    files = {}
    with hand_over_nova.configured() as conf:
        for row in hand_over.ROWS:
            stem = re.sub('[^a-z0-9]+', '-', row.name.lower()).strip('-')
            files[GOLDEN / f'{stem}.json'] = json.dumps(
                hand_over_nova.profile(row, conf), indent=2,
                sort_keys=True) + '\n'
            element = hand_over_nova.element(row)
            if element is not None:
                files[GOLDEN / f'{stem}.xml'] = element + '\n'
    return files


def table():
    """Write every row; asks libvirt's schema about each element."""
    with tempfile.TemporaryDirectory() as directory:
        with hand_over_nova.configured() as conf:
            return HEAD + ''.join(_row(row, conf, pathlib.Path(directory))
                                  for row in hand_over.ROWS)


def _row(row, conf, directory):
    text = hand_over_nova.element(row)
    if text is None:
        element, valid = ['written by Nova'], 'not ours'
    else:
        element = ['.. code-block:: xml', '',
                   *(f'   {line}' for line in text.splitlines())]
        valid = 'no' if libvirt_tools.validate(text, directory) else 'yes'
    bound = [f'``{row.vif_type}``', *_values(row.details)]
    cells = (
        [row.name], [f'``{row.vnic_type}``' if row.vnic_type else 'alias'],
        _values(hand_over_nova.profile(row, conf)) if row.vnic_type
        else ['no port'],
        bound if row.vnic_type else ['no port'], element, [valid], [row.nova])
    lines = []
    for cell in cells:
        mark = '   * - ' if not lines else '     - '
        for line in cell:
            lines.append(f'{mark}{line}'.rstrip())
            mark = ' ' * 7
    return '\n'.join(lines) + '\n'


def _values(values):
    if not values:
        return ['empty']
    written = json.dumps(values, sort_keys=True)[1:-1]
    return ['', f'``{written}``']


def main():
    for path, content in {**golden_files(), TABLE: table()}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


if __name__ == '__main__':
    main()
