# SPDX-License-Identifier: Apache-2.0

"""A host as the scheduler sees it, with what is known beside."""

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedHost:
    """One host of a cloud or of a recording.

    :ivar name: for people
    :ivar state: Nova's HostState with its allocation candidates
    :ivar claim: takes devices as the compute would, from its pools of
        devices, and returns them; None where only numbers are known.
        Called with PCI requests and guest NUMA cells
    :ivar owners: returns the instances that own devices
    :ivar without: returns the host as it is once some owners have left
    """

    name: str
    state: Any
    owners: Callable[[], tuple[str, ...]]
    without: Callable[[Collection[str]], 'ExplainedHost']
    claim: Callable[[Any, Any], list[Any]] | None = None
