# SPDX-License-Identifier: Apache-2.0

"""Whether the multipliers of other weighers drown that of ours.

The weights of Nova's weighers are from 0 to 1.  One place in the order of
``PciFitWeigher`` is worth ``pci_weight_multiplier``, so it decides if that is
more than the multipliers of all others together.  The weighers that are not
counted are to win where they speak at all: after a failed build, in a move
between cells, and for servers of a group with a soft policy.
"""

import math
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping

from oslo_config import cfg

from nova_pci_ext.configuration.written import Written
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options

#: What the documentation recommends.
RECOMMENDED = 10.0
_GROUP = 'filter_scheduler'
_METRICS = 'metrics'
_METRICS_WEIGHER = 'MetricsWeigher'
_COUNTED: Mapping[str, tuple[str, str]] = {
    'RAMWeigher': (_GROUP, 'ram_weight_multiplier'),
    'CPUWeigher': (_GROUP, 'cpu_weight_multiplier'),
    'DiskWeigher': (_GROUP, 'disk_weight_multiplier'),
    'IoOpsWeigher': (_GROUP, 'io_ops_weight_multiplier'),
    'NumInstancesWeigher': (_GROUP, 'num_instances_weight_multiplier'),
    'HypervisorVersionWeigher': (
        _GROUP, 'hypervisor_version_weight_multiplier'),
    'ImagePropertiesWeigher': (_GROUP, 'image_props_weight_multiplier'),
    _METRICS_WEIGHER: (_METRICS, 'weight_multiplier')}
_FAILURES = 'BuildFailureWeigher'
_FAILURE = (_GROUP, 'build_failure_weight_multiplier')
# Nova weighs so many hosts at most, each of which may have its own place.
_HOSTS = ('scheduler', 'max_placement_results')
_SETTING = (_METRICS, 'weight_setting')

Read = Callable[[tuple[str, str]], Written | None]


def check(weighers: Written, enabled: Collection[str], read: Read,
          faults: Faults) -> None:
    """Report a multiplier of ours that is too small, or too large.

    :param weighers: the list with our weigher
    :param enabled: names of the classes that it loads
    :param read: returns an option, None where it is not written
    """
    numbers = _Numbers(read)
    try:
        ours = numbers.of(options.PCI_WEIGHT)
        others = {name: abs(numbers.of(option))
                  for name, option in _COUNTED.items()
                  if name in enabled and (name != _METRICS_WEIGHER
                                          or read(_SETTING))}
        failure = abs(numbers.of(_FAILURE)) if _FAILURES in enabled else 0
        hosts = numbers.of(_HOSTS)
    except ValueError:
        # Nova does not start with what is not a number.
        return
    if not ours:
        # That switches it off, on purpose.
        return
    faulty = _too_small(ours, others)
    if faulty is None and failure and ours * (hosts - 1) >= failure:
        faulty = ('and a host that failed to build servers may be the best '
                  f'one all the same, with {failure} of {_FAILURES}')
    if faulty is None:
        return
    written = read(options.PCI_WEIGHT)
    faults.note(
        written.path if written else weighers.path,
        f'is {ours}, {faulty}' if written else
        f'{options.PCI_WEIGHT[1]} is {ours}, {faulty}',
        f'write {options.PCI_WEIGHT[1]} = '
        f'{max(RECOMMENDED, math.floor(sum(others.values())) + 1.0)}',
        Fault.NO_EFFECT)


def _too_small(ours: float, others: Mapping[str, float]) -> str | None:
    """Say what decides before our weigher does."""
    if ours > sum(others.values()):
        return None
    listed = ', '.join(f'{name} {multiplier}' for name, multiplier
                       in others.items() if multiplier)
    return ('not more than the multipliers of other weighers together '
            f'({listed}), which decide in its place')


class _Numbers:
    """Numbers of Nova's options."""

    def __init__(self, read: Read) -> None:
        from nova.conf import scheduler
        self._read = read
        self._options: dict[str, list[cfg.Opt]] = {
            _GROUP: scheduler.filter_scheduler_opts,
            _METRICS: scheduler.metrics_weight_opts,
            _HOSTS[0]: scheduler.scheduler_opts}

    def of(self, name: tuple[str, str]) -> float:
        """Return what is written, or Nova's default.

        :raises ValueError: if it is not a number
        """
        option = next(found for found in self._options[name[0]]
                      if found.name == name[1])
        written = self._read(name)
        return float(written.name if written else option.default)
