# SPDX-License-Identifier: Apache-2.0

"""How many servers of each flavor a fleet still takes, each alone.

Each host is asked as the scheduler would ask it, and filled: a server is
placed, and the host asked again.  Where the row of the host says how much
CPU, memory and disk it has left, no more are counted than these allow.
"""

import collections
import dataclasses
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Sequence

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import report
from nova_pci_ext.matching import wording
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import room
from nova_pci_ext.planning.fleet import Fleet
from nova_pci_ext.planning.fleet import FleetHost
from nova_pci_ext.planning.fleet import fresh
from nova_pci_ext.planning.fleet import together

# Far more servers than any host has devices, but a number: then a host says
# what one more would need.
_MOST = 10 ** 6
#: Is told that one more host has answered.
Asked = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostCapacity:
    """What one host takes of one flavor.

    :ivar short: what the next server lacks there
    :ivar never: whether what is short could never come free there
    """

    host: str
    servers: int
    short: str
    never: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FlavorCapacity:
    """What all hosts take of one flavor."""

    hosts: tuple[HostCapacity, ...]

    @property
    def servers(self) -> int:
        """How many servers fit."""
        return sum(each.servers for each in self.hosts)

    @property
    def short(self) -> tuple[tuple[str, int], ...]:
        """What is short, and on how many hosts, the most hosts first.

        Hosts that never have what the flavor needs do not count, as long as
        there are others.
        """
        able = [each for each in self.hosts if not each.never] or self.hosts
        found = collections.Counter(each.short for each in able)
        return tuple(sorted(found.items(),
                            key=lambda item: (-item[1], item[0])))


class Counter:
    """Counts servers of one flavor.

    :param asked: is told how many hosts have answered, after each
    """

    def __init__(self, fleet: Fleet, spec: RequestSpec,
                 asked: Asked = lambda number: None) -> None:
        self._explainer = fleet.explainer(spec)
        self._hosts = fleet.hosts(spec)
        self._need = need(spec)
        self._asked = asked

    def count(self) -> FlavorCapacity:
        """Ask all hosts; hosts that are equal are asked once."""
        known: dict[Hashable, HostCapacity] = {}
        found = []
        for number, each in enumerate(self._hosts, 1):
            told = known.get(each.key)
            if told is None:
                told = known[each.key] = self._ask(each)
            found.append(dataclasses.replace(told, host=each.name))
            self._asked(number)
        return FlavorCapacity(hosts=tuple(found))

    def _ask(self, each: FleetHost) -> HostCapacity:
        host = together(fresh(each.host))
        left = room.free(host.state)
        answer = self._explainer.answer(host, _MOST)
        most = None if left is None else left.times(self._need)
        if left is not None and most is not None and most < answer.servers:
            for _ in range(most):
                left = left.minus(self._need)
            return HostCapacity(host=each.name, servers=most, never=False,
                                short=left.short_of(self._need) or '')
        return HostCapacity(
            host=each.name, servers=answer.servers, short=_short(answer),
            never=not answer.servers
            and report.group(answer) == wording.NEVER_HERE)


def need(spec: RequestSpec) -> room.Room:
    """Return what a server takes beside devices."""
    # The root disk of a server that boots from a volume is not on its host.
    root_gb = 0 if 'is_bfv' in spec and spec.is_bfv else spec.root_gb
    return room.Room(vcpus=spec.vcpus, ram_mb=spec.memory_mb,
                     disk_gb=root_gb + spec.ephemeral_gb)


def _short(answer: answers.Answer) -> str:
    """Return what the next server lacks."""
    ways = [changes for changes in answer.changes if changes]
    devices = [changes for changes in ways if any(
        isinstance(change, MoreDevices) for change in changes)]
    best: Sequence[Changes] = devices or ways
    if best:
        return wording.lacking_text(best[0])
    if answer.servers:
        return 'NUMA nodes with room for the guest'
    return report.words(answer)
