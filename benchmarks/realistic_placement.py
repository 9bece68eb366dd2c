# SPDX-License-Identifier: Apache-2.0

"""What Placement answers, made in the scheduler's process.

Placement is a process of its own, whose time is not the scheduler's.  Its
answers are made here anew for every query, and the time for that is told, so
that it can be taken off.
"""

import time
import typing
from collections.abc import Iterable
from collections.abc import Mapping

from nova.compute import pci_placement_translator
from nova.scheduler.client import report

from benchmarks import realistic_hosts

Json = dict[str, typing.Any]
_CLASSES = {
    name: pci_placement_translator.get_resource_class(None, vendor, product)
    for name, vendor, product, _ in realistic_hosts.ALIASES}


class Placement:
    """Answers for all hosts.

    :param hosts: whose vCPUs and memory never run out
    :ivar seconds: processor time that the last answers took
    """

    def __init__(self, hosts: Iterable[realistic_hosts.Host]) -> None:
        self.seconds = 0.0
        self._hosts: list[tuple[str, dict[str, str]]] = []
        self._free: dict[str, int] = {}
        self._total: dict[str, int] = {}
        for host in hosts:
            devices = {}
            for pool in host.pools:
                if pool.provider is not None and pool.alias is not None:
                    devices[pool.provider] = _CLASSES[pool.alias]
                    self._free[pool.provider] = pool.free
                    self._total[pool.provider] = pool.total
            self._hosts.append((host.uuid, devices))

    def change(self, free: Mapping[str, int]) -> None:
        """Take over the free units of some providers."""
        self._free.update(free)

    def stand_in(self) -> None:
        """Answer in the place of this process's report client."""
        placement = self

        def get_allocation_candidates(
                self: object, context: object, resources: typing.Any,
                ) -> tuple[list[Json], dict[str, Json], str]:
            begin = time.process_time()
            try:
                return placement.answer(resources)
            finally:
                placement.seconds += time.process_time() - begin

        client: typing.Any = report.SchedulerReportClient
        client.get_allocation_candidates = get_allocation_candidates
        client.claim_resources = lambda *_, **__: True
        # It would look for Placement's versions.
        client._create_client = lambda _: None

    def answer(self, resources: typing.Any,
               ) -> tuple[list[Json], dict[str, Json], str]:
        """Answer one query.

        A query for several devices gets one way to have them on each host,
        and a query for one device each of its providers.
        """
        plain: dict[str, int] = {}
        devices: list[tuple[str, str, int]] = []
        for name, group in resources._rg_by_id.items():
            for of_class, amount in group.resources.items():
                if of_class in _CLASSES.values():
                    devices.append((name, of_class, amount))
                else:
                    plain[of_class] = amount
        requests: list[Json] = []
        summaries: dict[str, Json] = {}
        for root, providers in self._hosts:
            ways = self._ways(providers, devices)
            if not ways:
                continue
            for way in ways:
                requests.append(_request(root, plain, way))
            summaries[root] = _summary(root, None, {
                'VCPU': (1024, 64), 'MEMORY_MB': (1 << 22, 65536),
                'DISK_GB': (100000, 500)}, ['COMPUTE_NODE', 'HW_CPU_X86_AVX'])
            if devices:
                for provider, of_class in providers.items():
                    total = self._total[provider]
                    summaries[provider] = _summary(root, provider, {
                        of_class: (total, total - self._free[provider])},
                        ['COMPUTE_MANAGED_PCI_DEVICE'])
        return requests, summaries, '1.36'

    def _ways(self, providers: Mapping[str, str],
              devices: list[tuple[str, str, int]],
              ) -> list[list[tuple[str, str, int, str]]]:
        if len(devices) == 1:
            [(name, of_class, amount)] = devices
            return [[(name, of_class, amount, provider)]
                    for provider, has in providers.items()
                    if has == of_class and self._free[provider] >= amount]
        left: dict[str, int] = {}
        way = []
        for name, of_class, amount in devices:
            for provider, has in providers.items():
                free = left.get(provider, self._free[provider])
                if has == of_class and free >= amount:
                    left[provider] = free - amount
                    way.append((name, of_class, amount, provider))
                    break
            else:
                return []
        return [way]


def _request(root: str, plain: Mapping[str, int],
             way: Iterable[tuple[str, str, int, str]]) -> Json:
    allocations: Json = {root: {'resources': dict(plain)}}
    mappings = {'': [root]}
    for name, of_class, amount, provider in way:
        taken = allocations.setdefault(provider, {'resources': {}})
        taken['resources'][of_class] = (
            taken['resources'].get(of_class, 0) + amount)
        mappings[name] = [provider]
    return {'allocations': allocations, 'mappings': mappings}


def _summary(root: str, provider: str | None,
             has: Mapping[str, tuple[int, int]], traits: list[str]) -> Json:
    return {'resources': {name: {'capacity': capacity, 'used': used}
                          for name, (capacity, used) in has.items()},
            'traits': traits, 'root_provider_uuid': root,
            'parent_provider_uuid': root if provider else None}
