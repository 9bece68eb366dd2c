# SPDX-License-Identifier: Apache-2.0

"""Check that every log call formats lazily.

The first argument of ``LOG.debug`` and its kin has to be a literal, with the
values as further arguments. hacking's H904 finds ``%`` and ``.format`` in a
log call, but neither an f-string nor a message that was put together before.
"""

import ast
import pathlib
import sys
from collections.abc import Iterator

LEVELS = {
    'critical', 'debug', 'error', 'exception', 'info', 'log', 'warning'}


def is_log_call(node: ast.AST) -> bool:
    """Recognise ``LOG.<level>(...)``, also as an attribute of something."""
    if not (isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS):
        return False
    logger = node.func.value
    name = logger.attr if isinstance(logger, ast.Attribute) else getattr(
        logger, 'id', '')
    return name == 'LOG'


def faults(source: str) -> Iterator[int]:
    """Yield the line of each log call whose message is not a literal.

    ``LOG.log`` has the level before the message.
    """
    for node in ast.walk(ast.parse(source)):
        if is_log_call(node):
            place = 1 if node.func.attr == 'log' else 0
            message = node.args[place] if len(node.args) > place else None
            if not (isinstance(message, ast.Constant)
                    and isinstance(message.value, str)):
                yield node.lineno


def main(roots: list[str]) -> int:
    """Check all modules below the roots and print each fault."""
    status = 0
    for root in map(pathlib.Path, roots):
        modules = [root] if root.is_file() else sorted(root.rglob('*.py'))
        for path in modules:
            for line in faults(path.read_text()):
                print(f'{path}:{line}: the first argument of a log call '
                      'has to be a literal')
                status = 1
    return status


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
