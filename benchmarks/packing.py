# SPDX-License-Identifier: Apache-2.0

"""How full a cloud gets with our weigher, with Nova's, and with none.

``python -m benchmarks.packing`` fills mixed hosts with a seeded stream of
servers, and counts in how many runs ours is below Nova's.  With ``--trace
PATH ...`` it places the tasks of a production trace: a list of tasks, or all
lists in a folder; with the weighers as shipped, with ours alone, and with
Nova's.  ``--model`` makes the same choices in arrays; ``--csv FILE`` adds a
row for each sample and way to a file.
"""

import argparse
import concurrent.futures
import csv
import itertools
import os
import pathlib
import statistics
import warnings

import nova.conf

from benchmarks import packing_chain
from benchmarks import packing_mixed
from benchmarks import packing_mixed_model
from benchmarks import packing_model
from benchmarks import packing_published
from benchmarks import packing_trace


def configure():
    """Set up Nova's configuration: every option has its default."""
    warnings.simplefilter('ignore')
    nova.conf.CONF([], project='nova', default_config_files=[])


def report_mixed(pool, sizes, seeds, run, table):
    """Run and print the mixed stream; see ``packing_mixed``.

    :param sizes: numbers of hosts
    :param run: of ``packing_mixed`` or ``packing_mixed_model``
    :param table: name of a file to add to, None without
    """
    for size, vfs in itertools.product(
            sizes, (packing_mixed.FEW, packing_mixed.MANY)):
        runs = {way: list(pool.map(run, [way] * seeds, range(seeds),
                                   [size] * seeds, [vfs] * seeds))
                for way in packing_mixed.WAYS}
        for at, title in enumerate(('first refusal', 'full')):
            print(f'\n{title}: {size} hosts, {vfs} VFs a port on hosts with '
                  f'GPUs, mean of {seeds} seeds')
            for way, found in runs.items():
                rival = runs.get(packing_mixed.RIVALS.get(way), found)
                row = sum_up(*([each[at] for each in which]
                               for which in (found, rival)))
                print(f'{way:14}', *(f'{name} {value},' for name, value
                                     in row.items()), flush=True)
                if table is not None:
                    append(table, [size, vfs, title, way, seeds,
                                   *row.values()])


def sum_up(moments, rivals):
    """Return what to print of the same moment of all seeds, by its name.

    :param rivals: the same with what it is compared with
    """
    def below(value):
        return sum(value(one) < value(other) for one, other
                   in zip(moments, rivals, strict=True))

    found = {'servers': format(statistics.fmean(
        moment.placed for moment in moments), '.1f')}
    for kind in moments[0].used:
        found[f'{kind} %'] = format(100 * statistics.fmean(
            moment.used[kind] for moment in moments), '.1f')
    found['vCPUs %'] = format(100 * statistics.fmean(
        moment.vcpus for moment in moments), '.1f')
    found['below in servers'] = below(lambda moment: moment.placed)
    found['in GPUs'] = below(lambda moment: moment.used['gpu'])
    return found


def report_trace(pool, paths, seeds, run, table):
    """Run and print a trace; see ``packing_trace``.

    :param run: of ``packing_trace`` or ``packing_model``
    :param table: name of a file to add to, None without
    """
    print(f'{100 * packing_trace.ASKED:.0f} % of all GPUs asked for; % of all '
          'GPUs allocated at the first refusal, and at the end; GPUs in use, '
          'and what is free of those')
    for path in packing_trace.samples(paths):
        for way in packing_chain.WAYS:
            runs = list(pool.map(run, [path] * seeds, [way] * seeds,
                                 range(seeds)))
            print_trace(f'{packing_trace.name(path)}, {way}', runs)
            if table is not None:
                add_row(table, packing_trace.name(path), way, runs)
    print('published:', ', '.join(packing_published.POLICIES))
    for path in packing_trace.samples(paths):
        found = packing_published.ALLOCATED.get(packing_trace.name(path))
        print(packing_trace.name(path), *found or ('nothing',), flush=True)


def print_trace(title, runs):
    """Print the mean of what runs at both moments, and all results."""
    first, last = ([run[at] for run in runs] for at in (0, 1))
    used = [100 * moment.used for moment in last]

    def mean(moments, field):
        return statistics.fmean(getattr(moment, field) for moment in moments)

    print(f'{title}: first {100 * mean(first, "used"):.2f} % '
          f'({mean(first, "placed"):.1f} tasks); '
          f'end {statistics.fmean(used):.2f} % '
          f'({min(used):.2f} to {max(used):.2f}; {mean(last, "placed"):.1f} '
          f'tasks, {mean(last, "refused"):.1f} refused), in use '
          f'{100 * mean(last, "in_use"):.2f} %, fragments '
          f'{100 * mean(last, "fragments"):.2f} %', flush=True)


def add_row(table, sample, way, runs):
    """Add a row to a table, per cent of all GPUs and numbers of tasks."""
    first, last = ([run[at] for run in runs] for at in (0, 1))
    used = [100 * moment.used for moment in last]

    def mean(moments, field, factor=100):
        return format(factor * statistics.fmean(
            getattr(moment, field) for moment in moments), '.2f')

    append(table, (
        sample, way, len(runs), f'{statistics.fmean(used):.2f}',
        f'{min(used):.2f}', f'{max(used):.2f}', mean(first, 'used'),
        mean(last, 'placed', 1), mean(last, 'refused', 1),
        mean(last, 'in_use'), mean(last, 'fragments')))


def append(table, row):
    """Add a row to a file."""
    with pathlib.Path(table).open('a', newline='') as rows:
        csv.writer(rows, lineterminator='\n').writerow(row)


def main():
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--trace', metavar='PATH', nargs='+')
    parser.add_argument('--model', action='store_true')
    parser.add_argument('--csv', metavar='FILE')
    parser.add_argument('--seeds', type=int, default=10)
    parser.add_argument('--hosts', type=int, nargs='+', default=[200])
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    options = parser.parse_args()
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, initializer=configure) as pool:
        if options.trace:
            report_trace(pool, options.trace, options.seeds, (
                packing_model if options.model else packing_trace).run,
                options.csv)
        else:
            report_mixed(pool, options.hosts, options.seeds, (
                packing_mixed_model if options.model
                else packing_mixed).run, options.csv)


if __name__ == '__main__':
    main()
