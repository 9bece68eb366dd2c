# SPDX-License-Identifier: Apache-2.0

"""One scheduler of ``benchmarks/realistic.py``, in a process of its own.

    python -m benchmarks.realistic_worker nova.conf HOSTS POOLS SEED SIDE

It reads what to do from stdin and answers on stdout, a JSON object in a line
each: ``{"flavor": 3, "free": {}}`` asks for one server, after the free units
of some providers have changed.
"""

import collections
import gc
import hashlib
import json
import pathlib
import random
import sys
import time
import typing
from collections.abc import Iterator

from nova import config
from nova import context
from nova import exception
from nova import objects
from nova import rpc
from nova.scheduler import host_manager
from nova.scheduler import manager
from oslo_log import log as logging

from benchmarks import realistic_flavors
from benchmarks import realistic_hosts
from benchmarks import realistic_placement
from cloud import settings

#: What each side adds to nova.conf. The other weighers are the same.
SIDES = {
    'nova': {'nova_classes': True},
    'ours': {},
    # Our classes on the candidates that Placement makes.
    'ours on one mapping': {'allocation_candidates': 'nova'},
}
_NOVA = """\
[filter_scheduler]
weight_classes = nova.scheduler.weights.all_weighers
"""
_OURS = '[filter_scheduler]\n' + settings.OURS


def write_settings(base: pathlib.Path, side: str, hosts: int, *,
                   in_placement: bool) -> pathlib.Path:
    """Write the nova.conf of one side beside that of all."""
    choice = SIDES[side]
    path = base.with_name(f'side-{side.replace(" ", "-")}.conf')
    path.write_text(
        (_NOVA if choice.get('nova_classes') else _OURS) + settings.FILTERS
        + f'pci_in_placement = {in_placement}\n'
        + f'[scheduler]\nmax_placement_results = {hosts}\n'
        + (f'[pci_ext]\nallocation_candidates = '
           f'{choice["allocation_candidates"]}\n'
           if 'allocation_candidates' in choice else ''))
    return path


class Stopwatch:
    """Processor time of parts of one call, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = collections.defaultdict(float)
        self._collecting = 0.0
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, _: object) -> None:
        if phase == 'start':
            self._collecting = time.process_time()
        else:
            self.seconds['collecting'] += (
                time.process_time() - self._collecting)

    def add(self, name: str, owner: typing.Any, method: str) -> None:
        """Count a method of a filter or a weigher.

        Hosts come out of other filters one by one, whose time is not its.
        """
        function = getattr(owner, method)

        def timed(this: object, hosts: typing.Iterable[object],
                  *args: object) -> list[object]:
            hosts = list(hosts)
            begin = time.process_time()
            found = list(function(this, hosts, *args))
            self.seconds[name] += time.process_time() - begin
            return found
        setattr(owner, method, timed)


class Scheduler:
    """A manager of nova-scheduler, and what stands around it."""

    def __init__(self, hosts: list[realistic_hosts.Host]) -> None:
        self._placement = realistic_placement.Placement(hosts)
        self._placement.stand_in()
        # There are no instances in the database, and to look for them in a
        # thread would forget what computes send meanwhile.
        host_manager.HostManager._init_instance_info = lambda *_: None
        self._manager = manager.SchedulerManager()
        self._context = context.get_admin_context()
        self._passed: list[str] = []
        self._watch = Stopwatch()
        of = self._manager.host_manager
        self._watch_parts(of)
        self._keep_passed(of)
        for host in hosts:
            # As the computes send it every two minutes.
            self._manager.update_instance_info(
                self._context, host.name, objects.InstanceList(objects=[
                    objects.Instance(uuid=realistic_hosts.uuid_of(
                        host.uuid, number)) for number in range(2)]))

    def _watch_parts(self, of: typing.Any) -> None:
        for each in of.enabled_filters:
            if type(each).__name__ in ('PciPassthroughFilter',
                                       'NUMATopologyFilter'):
                self._watch.add(type(each).__name__, type(each), 'filter_all')
        for each in of.weighers:
            if type(each).__name__.lower().startswith('pci'):
                self._watch.add('weigher', type(each), 'weigh_objects')

    def _keep_passed(self, of: typing.Any) -> None:
        weigh = of.get_weighed_hosts

        def get_weighed_hosts(hosts: list[typing.Any],
                              spec: object) -> typing.Any:
            self._passed = sorted(host.host for host in hosts)
            return weigh(hosts, spec)
        of.get_weighed_hosts = get_weighed_hosts

    def call(self, flavor: int, free: dict[str, int]) -> dict[str, object]:
        """Ask for hosts for one server, and tell what it took."""
        self._placement.change(free)
        spec = realistic_flavors.spec_of(self._context, flavor)
        self._passed, self._placement.seconds = [], 0.0
        self._watch.seconds.clear()
        wall, begin = time.perf_counter(), time.process_time()
        try:
            [found] = self._manager.select_destinations(
                self._context, spec_obj=spec,
                instance_uuids=[spec.instance_uuid], return_objects=True,
                return_alternates=True)
            chosen = [each.service_host for each in found]
        except exception.NoValidHost:
            chosen = []
        spent = time.process_time() - begin - self._placement.seconds
        wall = time.perf_counter() - wall - self._placement.seconds
        return {'processor': spent, 'wall': wall,
                **self._watch.seconds, 'chosen': chosen,
                'passed': len(self._passed), 'digest': hashlib.sha256(
                    ' '.join(self._passed).encode()).hexdigest()[:16],
                'peak_kb': _peak_kb()}


def _peak_kb() -> int:
    """Return the most memory that this process has had (VmHWM)."""
    [line] = [line for line in pathlib.Path('/proc/self/status')
              .read_text().splitlines() if line.startswith('VmHWM')]
    return int(line.split()[1])


def _hosts(count: int, pools: int, seed: int, *,
           in_placement: bool) -> Iterator[realistic_hosts.Host]:
    for number in range(count):
        host = realistic_hosts.Host(number, pools, seed,
                                    in_placement=in_placement)
        if not in_placement:
            # Nobody asks for them here, and they would count as memory.
            host.pools = []
        yield host


def main() -> None:
    """Answer until stdin ends."""
    base, own, count, pools, seed, in_placement = sys.argv[1:]
    config.parse_args(['nova-scheduler', f'--config-file={base}',
                       f'--config-file={own}'])
    logging.setup(config.CONF, 'nova')
    objects.register_all()
    rpc.init(config.CONF)
    # Hosts of one weight are shuffled.
    random.seed(0)
    scheduler = Scheduler(list(_hosts(
        int(count), int(pools), int(seed),
        in_placement=in_placement == 'True')))
    print('{}', flush=True)
    for line in sys.stdin:
        print(json.dumps(scheduler.call(**json.loads(line))), flush=True)


if __name__ == '__main__':
    main()
