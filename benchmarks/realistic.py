# SPDX-License-Identifier: Apache-2.0

r"""The whole scheduling call as a cloud runs it, ours and Nova's.

    python -m benchmarks.realistic --machine quiet \
        --output doc/source/measured/realistic.json
    python -m tools.pictures

The rows are in a MariaDB (``mariadb-server``), which is started for this in a
folder of its own.  All hosts differ, servers of ten flavors come at random,
and between two of them one to three hosts change; every fifth time all rows
are written again, as computes with shared disks do.  The whole
``select_destinations`` of a real manager of nova-scheduler is counted, with
the reading of the rows: all but what Placement does, whose answers are made
in the process and taken off.  Each side is a process of its own, and they are
asked in turns, each for the same servers.

Without Placement the devices are chosen by the filter alone.  In Placement
Nova's classes are asked with one mapping for each host, ours with that too,
and with candidates that they make themselves.

``make benchmark`` does both.  Nova's side takes most of the time: at 5,000
hosts of 64 pools half a minute of processor for each of its calls, so that all
sizes take hours; ``--hosts 1000 --pools 16`` takes some minutes.
"""

import argparse
import contextlib
import datetime
import json
import pathlib
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import typing
from collections.abc import Iterator

from nova import version

from benchmarks import realistic_database
from benchmarks import realistic_flavors
from benchmarks import realistic_hosts
from benchmarks import realistic_table
from benchmarks import realistic_worker

ROOT = pathlib.Path(__file__).parents[1]
#: Sides of each kind of run; the first is what the others are compared with.
KINDS = {'without Placement': ('nova', 'ours'),
         'in Placement': ('nova', 'ours', 'ours on one mapping')}
FLAVORS = range(len(realistic_flavors.FLAVORS))
TOUCH_EACH = 5


