# SPDX-License-Identifier: Apache-2.0

"""Kept values, compared with fresh ones at each use while that is asked for.

What is kept instead of being computed again has to be what would be computed
now.  ``[pci_ext] verify_kept`` has it computed again, and tells where it is
not; whatever keeps values asks ``KEPT`` when it finds one.
"""

import typing
from collections.abc import Callable

Value = typing.TypeVar('Value')
#: What is kept, the kept value, the fresh one.
Report = Callable[[str, object, object], None]


class Verifier:
    """Compares values, or nothing at all.

    :ivar report: told of each difference; None while nothing is compared,
        which is for the caller to look at: a value that is found is too
        cheap for a call
    """

    __slots__ = ('report',)

    def __init__(self) -> None:
        self.report: Report | None = None

    def verified(self, what: str, kept: Value, make: Callable[..., Value],
                 *arguments: object,
                 content: Callable[[Value], object] | None = None) -> Value:
        """Return a kept value, or a fresh one if they differ.

        :param what: names it in the report
        :param make: makes a fresh one of the arguments
        :param content: what of a value has to be equal; None for all of it
        """
        fresh = make(*arguments)
        was, now = ((kept, fresh) if content is None
                    else (content(kept), content(fresh)))
        if was == now:
            return kept
        if self.report is not None:
            self.report(what, was, now)
        return fresh


#: That of this process.
KEPT = Verifier()
