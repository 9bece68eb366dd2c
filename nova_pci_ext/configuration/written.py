# SPDX-License-Identifier: Apache-2.0

"""Where somebody wrote what."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """One name or value, and where it is written."""

    name: str
    path: str
