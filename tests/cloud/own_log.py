# SPDX-License-Identifier: Apache-2.0

"""What this package has to say in the logs of the services.

In normal operation it has no reason for a warning, so each line of ours that
is one, or worse, is either named by the module of tests that provokes it, or
a failure.
"""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from cloud import layout

OURS = re.compile(
    r'\b(WARNING|ERROR|CRITICAL) (?:nova_pci_ext|nova\.virt\.pci_ext)\S* .*')


def sizes(place: layout.Layout) -> Mapping[str, int]:
    """Return how long each log is now."""
    return {path.name: path.stat().st_size
            for path in place.logs.glob('*.log')}


def unexpected(place: layout.Layout, since: Mapping[str, int],
               expected: Iterable[str]) -> Iterator[str]:
    """Yield our warnings and errors that hold none of the expected texts."""
    for path in sorted(place.logs.glob('*.log')):
        with path.open('rb') as log:
            log.seek(since.get(path.name, 0))
            text = log.read().decode(errors='replace')
        for found in OURS.finditer(text):
            if not any(part in found[0] for part in expected):
                yield f'{path.name}: {found[0]}'
