# SPDX-License-Identifier: Apache-2.0

"""A flavor as a list of flavors has it."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListedFlavor:
    """One flavor of a file.

    :ivar disk_gb: root and ephemeral disk together
    :ivar running: servers of it that run, None where the list does not say
    """

    name: str
    vcpus: int
    ram_mb: int
    disk_gb: int = 0
    extra_specs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    running: int | None = None
