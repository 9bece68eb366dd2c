# SPDX-License-Identifier: Apache-2.0

"""``python -m cloud up``, ``down``, ``logs``, ``remove``: for ``make``."""

import argparse
import collections
import shutil
import subprocess
import sys

from cloud import bring_up
from cloud import credentials
from cloud import layout
from cloud import processes
from cloud import services
from cloud import settings

LAST_LINES = 15


def main() -> int:
    """Do what the first argument says; returns the exit status."""
    parser = argparse.ArgumentParser(prog='python -m cloud')
    parser.add_argument('action', choices=('up', 'down', 'logs', 'remove'))
    parser.add_argument(
        '--in-placement', action='store_true',
        help='let Placement have the devices that aliases ask for')
    parser.add_argument(
        '--nova-classes', action='store_true',
        help="use Nova's own filter and tracker, to compare with ours")
    given = parser.parse_args()
    place = layout.find_layout()
    if given.action == 'up':
        return up(place, settings.Choice(
            in_placement=given.in_placement, nova_classes=given.nova_classes))
    if given.action == 'logs':
        print_logs(place)
        return 0
    ended = bring_up.bring_down(place)
    print(f'ended {", ".join(ended)}' if ended else 'nothing was running')
    if given.action == 'remove':
        remove(place)
    return 0


def remove(place: layout.Layout) -> None:
    """Remove what a cloud that is down has left, its logs included."""
    shutil.rmtree(place.folder)


def up(place: layout.Layout, choice: settings.Choice) -> int:
    """Start the cloud and say how to use it."""
    if any(processes.is_running(place, name)
           for name in processes.started(place)):
        print('What runs already goes on with the code and the settings that '
              'it was started with; make cloud-down ends it.')
    try:
        bring_up.bring_up(place, choice, _say)
    except (services.NotReadyError, subprocess.CalledProcessError) as exc:
        print_logs(place)
        print(f'cloud: {exc}', file=sys.stderr)
        return 1
    print(f'\n{credentials.describe(place)}')
    return 0


def print_logs(place: layout.Layout) -> None:
    """Print the last lines of the log of each process."""
    for path in sorted(place.logs.glob('*.log')):
        with path.open(errors='replace') as log:
            last = collections.deque(log, maxlen=LAST_LINES)
        print(f'== {path.name}')
        print(''.join(line[:200].rstrip() + '\n' for line in last))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == '__main__':
    sys.exit(main())
