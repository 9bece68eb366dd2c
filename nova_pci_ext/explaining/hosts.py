#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""A host as the scheduler sees it, with what is known beside."""

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Host:
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
    without: Callable[[Collection[str]], 'Host']
    claim: Callable[[Any, Any], list[Any]] | None = None
