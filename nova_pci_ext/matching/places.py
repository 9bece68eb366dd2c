# SPDX-License-Identifier: Apache-2.0

"""The places of hosts in an order, the last of which is 0."""

from collections.abc import Sequence


def places(scores: Sequence[int]) -> list[int]:
    """Return for each score how many different ones are lower.

    Equal scores have one place, and the next better score is one place
    above, however small the difference.
    """
    found = {score: place for place, score in enumerate(sorted(set(scores)))}
    return [found[score] for score in scores]
