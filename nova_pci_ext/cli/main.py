# SPDX-License-Identifier: Apache-2.0

"""The command ``nova-pci``: what holds from its first moment to its last.

What takes a while to import is imported in the function, so that an interrupt
finds a handler already.
"""

import io
import os
import sys
import warnings

#: As a shell has them for commands that a signal ended.
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(argv: list[str] | None = None) -> int:
    """Run a command line.

    :param argv: the words after ``nova-pci``; those of the process if None
    :returns: exit status
    """
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print('nova-pci: interrupted', file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        status = BROKEN_PIPE
    if status == BROKEN_PIPE:
        # Or Python complains at its end of what it could not write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _run(argv: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character gets its escape.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors='backslashreplace')
    # Nova 31 and 32 import eventlet, which says so in ten lines.
    warnings.filterwarnings('ignore', r'\s*Eventlet is deprecated')
    from nova_pci_ext.cli import application
    return application.NovaPci().run(argv)


if __name__ == '__main__':
    sys.exit(main())
