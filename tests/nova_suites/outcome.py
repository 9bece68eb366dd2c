#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
