# SPDX-License-Identifier: Apache-2.0

"""Names of options: Nova's of today, its old ones, and misplaced ones.

Nova says nothing about an option that it does not know.  So whatever looks
like one of those below, in whichever group and spelling, is either where Nova
reads it, or a fault.
"""

import dataclasses
from collections.abc import Mapping

from nova_pci_ext.parsing import keys

DEVICE_SPEC = (('pci', 'device_spec'), ('pci', 'passthrough_whitelist'),
               ('DEFAULT', 'pci_passthrough_whitelist'))
ALIAS = (('pci', 'alias'), ('DEFAULT', 'pci_alias'))
DEVICE_GROUP = (('pci_ext', 'device_group'),)
REPORT_IN_PLACEMENT = ('pci', 'report_in_placement')
PCI_IN_PLACEMENT = ('filter_scheduler', 'pci_in_placement')
ENABLED_FILTERS = ('filter_scheduler', 'enabled_filters')
AVAILABLE_FILTERS = ('filter_scheduler', 'available_filters')
WEIGHT_CLASSES = ('filter_scheduler', 'weight_classes')
PCI_WEIGHT = ('filter_scheduler', 'pci_weight_multiplier')
COMPUTE_DRIVER = ('DEFAULT', 'compute_driver')
OUR_GROUP = 'pci_ext'
OUR_NAMES = ('strict', 'vhostuser_socket_dir', 'port_profile_projects',
             'metrics_listen', 'metrics_tls_cert', 'metrics_tls_key',
             'metrics_tls_client_ca', 'recorded_inventory',
             'weigher_vcpus_per_device', 'weigher_memory_mb_per_device',
             'weigher_learns', 'search_steps', 'allocation_candidates',
             'device_group',
             'verify_kept', 'scheduler_cache_mb', 'drained_file', 'unhealthy',
             'verify_clean', 'restore_vfs', 'port_bandwidth_pf')
_DEFAULT = 'DEFAULT'

# Filters that Nova no longer has: naming one stops the scheduler.
REMOVED_FILTERS = frozenset((
    'AggregateCoreFilter', 'AggregateDiskFilter', 'AggregateRamFilter',
    'AvailabilityZoneFilter', 'CoreFilter', 'DifferentCellFilter',
    'DiskFilter', 'ExactCoreFilter', 'ExactDiskFilter', 'ExactRamFilter',
    'GroupAffinityFilter', 'GroupAntiAffinityFilter', 'RamFilter',
    'RetryFilter', 'TargetCellFilter', 'TrustedFilter',
    'TypeAffinityFilter'))

# What people call an option who know what it does.  A name of the first
# table means it in any group; those of the second are common words, and mean
# it only in a group, or with a value, of our kind.
_NAMES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(('device_spec', 'dev_spec', 'device_specs',
                     'pci_device_spec', 'pci_dev_spec', 'pci_device_specs',
                     'passthrough_whitelist', 'pci_passthrough_whitelist',
                     'pci_whitelist', 'device_whitelist',
                     'pci_passthrough_devices', 'passthrough_devices',
                     'passthrough_allowlist', 'pci_device_list',
                     'pci_devices', 'passthrough_device_spec',
                     'pci_passthrough_device_spec'),
                    DEVICE_SPEC[0]),
    **dict.fromkeys(('pci_alias', 'pci_aliases', 'passthrough_alias',
                     'pci_passthrough_alias'), ALIAS[0]),
    **dict.fromkeys(('report_in_placement', 'pci_report_in_placement'),
                    REPORT_IN_PLACEMENT),
    'pci_in_placement': PCI_IN_PLACEMENT,
    **dict.fromkeys(('enabled_filters', 'scheduler_default_filters',
                     'scheduler_enabled_filters', 'default_filters'),
                    ENABLED_FILTERS),
    **dict.fromkeys(('available_filters', 'scheduler_available_filters'),
                    AVAILABLE_FILTERS),
    **dict.fromkeys(('weight_classes', 'scheduler_weight_classes'),
                    WEIGHT_CLASSES),
    **dict.fromkeys(('pci_weight_multiplier', 'pci_weight',
                     'pci_weigher_multiplier', 'pci_multiplier'),
                    PCI_WEIGHT),
    'compute_driver': COMPUTE_DRIVER,
    **{name: (OUR_GROUP, name) for name in OUR_NAMES if name != 'strict'},
}
_COMMON: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(('whitelist', 'allowlist', 'white_list', 'devices'),
                    DEVICE_SPEC[0]),
    **dict.fromkeys(('alias', 'aliases'), ALIAS[0]),
    'strict': (OUR_GROUP, 'strict'),
}
_OUR_GROUPS = frozenset((
    'pci', _DEFAULT, 'nova', 'compute', 'filter_scheduler', OUR_GROUP))
