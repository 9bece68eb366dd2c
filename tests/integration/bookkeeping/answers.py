# SPDX-License-Identifier: Apache-2.0

"""What Placement answers, without a Placement."""

import dataclasses


@dataclasses.dataclass
class Answer:
    """An answer, as ``requests`` has it."""

    status_code: int = 200
    content: object = None
    text: str = ''

    def json(self):
        """Return the body."""
        return self.content


class Placement:
    """Answers by URL, and remembers what was written."""

    def __init__(self, answers, status=204):
        self._answers = answers
        self._status = status
        self.written = []

    def get(self, url, version=None):
        """Answer, or 404."""
        if url not in self._answers:
            return Answer(404)
        return Answer(content=self._answers[url])

    def put(self, url, data, version=None):
        """Remember."""
        self.written.append((url, data))
        return Answer(self._status)

    def delete(self, url, version=None):
        """Remember."""
        self.written.append((url, None))
        return Answer(self._status)
