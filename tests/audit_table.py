# SPDX-License-Identifier: Apache-2.0

"""The table of what ``nova-pci audit`` finds, as the documentation has it.

``python -m tests.audit_table`` writes it anew.
"""

import pathlib

from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.kinds import MEANINGS

TABLE = (pathlib.Path(__file__).parents[1] / 'doc' / 'source' / 'reference'
         / 'audit-table.inc')
HEAD = """\
.. Written by ``python -m tests.audit_table``; do not edit.

.. list-table::
   :header-rows: 1
   :widths: 18 16 36 30

   * - Kind
     - Books
     - What it means
     - What to do
"""


def table():
    """Return the table, a row for each kind."""
    return HEAD + ''.join(map(_row, Kind))


def _row(kind):
    meaning = MEANINGS[kind]
    cure = Finding(kind=kind).cure.replace('; ', '``; ``')
    repaired = ' **Repaired.**' if meaning.repaired else ''
    return (f'   * - ``{kind}``\n     - {meaning.books}\n'
            f'     - {meaning.means}{repaired}\n     - ``{cure}``\n')


if __name__ == '__main__':
    TABLE.write_text(table())
