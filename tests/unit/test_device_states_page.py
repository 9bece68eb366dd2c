# SPDX-License-Identifier: Apache-2.0

"""The reference page says what the table of moves says."""

import pathlib
import re

from nova_pci_ext import claims
from nova_pci_ext.model.claim import ClaimState

PAGE = (pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'reference'
        / 'device-states.rst').read_text()


def table(title):
    """The rows of the table below a title, without the header."""
    text = PAGE.split(title, 1)[1].split('\n\n\n')[0]
    rows = re.findall(r'^   \* - (.*?)(?=^   \* - |\Z|^\S)', text,
                      re.MULTILINE | re.DOTALL)
    return [[cell.strip() for cell in row.split('\n     - ')]
            for row in rows[1:]]


def test_every_state_is_explained():
    states = [row[0] for row in table('pci_devices``:')]
    assert states[:len(ClaimState)] == list(ClaimState)


def test_the_moves_are_those_of_the_code():
    assert table('Moves\n=====') == [
        [move, ', '.join(state for state in ClaimState
                         if state in rule.sources), rule.target]
        for move, rule in claims.MOVES.items()]
