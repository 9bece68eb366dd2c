# SPDX-License-Identifier: Apache-2.0

"""Time select_destinations of one scheduler on the databases of a cloud.

``benchmarks/cloud.py`` runs it once for each set of classes::

    python -m benchmarks.cloud_scheduler nova.conf 1000 30

It prints, as JSON, the seconds of each call and what PCI took of them: the
filter, the weigher, the statistics of the hosts, and their claims for the
chosen host.
"""

import json
import sys
import time
from typing import Any

from nova import config
from nova import context
from nova import exception
from nova import objects
from nova import rpc
from nova.pci import request as pci_request
from nova.pci import stats as pci_stats
from nova.scheduler import manager
from oslo_utils import uuidutils

WARM_UP = 1
#: Fewer say nothing about the slowest of twenty.
LEAST_CALLS = 10


class Stopwatch:
    """Adds up the seconds of some methods."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside = False

    def add(self, owner: Any, name: str, *, is_generator: bool) -> None:
        """Count a method; what it calls of the others counts once."""
        function = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return function(*args, **kwargs)
            self._inside, begin = True, time.perf_counter()
            try:
                found = function(*args, **kwargs)
                return list(found) if is_generator else found
            finally:
                self.seconds += time.perf_counter() - begin
                self._inside = False
        setattr(owner, name, timed)


def spec_of(ctxt: context.RequestContext) -> Any:
    """Return the request of one server with one VF."""
    flavor = objects.Flavor(
        id=1, flavorid='1', name='a1', vcpus=1, memory_mb=64, root_gb=1,
        ephemeral_gb=0, swap=0, rxtx_factor=1.0, vcpu_weight=0,
        disabled=False, is_public=True,
        extra_specs={'pci_passthrough:alias': 'a1:1'})
    return objects.RequestSpec.from_components(
        ctxt, uuidutils.generate_uuid(), objects.ImageMeta.from_dict({}),
        flavor, None, pci_request.get_pci_requests_from_flavor(flavor), {},
        None, None, project_id='benchmark', user_id='benchmark')


def run(seconds: float) -> dict[str, Any]:
    """Schedule one server after the other for so long."""
    scheduler = manager.SchedulerManager()
    watch = Stopwatch()
    pci_filter = next(
        each for each in scheduler.host_manager.enabled_filters
        if type(each).__name__ == 'PciPassthroughFilter')
    watch.add(type(pci_filter), 'filter_all', is_generator=True)
    for weigher in scheduler.host_manager.weighers:
        if type(weigher).__name__.lower().startswith('pci'):
            watch.add(type(weigher), 'weigh_objects', is_generator=False)
    for name in ('__init__', 'apply_requests'):
        watch.add(pci_stats.PciDeviceStats, name, is_generator=False)
    ctxt = context.get_admin_context()
    calls, shares = [], []
    deadline = None
    while deadline is None or time.monotonic() < deadline or (
            len(calls) < LEAST_CALLS):
        spec = spec_of(ctxt)
        watch.seconds = 0.0
        begin = time.perf_counter()
        try:
            scheduler.select_destinations(
                ctxt, spec_obj=spec, instance_uuids=[spec.instance_uuid],
                return_objects=True, return_alternates=True)
        except exception.NoValidHost as exc:
            raise SystemExit(f'the benchmark found no host: {exc}') from exc
        calls.append(time.perf_counter() - begin)
        shares.append(watch.seconds / calls[-1])
        if deadline is None and len(calls) == WARM_UP:
            calls, shares = [], []
            deadline = time.monotonic() + seconds
    return {'filter': type(pci_filter).__module__, 'calls': calls,
            'shares': shares}


def main() -> None:
    """Read the configuration, and print what was measured."""
    conf, results, seconds = sys.argv[1:]
    config.parse_args(['nova-scheduler', f'--config-file={conf}'])
    config.CONF.set_override('max_placement_results', int(results),
                             group='scheduler')
    # The rows of hosts that nothing runs on are not renewed.
    config.CONF.set_override('service_down_time', 86400)
    objects.register_all()
    rpc.init(config.CONF)
    print(json.dumps(run(float(seconds))))
    sys.stdout.flush()


if __name__ == '__main__':
    main()
