# SPDX-License-Identifier: Apache-2.0

"""``nova-pci audit`` again and again, with Nova loaded once.

Reads the words of a command from each line of its standard input, as a list
in JSON, runs it in a child, and answers with its exit status and with what it
has written.
"""

import json
import os
import sys
import tempfile
from typing import IO

from nova_pci_ext.quickstart import threads

threads.use_threads()

from nova_pci_ext.bookkeeping import audits  # noqa: E402, F401
from nova_pci_ext.bookkeeping import reading  # noqa: E402, F401
from nova_pci_ext.cli import main as nova_pci  # noqa: E402


def run(words: list[str], out: IO[bytes], errors: IO[bytes]) -> int:
    """Run a command in a child, and return its exit status."""
    child = os.fork()
    if not child:
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        status = 70
        try:
            status = nova_pci.main(words)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Serve until the standard input ends."""
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, (
                tempfile.TemporaryFile()) as errors:
            status = run(json.loads(line), out, errors)
            out.seek(0)
            errors.seek(0)
            print(json.dumps([status, out.read().decode(),
                              errors.read().decode()]), flush=True)


if __name__ == '__main__':
    main()