class Side:
    """One scheduler, asked over pipes."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self._log = pathlib.Path(arguments[0]).with_name('nova.log')
        self._process = subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-m',
             'benchmarks.realistic_worker', *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT)
        self._read()

    def ask(self, flavor: int, free: dict[str, int]) -> dict[str, typing.Any]:
        """Ask for one server."""
        assert self._process.stdin is not None
        print(json.dumps({'flavor': flavor, 'free': free}),
              file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> dict[str, typing.Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f'the scheduler of {self.name} ended:\n'
                             + self._log.read_text()[-3000:])
        found: dict[str, typing.Any] = json.loads(line)
        return found

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


class Cloud:
    """Hosts that change, and how their schedulers are started."""

    def __init__(self, database: realistic_database.Database, hosts: int,
                 pools: int, seed: int, *, in_placement: bool) -> None:
        self._database = database
        self._shape = [str(hosts), str(pools), str(seed), str(in_placement)]
        self._in_placement = in_placement
        self._hosts = [realistic_hosts.Host(number, pools, seed,
                                            in_placement=in_placement)
                       for number in range(hosts)]
        self._chance = random.Random(seed)
        self._steps = 0
        self._deck: list[int] = []
        self._free: dict[str, int] = {}
        database.fill(self._hosts)

    @contextlib.contextmanager
    def side(self, name: str) -> Iterator[Side]:
        """Start a scheduler, and end it."""
        settings = realistic_worker.write_settings(
            self._database.settings, name, len(self._hosts),
            in_placement=self._in_placement)
        found = Side(name, [str(self._database.settings), str(settings),
                            *self._shape])
        try:
            yield found
        finally:
            found.end()

    def step(self) -> tuple[int, dict[str, int]]:
        """Change one to three hosts, and choose the next flavor.

        :returns: the flavor, and the free units of what ever changed
        """
        changed = self._chance.sample(
            self._hosts, min(len(self._hosts), self._chance.randint(1, 3)))
        for host in changed:
            self._free.update(host.change(self._chance))
        self._steps += 1
        self._database.write(changed, touch=self._steps % TOUCH_EACH == 0)
        if not self._deck:
            # At random, and as often as every other.
            self._deck = self._chance.sample(FLAVORS, len(FLAVORS))
        return self._deck.pop(), dict(self._free)


def measure(cloud: Cloud, names: tuple[str, ...],
            given: argparse.Namespace) -> dict[str, list[typing.Any]]:
    """Return the answers of each side, the first of fresh workers first."""
    found: dict[str, list[typing.Any]] = {name: [] for name in names}
    fresh: dict[str, list[typing.Any]] = {name: [] for name in names}
    with contextlib.ExitStack() as ends:
        sides = [ends.enter_context(cloud.side(name)) for name in names]
        steps = given.warm_up + given.requests
        # Nova keeps nothing between calls: a few of them tell its time.
        novas_first = steps - given.nova_requests
        for number in range(steps):
            flavor, free = cloud.step()
            order = sides if number % 2 else sides[::-1]
            for side in order:
                if side.name == 'nova' and 0 < number < novas_first:
                    continue
                answer = {**side.ask(flavor, free), 'flavor': flavor,
                          'step': number}
                if number == 0:
                    fresh[side.name].append(answer)
                elif number >= given.warm_up:
                    found[side.name].append(answer)
    for _ in range(given.fresh - 1):
        flavor, free = cloud.step()
        for name in names:
            with cloud.side(name) as side:
                fresh[name].append({**side.ask(flavor, free),
                                    'flavor': flavor})
    return {name: [fresh[name], found[name]] for name in names}


def about(given: argparse.Namespace) -> dict[str, object]:
    """Return what the figures are of."""
    commit = given.commit or subprocess.run(
        ['git', 'describe', '--always', '--dirty'], cwd=ROOT, text=True,
        capture_output=True, check=False).stdout.strip()
    return {'date': datetime.date.today().isoformat(), 'commit': commit,
            'python': platform.python_version(),
            'nova': version.version_string(), 'seed': given.seed,
            'machine': given.machine, 'database': given.database}


def run(given: argparse.Namespace,
        folder: pathlib.Path) -> Iterator[dict[str, object]]:
    """Yield what was measured of each size."""
    with realistic_database.running(folder, given.database) as database:
        for kind in given.kinds:
            for hosts in given.hosts:
                for pools in given.pools:
                    cloud = Cloud(database, hosts, pools, given.seed,
                                  in_placement=kind == 'in Placement')
                    yield {'kind': kind, 'hosts': hosts, 'pools': pools,
                           'sides': measure(cloud, KINDS[kind], given)}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--hosts', type=int, nargs='+', default=[1000, 5000])
    parser.add_argument('--pools', type=int, nargs='+', default=[16, 64])
    parser.add_argument('--kinds', nargs='+', choices=KINDS, default=[*KINDS])
    parser.add_argument('--requests', type=int, default=40,
                        help='steady requests of each size, each flavor as '
                             'often as every other')
    parser.add_argument('--warm-up', type=int, default=20)
    parser.add_argument('--nova-requests', type=int, default=10,
                        help='how many of them Nova answers too, the last')
    parser.add_argument('--fresh', type=int, default=5,
                        help='workers whose first call is measured')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--database', choices=('mariadb', 'sqlite'),
                        default='mariadb')
    parser.add_argument('--machine', default='busy',
                        help='what else the machine does: quiet or busy')
    parser.add_argument('--commit', default='',
                        help='what is measured; git is asked by default')
    parser.add_argument('--output', type=pathlib.Path,
                        help='file for all that was measured, as JSON')
    return parser.parse_args(arguments)


def _json(found: dict[str, typing.Any]) -> str:
    """Write an answer in a line, with as many digits as mean something."""
    text = json.dumps(_rounded(found), indent=1)
    # Each answer is an innermost object.
    return re.sub(r'\{[^{}]*"processor"[^{}]*\}',
                  lambda each: ' '.join(each[0].split()), text) + '\n'


def _rounded(value: typing.Any) -> typing.Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value


def main() -> int:
    """Measure, print a table, and write the file."""
    given = parse()
    # Else what was started would go on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found: dict[str, typing.Any] = {'about': about(given), 'sizes': []}
    print(realistic_table.HEAD, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for size in run(given, pathlib.Path(folder)):
            found['sizes'].append(size)
            for line in realistic_table.lines(size):
                print(line, flush=True)
            if given.output:
                given.output.write_text(_json(found))
    print(realistic_table.worst(found['sizes']))
    return 0


if __name__ == '__main__':
    sys.exit(main())
