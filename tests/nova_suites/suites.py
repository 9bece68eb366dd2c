# SPDX-License-Identifier: Apache-2.0

"""Which of the tests in Nova's wheel say something about PCI devices.

A suite is a name for a few test modules; a group is a name for suites. No
module stands in two suites, so that a test is counted once.
"""

from collections.abc import Iterable
from collections.abc import Iterator

UNIT = 'nova.tests.unit.'
FUNCTIONAL = 'nova.tests.functional.'

SUITES = {
    # Functional suites stand first because their tests are the long ones:
    # whoever hands out tests in this order ends with the short ones, and
    # then no worker waits long for another.
    'sriov': (f'{FUNCTIONAL}libvirt.test_pci_sriov_servers',),
    'placement': (f'{FUNCTIONAL}libvirt.test_pci_in_placement',),
    'regress': tuple(
        f'{FUNCTIONAL}regressions.test_bug_{number}' for number in (
            1896463, 1983753, 1995153, 2098496, 2102038, 2111440, 2140631)),
    'qos': (f'{FUNCTIONAL}test_servers_resource_request',),
    'vgpu': (
        f'{FUNCTIONAL}libvirt.test_vgpu',
        f'{FUNCTIONAL}libvirt.test_reshape'),
    'unit-pci': tuple(
        f'{UNIT}pci.test_{module}' for module in (
            'devspec', 'manager', 'request', 'stats', 'utils', 'whitelist')),
    'unit-sched': (
        f'{UNIT}scheduler.filters.test_pci_passthrough_filters',
        f'{UNIT}scheduler.weights.test_weights_pci'),
    # The other readers of the pool statistics of a host.
    'unit-hosts': (
        f'{UNIT}scheduler.filters.test_numa_topology_filters',
        f'{UNIT}scheduler.test_host_manager'),
    'unit-compute': tuple(
        f'{UNIT}compute.test_{module}' for module in (
            'claims', 'resource_tracker', 'pci_placement_translator')),
    'unit-virt': (
        f'{UNIT}virt.test_hardware',
        f'{UNIT}virt.libvirt.test_vif'),
    'unit-neutron': (f'{UNIT}network.test_neutron',),
}

# The Nova in which a module that older ones lack came up.
SINCE = {f'{FUNCTIONAL}regressions.test_bug_2140631': 34}

FUNCTIONAL_GROUP = ('sriov', 'placement', 'regress')
UNIT_GROUP = (
    'unit-pci', 'unit-sched', 'unit-hosts', 'unit-compute', 'unit-virt',
    'unit-neutron')
GROUPS = {
    'core': (*FUNCTIONAL_GROUP, 'unit-pci', 'unit-sched', 'unit-compute'),
    'functional': FUNCTIONAL_GROUP,
    'unit': UNIT_GROUP,
    # Bandwidth and mediated devices touch PCI only in passing and take
    # long, so they are asked for by name.
    'all': (*FUNCTIONAL_GROUP, *UNIT_GROUP),
}


def chosen_suites(names: Iterable[str]) -> tuple[str, ...]:
    """Expand the names of suites and groups.

    :returns: each suite once, in the order of :data:`SUITES`
    :raises KeyError: for a name that is neither a suite nor a group
    """
    chosen: set[str] = set()
    for name in names:
        if name in SUITES:
            chosen.add(name)
        else:
            chosen.update(GROUPS[name])
    return tuple(suite for suite in SUITES if suite in chosen)


def modules_of(suites: Iterable[str], nova: int) -> Iterator[str]:
    """Yield the test modules of some suites.

    :param nova: Nova's major version
    """
    for suite in suites:
        for module in SUITES[suite]:
            if SINCE.get(module, 0) <= nova:
                yield module


def suite_of(test: str) -> str | None:
    """Name the suite that a test id belongs to; None for a foreign test."""
    for suite, modules in SUITES.items():
        if any(test.startswith(f'{module}.') for module in modules):
            return suite
    return None
