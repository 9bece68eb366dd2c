# SPDX-License-Identifier: Apache-2.0

"""Lives of nova-compute's tracker, one after the other, each killed.

    python -m tests.soak [--minutes 30] [--restarts 20] [--faults 0.05]

The exit status is 1 if anything is wrong that must not be, or a row disagrees
at the end; 2 if nothing is, but a life had not begun after ten minutes, so
that less was shown than asked for.  How long a life takes to begin depends on
what else the machine does, and is not taken from its time.  Needs the
programs of mariadb-server.
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

#: Seconds that a life may take to begin.
BEGIN_S = 600


class Soak:
    """What all lives have done, and what was wrong."""

    def __init__(self, folder, database, seed, faults):
        self._folder, self._database = folder, database
        self._seed, self._faults = seed, faults
        self.counts = collections.Counter()
        self.breaches = []
        self.not_begun = 0

    def live(self, number, seconds, begin_s=BEGIN_S):
        """One life, ended by SIGKILL; then a look at the rows.

        :param seconds: from when it begins
        :param begin_s: it may take as long to begin
        """
        process = self._start(number)
        heard, begun = [], threading.Event()
        reader = threading.Thread(
            target=_hear, args=(process.stdout, heard, begun))
        reader.start()
        said = begun.wait(begin_s)
        has_begun = bool(heard)
        try:
            # What has said all without a beginning ends.
            process.wait(seconds if has_begun or said else 0.1)
            self.breaches.append(
                f'life {number} ended by itself: '
                f'{(self._folder / "life.log").read_text()[-1000:]}')
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.not_begun += not has_begun
        reader.join()
        counts = [line['counts'] for line in heard if 'counts' in line]
        self.counts.update(counts[-1] if counts else {})
        self.breaches += [line['breach'] for line in heard
                          if 'breach' in line]
        self.breaches += checker.of_rows(self._database)
        # Nova deletes the instances whose build a crash has cut off.
        self._database.query("DELETE FROM instances_of_soak "
                             "WHERE state != 'active'")

    def end(self, number):
        """The last life; returns what disagrees."""
        process = self._start(number, '--last')
        output, _ = process.communicate(timeout=BEGIN_S)
        return json.loads(output.splitlines()[-1])['disagree']

    def _start(self, number, *more):
        return subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-m', 'tests.soak.life',
             str(self._folder), str(self._seed + number), str(self._faults),
             *more], stdout=subprocess.PIPE, text=True,
            stderr=(self._folder / 'life.log').open('ab'))


def _hear(lines, heard, begun):
    """Keep what a life says; its first line is said as it begins."""
    for line in lines:
        heard.append(json.loads(line))
        begun.set()
        if 'breach' in heard[-1]:
            print(heard[-1]['breach'], flush=True)
    begun.set()


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
                      f'{len(soak.breaches)} breaches,',
                      f'{soak.not_begun} not begun', flush=True)
            disagree = soak.end(lives)
    for line in [*soak.breaches, *disagree]:
        print(line)
    print(f'{arguments.restarts} restarts, {len(soak.breaches)} breaches, '
          f'{len(disagree)} rows that disagree, {soak.not_begun} lives had '
          f'not begun after {BEGIN_S} s')
    return 1 if soak.breaches or disagree else 2 * bool(soak.not_begun)


if __name__ == '__main__':
    sys.exit(main())
