# SPDX-License-Identifier: Apache-2.0

"""Kill nova-compute with SIGKILL inside its PCI work, and check the damage.

Every kill stops a whole embedded Nova, with two real nova-compute services,
at one point of one operation. It is then started on what was left, and the
invariants of all devices are checked: after the start, and after all servers
are deleted. The exit status is 0 if nothing was broken.
"""

import argparse
import pathlib
import sys
import tempfile
import time
import warnings

from nova_pci_ext.quickstart import threads

threads.use_threads()

from tests.crash import campaign  # noqa: E402
from tests.crash import operations  # noqa: E402


def spread(count: int, most: int | None) -> list[int]:
    """Choose at most so many of the numbers below a count, evenly.

    Each is the middle of its share: the ends of an operation are the dull
    points of it.
    """
    if most is None or most >= count:
        return list(range(count))
    return [(2 * share + 1) * count // (2 * most) for share in range(most)]


def main() -> int:
    """Run the campaign and return the exit status."""
    parser = argparse.ArgumentParser(
        prog='python -m tests.crash', description=__doc__)
    parser.add_argument(
        '--kills', type=int, metavar='N',
        help='kill at N points of each operation, evenly spread; '
             'default: at every point')
    parser.add_argument(
        '--operation', action='append',
        choices=[each.name for each in operations.OPERATIONS])
    arguments = parser.parse_args()
    sys.argv = sys.argv[:1]
    warnings.simplefilter('ignore')
    with tempfile.TemporaryDirectory(prefix='nova-crash-') as folder:
        return fight(campaign.Campaign(pathlib.Path(folder)), arguments)


def fight(run: campaign.Campaign, arguments: argparse.Namespace) -> int:
    """Kill at the chosen points, and print each kill and the sums."""
    begin = time.monotonic()
    run.survey()
    kills = []
    for operation in operations.OPERATIONS:
        points = run.points[operation.name]
        print(f'{operation.name}: {len(points)} points', flush=True)
        if arguments.operation and operation.name not in arguments.operation:
            continue
        for number in spread(len(points), arguments.kills):
            kill = run.kill(operation, number)
            kills.append(kill)
            print(f'  {kill.number:3} {kill.point}', flush=True)
            for line in kill.breaches:
                print(f'      BROKEN: {line}', flush=True)
    broken = [kill for kill in kills if kill.breaches]
    distinct = {(kill.operation, kill.point) for kill in kills}
    print(f'{time.monotonic() - begin:.0f} seconds')
    print(f'{len(kills)} kills at {len(distinct)} distinct points, '
          f'{len(broken)} with a broken invariant')
    return 1 if broken or not kills else 0


if __name__ == '__main__':
    sys.exit(main())
