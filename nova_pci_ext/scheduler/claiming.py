# SPDX-License-Identifier: Apache-2.0

"""The claim of a candidate that we made, and of the next one.

Placement has changed where it refuses: another scheduler was faster.  Then
the host is asked about once more, and as long as it still has what the
server needs, the server stays.
"""

import typing
from collections.abc import Callable
from collections.abc import Iterator

from oslo_log import log as logging

from nova_pci_ext.scheduler.made_candidates import Candidate

LOG = logging.getLogger(__name__)

# Each further attempt means that another claim succeeded in between.
MOST = 10


def claim(attempt: Callable[[dict[str, typing.Any]], bool],
          candidate: Candidate, instance_uuid: str) -> bool:
    """Claim a candidate, or one that still fits on the same host.

    :param attempt: claims one allocation request in Placement
    :param candidate: becomes what was claimed, as Nova goes on with it
    """
    for number, tried in enumerate(_candidates(candidate)):
        if attempt(dict(tried)):
            if number:
                LOG.info('Instance %s has candidate %d of its host: what '
                         'was chosen first was taken meanwhile',
                         instance_uuid, number + 1)
                content = dict(tried)
                candidate.clear()
                candidate.update(content)
            return True
    return False


def _candidates(first: Candidate) -> Iterator[Candidate]:
    """Yield candidates of a host while there are any, in order.

    Those that were made before are tried where they still fit.
    """
    yield first
    left = [other for other in first.siblings() if other is not first]
    for _ in range(MOST):
        fresh = first.again()
        if not fresh:
            return
        known = [other for other in left if other in fresh]
        chosen = (known or fresh)[0]
        left = [other for other in left if other is not chosen]
        yield chosen
