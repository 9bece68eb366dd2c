# SPDX-License-Identifier: Apache-2.0

"""The part of the reader's nova.conf that the quickstart takes over.

Only what decides about devices and hosts. Whatever names something of the
reader's, such as a database, a message bus, a log, a cache or a file, stays
behind, and so does every option that is not known here.
"""

import pathlib

import nova.conf.compute
import nova.conf.pci
import nova.conf.scheduler
from oslo_config import cfg

from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.parsing import Faults

# What decides of our own group, and what names something of the reader's.
DECIDE = frozenset({
    'strict', 'search_steps', 'allocation_candidates', 'device_group',
    'weigher_vcpus_per_device', 'weigher_memory_mb_per_device',
    'weigher_learns', 'verify_kept', 'unhealthy', 'port_bandwidth_pf'})
NAME_THINGS = frozenset({
    'vhostuser_socket_dir', 'port_profile_projects', 'metrics_listen',
    'metrics_tls_cert', 'metrics_tls_key', 'metrics_tls_client_ca',
    'recorded_inventory', 'scheduler_cache_mb', 'drained_file',
    # What changes devices of the reader's own host.
    'verify_clean', 'restore_vfs'})
_RATIOS = frozenset({
    f'{when}{what}_allocation_ratio' for when in ('', 'initial_')
    for what in ('cpu', 'ram', 'disk')})
_LIMITS = frozenset({'max_attempts', 'max_placement_results'})

Names = frozenset[tuple[str, str]]


def allowed() -> Names:
    """Return (group, name) of each option, old names too."""
    pci, scheduler = nova.conf.pci, nova.conf.scheduler
    ours = [option for option in pci_ext.OPTIONS if option.dest in DECIDE]
    limits = [option for option in scheduler.scheduler_opts
              if option.dest in _LIMITS]
    ratios = [option for option in nova.conf.compute.ALL_OPTS
              if option.dest in _RATIOS]
    return frozenset(
        name for group, options in (
            ('pci', pci.pci_opts), ('pci_ext', ours), ('DEFAULT', ratios),
            ('scheduler', limits),
            ('filter_scheduler', scheduler.filter_scheduler_opts))
        for option in options for name in _names(group, option))


def _names(group: str, option: cfg.Opt) -> set[tuple[str, str]]:
    return {(group, option.dest), *(
        (old.group or group, old.name.replace('-', '_'))
        for old in option.deprecated_opts if old.name)}


def write(nova_conf: pathlib.Path, place: pathlib.Path) -> None:
    """Write the part of a file that is taken over.

    :param nova_conf: the reader's file, which was read without a fault
    """
    known = allowed()
    found = config_files.read(nova_conf, Faults())
    place.write_text(''.join(_lines(found, known)), 'utf-8')


def _lines(found: ConfigFile, known: Names) -> list[str]:
    return [f'[{line.group}]\n{line.name} = '
            + line.value.replace('\n', '\n    ') + '\n'
            for line in found.assignments
            if (line.group, line.name) in known]
