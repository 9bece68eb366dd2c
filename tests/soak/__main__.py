# SPDX-License-Identifier: Apache-2.0

"""Lives of nova-compute's tracker, one after the other, each killed.

    python -m tests.soak [--minutes 30] [--restarts 20] [--faults 0.05]

The exit status is 1 if anything is wrong that must not be, or a row disagrees
at the end.  Needs the programs of mariadb-server.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from tests.soak import checker
from tests.soak import mariadb


class Soak:
    """What all lives have done, and what was wrong."""

    def __init__(self, folder, database, seed, faults):
        self._folder, self._database = folder, database
        self._seed, self._faults = seed, faults
        self.counts = collections.Counter()
        self.breaches = []

    def live(self, number, seconds):
        """One life, ended by SIGKILL; then a look at the rows."""
        process = self._start(number)
        heard = []
        reader = threading.Thread(
            target=lambda: heard.extend(map(json.loads, process.stdout)))
        reader.start()
        try:
            process.wait(seconds)
            self.breaches.append(
                f'life {number} ended by itself: '
                f'{(self._folder / "life.log").read_text()[-1000:]}')
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        counts = [line['counts'] for line in heard if 'counts' in line]
        if counts:
            self.counts.update(counts[-1])
        else:
            self.breaches.append(f'life {number} did nothing')
        self.breaches += [line['breach'] for line in heard
                          if 'breach' in line]
        self.breaches += checker.of_rows(self._database)
        # Nova deletes the instances whose build a crash has cut off.
        self._database.query("DELETE FROM instances_of_soak "
                             "WHERE state != 'active'")

    def end(self, number):
        """The last life; returns what disagrees."""
        process = self._start(number, '--last')
        output, _ = process.communicate(timeout=300)
        return json.loads(output.splitlines()[-1])['disagree']

    def _start(self, number, *more):
        return subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-m', 'tests.soak.life',
             str(self._folder), str(self._seed + number), str(self._faults),
             *more], stdout=subprocess.PIPE, text=True,
            stderr=(self._folder / 'life.log').open('ab'))


def main():
    """Run the soak; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog='python -m tests.soak', description=__doc__)
    parser.add_argument('--minutes', type=float, default=30)
    parser.add_argument('--restarts', type=int, default=20)
    parser.add_argument('--faults', type=float, default=0.05)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print('seed', arguments.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix='soak-') as folder:
        folder = pathlib.Path(folder)
        with mariadb.running(folder) as database:
            soak = Soak(folder, database, arguments.seed, arguments.faults)
            lives = arguments.restarts + 1
            for number in range(lives):
                soak.live(number, arguments.minutes * 60 / lives)
                print(f'life {number + 1} of {lives}:', dict(soak.counts),
                      f'{len(soak.breaches)} breaches', flush=True)
            disagree = soak.end(lives)
    for line in [*soak.breaches, *disagree]:
        print(line)
    print(f'{arguments.restarts} restarts, {len(soak.breaches)} breaches, '
          f'{len(disagree)} rows that disagree')
    return bool(soak.breaches or disagree)


if __name__ == '__main__':
    sys.exit(main())
