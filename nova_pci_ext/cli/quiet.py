# SPDX-License-Identifier: Apache-2.0

"""Nova within a command, without what it says to its own log."""

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator

from nova_pci_ext.quickstart import threads


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what Nova logs and warns off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        logging.disable(before)


def use_threads() -> None:
    """Have Nova run with real threads, before any of it is imported.

    Reading a configuration may need it: Nova's own code says what $name
    stands for.
    """
    if 'nova' not in sys.modules:
        with quiet():
            threads.use_threads()