_GROUPS = ('filter_scheduler', OUR_GROUP, _DEFAULT)
_LIKE_PCI = frozenset(('pci', 'pcis', 'nova_pci', 'pci_passthrough',
                       'pci_passthru', 'passthrough'))
_LIKE_PCI_EXT = frozenset(('nova_pci_ext', 'pci_extension', 'pciext',
                           'pci_passthrough_ext'))
_LIKE_OURS = ('"vendor_id"', '"product_id"', "'vendor_id'", "'product_id'",
              'vendor_id:', '"address"', '"resource_class"')
# Nova reads these; whatever else is called so is a fault.
_READ = frozenset((
    *DEVICE_SPEC, *ALIAS, REPORT_IN_PLACEMENT, PCI_IN_PLACEMENT,
    ENABLED_FILTERS, AVAILABLE_FILTERS, WEIGHT_CLASSES, PCI_WEIGHT,
    COMPUTE_DRIVER, *((OUR_GROUP, name) for name in OUR_NAMES)))


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

    def today(self, value: str) -> tuple[str, tuple[str, ...]]:
        """Give a value in today's form, and the filters that it loses."""
        if (self.group, self.name) != ENABLED_FILTERS:
            return value, ()
        names = [name.strip() for name in value.split(',') if name.strip()]
        kept = [name for name in names if name not in REMOVED_FILTERS]
        return ', '.join(kept), tuple(
            name for name in names if name in REMOVED_FILTERS)


_OLD = {
    **dict.fromkeys(DEVICE_SPEC[1:], Rename(*DEVICE_SPEC[0], works=True)),
    **dict.fromkeys(ALIAS[1:], Rename(*ALIAS[0], works=True)),
    (_DEFAULT, 'scheduler_driver'): Rename(None, 'scheduler_driver'),
}


def find_rename(group: str, name: str, value: str = '') -> Rename | None:
    """Say what became of an option, or what its writer meant.

    :param group: as oslo.config looks it up: lower case, but ``DEFAULT``
    :returns: None for an option that is none of our business, or is right
    """
    if (group, name) in _OLD:
        return _OLD[group, name]
    if (group, name) in _READ:
        return None
    home = _meant_group(group)
    if home != group and (home, name) in _READ:
        today = _OLD.get((home, name))
        return Rename(today.group, today.name) if today else Rename(
            home, name)
    meant = _meant(home, name, value)
    return Rename(*meant) if meant else None


def meant_table(group: str) -> tuple[str, str] | None:
    """Return the option that is written as a group of its own.

    As other formats of configuration have it: ``[pci.device_spec]``.
    """
    before, dot, name = group.strip().strip('[]').rpartition('.')
    home = _meant_group(before)
    if not dot or home not in _OUR_GROUPS:
        return None
    meant = _meant(home, name, '')
    return meant if meant in (DEVICE_SPEC[0], ALIAS[0]) else None


def is_named(word: str) -> bool:
    """Whether a word is the name of an option of these, of any time."""
    plain = word.lower().replace('-', '_')
    return plain in _NAMES or plain in _COMMON or any(
        plain == name for _, name in _READ)


def known_names(group: str) -> tuple[str, ...] | None:
    """List the options of a group of which all are known, sorted.

    :returns: None for any other group
    """
    if group not in ('pci', OUR_GROUP):
        return None
    return tuple(sorted(name for where, name in _READ if where == group))


def _meant_group(group: str) -> str:
    """Find the group that its writer meant; itself where none is near.

    oslo.config looks for ``DEFAULT`` in capitals, and keeps blanks.
    """
    plain = group.strip()
    if plain.upper() == _DEFAULT:
        return _DEFAULT
    if plain in _LIKE_PCI:
        return 'pci'
    if plain.replace('-', '_') in _LIKE_PCI_EXT:
        return OUR_GROUP
    return keys.meant(plain, _GROUPS) or group


def _meant(home: str, name: str, value: str) -> tuple[str, str] | None:
    # A word before the name is that of a shell.
    plain = name.lower().replace('-', '_').rpartition(' ')[2].replace(
        'passthru', 'passthrough')
    if plain in _NAMES:
        return _NAMES[plain]
    ours = home in _OUR_GROUPS or any(key in value for key in _LIKE_OURS)
    if plain in _COMMON:
        return _COMMON[plain] if ours else None
    if not ours:
        return None
    for beginning in ('device_spec_', 'alias_'):
        if home == 'pci' and plain.startswith(beginning):
            return _NAMES.get(beginning[:-1]) or _COMMON[beginning[:-1]]
    near = keys.meant(name, [
        known for where, known in _READ
        if where == home != _DEFAULT and (
            # The weight of other things is one letter away.
            (where, known) != PCI_WEIGHT or plain.startswith('pci'))
    ] or list(_NAMES))
    if near is None:
        return None
    return (home, near) if (home, near) in _READ else _NAMES[near]
