# SPDX-License-Identifier: Apache-2.0

"""What every command says first to a program, in one form."""

import dataclasses
import enum
from collections.abc import Sequence


class CommandAnswer(enum.StrEnum):
    """The answers of the commands; programs know them by these words."""

    READ = 'read'
    SUGGESTED = 'suggested'
    OK = 'ok'
    WARNINGS = 'warnings'
    ERRORS = 'errors'
    FITS = 'fits'
    DOES_NOT_FIT = 'does_not_fit'
    AGREE = 'agree'
    DISAGREE = 'disagree'
    NOT_FOUND = 'not_found'
    NOT_ALL_READ = 'not_all_read'
    DRAINED = 'drained'
    NOTHING_DRAINED = 'nothing_drained'
    HOLDS = 'holds'
    DOES_NOT_HOLD = 'does_not_hold'
    GAINS = 'gains'
    GAINS_NOTHING = 'gains_nothing'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CommandVerdict:
    """The answer of a command.

    :ivar command: its name, such as ``explain``
    :ivar status: the exit status
    :ivar text: the answer in one line, for people
    :ivar warnings: what could not be read, and other doubts
    """

    command: str
    status: int
    answer: CommandAnswer
    text: str
    warnings: Sequence[str] = ()

    def data(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {'command': self.command, 'status': self.status,
                'answer': self.answer.value, 'text': self.text,
                'warnings': list(self.warnings)}
