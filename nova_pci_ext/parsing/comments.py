# SPDX-License-Identifier: Apache-2.0

"""Comments that stand where a configuration file has none."""

import re

_BEHIND = re.compile(r'(^|\s)[#;]')
#: What to do about one.
HINT = 'a comment needs a line of its own, and is a part of the value here'


def is_behind(value: str) -> bool:
    """Whether something like a comment is in a value."""
    return bool(_BEHIND.search(value))
