# SPDX-License-Identifier: Apache-2.0

"""In what the supported releases of Nova differ, told by what Nova has.

Where a release works otherwise, or lacks what an operator may ask for, the
code asks ``has`` here and knows no version.  Nothing is refused at the start
because a feature is missing: whoever needs it refuses what asks for it.
"""

import dataclasses
import enum
from collections.abc import Mapping

from nova_pci_ext.novaobj.hooks import checking
from nova_pci_ext.novaobj.hooks.kinds import Hook
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use


class Feature(enum.StrEnum):
    """What some of the supported releases have, in words."""

    ONE_TIME_USE = 'one-time use of devices'
    LIVE_MIGRATABLE_TRAIT = 'the trait HW_PCI_LIVE_MIGRATABLE'
    NAMED_APPLICATION = "the API's application knows its program's name"


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """By what a Nova with a feature is known.

    :ivar since: the first release that has it; for people and tests
    """

    hook: Hook
    since: int


MARKS: Mapping[Feature, Mark] = {
    Feature.ONE_TIME_USE: Mark(Hook(
        owner='nova.compute.pci_placement_translator:PciResourceProvider',
        name='is_otu', use=Use.READ,
        parts=frozenset({Part.COMPUTE, Part.DEVICES}),
        why='whether device_spec may say one_time_use'), 32),
    Feature.LIVE_MIGRATABLE_TRAIT: Mark(Hook(
        owner='nova.compute.pci_placement_translator:_get_traits_for_dev',
        name='HW_PCI_LIVE_MIGRATABLE', use=Use.ASKED_BY_NOVA,
        parts=frozenset({Part.DEVICES, Part.EXPLAIN}),
        why='whether Placement knows devices with live_migratable'), 34),
    Feature.NAMED_APPLICATION: Mark(Hook(
        owner='nova.api.openstack.wsgi_app', name='init_application',
        use=Use.CALLED, parts=frozenset({Part.API}),
        parameters='name, prog', why='how the application is made'), 33),
}


def has(feature: Feature) -> bool:
    """Whether the installed Nova has a feature."""
    return checking.fault(MARKS[feature].hook) is None
