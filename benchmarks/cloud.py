# SPDX-License-Identifier: Apache-2.0

"""Boots in a whole cloud, and its scheduler, with our classes and Nova's.

    make cloud-benchmark

starts a cloud in ``.cloud/benchmark`` and ends it.  Rounds with our classes
and with Nova's alternate in that one cloud.  First servers with one VF each
are booted and deleted, four at a time; the services write down how long
``select_destinations`` and ``instance_claim`` took.  Then thousands of
compute nodes are added to the databases, and one scheduler of each kind is
asked for hosts.

With --in-placement Placement has the devices, three hosts have eight GPUs
each, and servers with two GPUs are booted: with our classes and candidates,
with our classes and Nova's candidates, and with Nova's classes.  No compute
nodes are added then.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from collections.abc import Sequence

from benchmarks import cloud_rows
from cloud import bring_up
from cloud import layout
from cloud import rest
from cloud import settings
from tests.cloud import gpus
from tests.cloud import records
from tests.cloud import scene as scene_of

FOLDER = layout.ROOT / '.cloud' / 'benchmark'
HOOK = layout.ROOT / 'benchmarks' / 'service_times'
# Seconds that eleven calls may take, each over thousands of hosts.
SLOWEST = 1800
CLASSES = {'ours': settings.Choice(),
           'nova': settings.Choice(nova_classes=True)}
IN_PLACEMENT = {
    'ours': settings.Choice(in_placement=True),
    'candidates of nova': settings.Choice(
        in_placement=True,
        more='[pci_ext]\nallocation_candidates = nova\n'),
    'nova': settings.Choice(in_placement=True, nova_classes=True)}


def quantile(values: Sequence[float], percent: int) -> float:
    """Return a percentile of some values, in milliseconds."""
    return 1000 * statistics.quantiles(values, n=100,
                                       method='inclusive')[percent - 1]


def boot(scene: scene_of.Scene, flavor: str) -> bool:
    """Boot one server and delete it; return whether it ran."""
    server = scene.boot(flavor)
    scene.delete([server['id']])
    if server['status'] != 'ACTIVE':
        print(f'not booted: {server.get("fault", {}).get("message")}',
              flush=True)
    return bool(server['status'] == 'ACTIVE')


def boots(place: layout.Layout, calls: rest.Rest, rounds: int,
          servers: int, at_once: int,
          kinds: Mapping[str, settings.Choice], alias: str) -> None:
    """Alternate the classes, and print a line for each.

    :param at_once: boots at the same time; more than one wait for each other
        where their compute claims devices
    """
    times = place.folder / 'times'
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    found: dict[str, list[str]] = {name: [] for name in kinds}
    refused = dict.fromkeys(kinds, 0)
    scene = scene_of.Scene(calls)
    flavor = scene.flavor(alias)
    for name in [*kinds] * rounds:
        bring_up.restart_nova(place, kinds[name], calls)
        # The first boot of new processes fills their caches.
        boot(scene, flavor)
        times.write_text('')
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            booted = sum(pool.map(lambda _: boot(scene, flavor),
                                  range(servers)))
        refused[name] += servers - booted
        rates[name].append(booted / (time.monotonic() - begin))
        found[name] += times.read_text().splitlines()
        print(f'{name}: {rates[name][-1]:.2f} boots a second', flush=True)
    print('classes             boots/s  not booted  '
          'scheduling p50, p95 ms    claim p50, p95 ms')
    for name, lines in found.items():
        spent = {label: [float(line.split()[1]) for line in lines
                         if line.startswith(label)]
                 for label in ('scheduling', 'claim')}
        print(f'{name:18} {statistics.mean(rates[name]):8.2f} '
              f'{refused[name]:11}' + ''.join(
            f' {quantile(each, 50):10.1f} {quantile(each, 95):10.1f} '
            f'({len(each)})' for each in spent.values()), flush=True)


def schedule(place: layout.Layout, sizes: Sequence[int],
             seconds: float) -> None:
    """Print a line for each number of compute nodes and kind of classes."""
    print('nodes  classes  calls  select_destinations p50, p95 ms  PCI')
    for size in sizes:
        cloud_rows.make(place, size, like='gpu-1')
        for name, choice in CLASSES.items():
            settings.write_settings(place, choice)
            cloud_rows.release(place)
            ended = subprocess.run(
                [place.program('python'), '-W', 'ignore', '-m',
                 'benchmarks.cloud_scheduler',
                 str(place.etc / 'nova' / 'nova.conf'), str(size),
                 str(seconds)], stdout=subprocess.PIPE, text=True,
                stderr=(place.logs / 'benchmark.log').open('a'),
                cwd=layout.ROOT, timeout=SLOWEST + 3 * seconds, check=True)
            found = json.loads(ended.stdout.splitlines()[-1])
            print(f'{size:5} {name:8} {len(found["calls"]):6} '
                  f'{quantile(found["calls"], 50):12.1f} '
                  f'{quantile(found["calls"], 95):12.1f} '
                  f'{100 * statistics.median(found["shares"]):10.1f} %  '
                  f'{found["filter"]}', flush=True)


def main() -> int:
    """Start the cloud, measure, and end it whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--rounds', type=int, default=2)
    parser.add_argument('--servers', type=int, default=24)
    parser.add_argument('--at-once', type=int, default=4)
    parser.add_argument('--nodes', type=int, nargs='*', default=[1000, 5000])
    parser.add_argument('--in-placement', action='store_true')
    parser.add_argument('--seconds', type=float, default=20)
    given = parser.parse_args()
    os.environ['NOVA_PCI_CLOUD'] = str(FOLDER)
    # Compute nodes of an earlier run would be hosts that nobody serves.
    shutil.rmtree(FOLDER, ignore_errors=True)
    place = layout.find_layout()
    os.environ['NOVA_PCI_TIMES'] = str(place.folder / 'times')
    os.environ['PYTHONPATH'] = str(HOOK)
    with contextlib.ExitStack() as ends:
        ends.callback(bring_up.bring_down, place)
        kinds = IN_PLACEMENT if given.in_placement else CLASSES
        calls = bring_up.bring_up(place, kinds['ours'], print)
        if given.in_placement:
            ends.enter_context(gpus.plugged(place, records.Records(place)))
        if given.rounds:
            boots(place, calls, given.rounds, given.servers, given.at_once,
                  kinds, 'a100:2' if given.in_placement else 'a1:1')
        if given.in_placement:
            return 0
        schedule(place, given.nodes, given.seconds)
    return 0


if __name__ == '__main__':
    sys.exit(main())
