# SPDX-License-Identifier: Apache-2.0

"""Placement's view of the devices of a host."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A resource provider that stands for a device, or for the VFs of a PF.

    :ivar uuid: of the provider; pools carry the same
    :ivar free: units that Placement would still give, by resource class
    :ivar traits: names as Placement has them
    """

    uuid: str
    free: Mapping[str, int]
    traits: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Term:
    """What Placement is asked for one device.

    :ivar resource_class: of the device
    :ivar traits: required ones, sorted
    """

    resource_class: str
    traits: tuple[str, ...] = ()

    def fits(self, provider: Provider) -> bool:
        """Whether a provider has a unit left for this."""
        return (provider.free.get(self.resource_class, 0) > 0
                and provider.traits.issuperset(self.traits))
