# SPDX-License-Identifier: Apache-2.0

"""What was answered about the pools of a host."""

from collections.abc import Hashable

from nova_pci_ext.model.pool import Pool


class Answers:
    """Yes or no to questions about the same pools."""

    def __init__(self) -> None:
        self._pools: tuple[Pool, ...] | None = None
        self._found: dict[Hashable, bool] = {}

    def get(self, pools: tuple[Pool, ...], question: Hashable) -> bool | None:
        """Return what was answered, None if nothing was."""
        if self._pools is not pools:
            self._pools = pools
            self._found.clear()
        return self._found.get(question)

    def keep(self, question: Hashable, *, answer: bool) -> None:
        """Keep the answer about the pools of the last ``get``."""
        self._found[question] = answer
