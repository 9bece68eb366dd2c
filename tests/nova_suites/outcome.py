# SPDX-License-Identifier: Apache-2.0

"""What became of one test, and its form on the line between processes."""

import enum
import json
from dataclasses import asdict
from dataclasses import dataclass


class Status(enum.StrEnum):
    """The three outcomes that the report counts."""

    PASSED = 'passed'
    FAILED = 'failed'
    SKIPPED = 'skipped'


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One test's result.

    ``why`` is one line: the exception, or the reason of a skip. The
    traceback is empty unless the test failed.
    """

    test: str
    status: Status
    seconds: float
    why: str = ''
    traceback: str = ''


def encode(outcome: Outcome) -> str:
    """Write an outcome as one line of JSON, without the line end."""
    return json.dumps(asdict(outcome))


def decode(line: str) -> Outcome:
    """Read back what :func:`encode` wrote."""
    fields = json.loads(line)
    return Outcome(**{**fields, 'status': Status(fields['status'])})
