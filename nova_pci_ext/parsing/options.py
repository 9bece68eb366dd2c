# SPDX-License-Identifier: Apache-2.0

"""Names of options: Nova's of today, its old ones, and near misses."""

import dataclasses

from nova_pci_ext.parsing import keys

DEVICE_SPEC = (('pci', 'device_spec'), ('pci', 'passthrough_whitelist'),
               ('DEFAULT', 'pci_passthrough_whitelist'))
ALIAS = (('pci', 'alias'), ('DEFAULT', 'pci_alias'))
REPORT_IN_PLACEMENT = ('pci', 'report_in_placement')
PCI_IN_PLACEMENT = ('filter_scheduler', 'pci_in_placement')
_PCI_NAMES = ('device_spec', 'alias', 'report_in_placement')
_SCHEDULER_NAMES = ('available_filters', 'enabled_filters', 'weight_classes',
                    'pci_in_placement', 'pci_weight_multiplier')


@dataclasses.dataclass(frozen=True, slots=True)
class Rename:
    """What became of an option.

    :ivar group: its group of today, None when it has no successor
    :ivar name: its name of today
    :ivar works: whether Nova still reads the old name
    """

    group: str | None
    name: str
    works: bool = False

    def __str__(self) -> str:
        return f'[{self.group}] {self.name}'


RENAMES = {
    ('DEFAULT', 'pci_passthrough_whitelist'):
        Rename('pci', 'device_spec', works=True),
    ('pci', 'passthrough_whitelist'):
        Rename('pci', 'device_spec', works=True),
    ('pci', 'pci_passthrough_whitelist'): Rename('pci', 'device_spec'),
    ('pci', 'dev_spec'): Rename('pci', 'device_spec'),
    ('DEFAULT', 'device_spec'): Rename('pci', 'device_spec'),
    ('DEFAULT', 'pci_alias'): Rename('pci', 'alias', works=True),
    ('pci', 'pci_alias'): Rename('pci', 'alias'),
    ('DEFAULT', 'scheduler_default_filters'):
        Rename('filter_scheduler', 'enabled_filters'),
    ('DEFAULT', 'scheduler_available_filters'):
        Rename('filter_scheduler', 'available_filters'),
    ('DEFAULT', 'scheduler_weight_classes'):
        Rename('filter_scheduler', 'weight_classes'),
    ('DEFAULT', 'enabled_filters'):
        Rename('filter_scheduler', 'enabled_filters'),
    ('DEFAULT', 'available_filters'):
        Rename('filter_scheduler', 'available_filters'),
    ('DEFAULT', 'scheduler_driver'): Rename(None, 'scheduler_driver'),
}


def find_rename(group: str, name: str) -> Rename | None:
    """Say what became of an option, or what its writer meant.

    :returns: None for an option that is none of our business, or is right
    """
    found = RENAMES.get((group, name))
    if found is not None:
        return found
    known = {'pci': _PCI_NAMES, 'filter_scheduler': _SCHEDULER_NAMES}.get(
        group, ())
    guess = None if name in known else keys.meant(name, known)
    return Rename(group, guess) if guess else None
