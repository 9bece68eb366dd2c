# SPDX-License-Identifier: Apache-2.0

"""Run the PCI tests that ship in Nova's wheel against our classes.

The arguments name suites or groups of suites; see --list. The exit status is
0 if every test passed but those that the file of deliberate differences
lists, 1 if not, and 2 if the tests could not be run.
"""

import argparse
import importlib.metadata
import pathlib
import re
import sys
import time

from tests.nova_suites import crew
from tests.nova_suites import differences
from tests.nova_suites import outcome
from tests.nova_suites import report
from tests.nova_suites import suites


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [*suites.SUITES, *suites.GROUPS]
    parser = argparse.ArgumentParser(
        prog='python -m tests.nova_suites', description=__doc__)
    parser.add_argument(
        'suites', nargs='*', metavar='SUITE', default=['core'],
        help=f'one of {", ".join(names)}; default: core')
    parser.add_argument('--workers', type=int, default=2, metavar='N')
    parser.add_argument(
        '--only', default='', metavar='REGEX',
        help='run the tests whose id matches, and no others')
    parser.add_argument(
        '--baseline', action='store_true',
        help="run Nova's own classes; no difference is allowed then")
    parser.add_argument(
        '--candidates', choices=('ours', 'nova'), default='ours',
        help='value of [pci_ext] allocation_candidates; default: ours')
    parser.add_argument(
        '--threading', action='store_true',
        help="native threads instead of eventlet")
    parser.add_argument(
        '--limit', type=float, default=600, metavar='SECONDS',
        help='end a worker that takes longer over one test; default: 600')
    parser.add_argument('--json', type=pathlib.Path, metavar='FILE')
    parser.add_argument(
        '--tracebacks', type=pathlib.Path, metavar='FILE',
        help='append the traceback of each failure here, as it happens')
    parser.add_argument(
        '--list', action='store_true', help='print the test ids and end')
    arguments = parser.parse_args()
    for name in arguments.suites:
        if name not in names:
            parser.error(f'no suite {name!r}; there are {", ".join(names)}')
    return arguments


def chosen_modules(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the test modules to run on the Nova that is installed."""
    nova = int(importlib.metadata.version('nova').partition('.')[0])
    chosen = suites.chosen_suites(arguments.suites)
    return tuple(suites.modules_of(chosen, nova))


def worker_arguments(arguments: argparse.Namespace) -> list[str]:
    """Return what each worker process has to be told."""
    flags = [f'--{flag}' for flag in ('baseline', 'threading')
             if getattr(arguments, flag)]
    return [*flags, f'--candidates={arguments.candidates}',
            *chosen_modules(arguments)]


def run(
    arguments: argparse.Namespace, team: crew.Crew,
) -> list[outcome.Outcome]:
    """Run the chosen tests and say what was replaced.

    :raises crew.WorkerError: if Nova still used an original at the end
    """
    start = team.start()
    chosen = [test for test in start.tests
              if re.search(arguments.only, test)]
    if arguments.list:
        print('\n'.join(chosen))
        return []
    for line in start.replaced or ["Nova's own classes"]:
        print(line)
    print(f'{len(chosen)} tests, {arguments.workers} workers', flush=True)
    outcomes: list[outcome.Outcome] = []

    def note(result: outcome.Outcome) -> None:
        outcomes.append(result)
        place = f'[{len(outcomes)}/{len(chosen)}]'
        if result.status is outcome.Status.FAILED:
            print(f'{place} failed: {result.test}\n    {result.why}',
                  flush=True)
            if arguments.tracebacks:
                report.append_traceback(arguments.tracebacks, result)
        elif len(outcomes) % 50 == 0:
            print(f'{place} ...', flush=True)
    left = team.run(chosen, note)
    if left:
        raise crew.WorkerError('\n'.join(left))
    if start.replaced:
        print('no module of Nova keeps an original, neither before the '
              'tests nor after')
    return outcomes


def conclude(
    arguments: argparse.Namespace, outcomes: list[outcome.Outcome],
) -> int:
    """Print the summary and return the exit status."""
    rows = {} if arguments.baseline else differences.read()
    modules = chosen_modules(arguments)

    def selected(test: str) -> bool:
        return re.search(arguments.only, test) is not None and any(
            test.startswith(f'{module}.') for module in modules)
    comparison = differences.compare(outcomes, rows, selected)
    if arguments.json:
        report.write_json(arguments.json, outcomes, comparison)
    for line in (*report.table(outcomes), *report.faults(comparison, rows),
                 report.closing(outcomes)):
        print(line, flush=True)
    return 0 if comparison.clean() and outcomes else 1


def main() -> int:
    """Run and return the exit status."""
    arguments = parse_arguments()
    begin = time.monotonic()
    team = crew.Crew(
        arguments.workers, worker_arguments(arguments), arguments.limit)
    try:
        outcomes = run(arguments, team)
    except crew.WorkerError as fault:
        print(f'nova-suites: {fault}', file=sys.stderr)
        return 2
    finally:
        team.dismiss()
    if arguments.list:
        return 0
    print(f'{time.monotonic() - begin:.0f} seconds')
    return conclude(arguments, outcomes)


if __name__ == '__main__':
    sys.exit(main())
