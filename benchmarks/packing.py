# SPDX-License-Identifier: Apache-2.0

"""How full a cloud gets with our weigher, with Nova's, and with none.

``python -m benchmarks.packing`` fills 200 mixed hosts with a seeded stream of
servers.  With ``--trace DIR`` it places the tasks of a production trace, whose
files are in DIR, with our weigher.
"""

import argparse
import concurrent.futures
import os
import statistics
import warnings

import nova.conf

from benchmarks import packing_mixed
from benchmarks import packing_trace


def configure():
    """Set up Nova's configuration: every option has its default."""
    warnings.simplefilter('ignore')
    nova.conf.CONF([], project='nova', default_config_files=[])


def report_mixed(pool, seeds, size, vfs):
    """Run and print the mixed stream; see ``packing_mixed``."""
    runs = {
        name: list(pool.map(packing_mixed.run, [name] * seeds, range(seeds),
                            [size] * seeds, [vfs] * seeds))
        for name in packing_mixed.WEIGHERS}
    for at, title in enumerate(('first refusal', 'full')):
        print(f'\n{title}: {size} hosts, {vfs} VFs a port on hosts with '
              f'GPUs, mean of {seeds} seeds')
        for name, found in runs.items():
            print_moments(name, [run[at] for run in found])


def print_moments(name, moments):
    """Print the mean of what runs at the same moment of all seeds."""
    used = '  '.join(
        f'{kind} ' + format(100 * statistics.fmean(
            moment.used[kind] for moment in moments), '5.1f')
        for kind in moments[0].used)
    placed = [moment.placed for moment in moments]
    print(f'{name:14}{statistics.fmean(placed):7.1f} servers, '
          f'% in use: {used}  (servers {placed})', flush=True)


def report_trace(pool, folder, seeds):
    """Run and print the trace; see ``packing_trace``."""
    print(f'{100 * packing_trace.ASKED:.0f} % of all GPUs asked for; '
          'allocated until the first refusal, and at the end')
    runs = []
    for run in pool.map(packing_trace.run, [folder] * seeds, range(seeds)):
        runs.append(run['used'])
        print(f"seed {run['seed']}: {100 * run['first']:.2f} %  "
              f"{100 * run['used']:.2f} %  {run['placed']} tasks placed",
              flush=True)
    print(f'mean {100 * statistics.fmean(runs):.2f} %, '
          f'{100 * min(runs):.2f} to {100 * max(runs):.2f}')


def main():
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--trace', metavar='DIR')
    parser.add_argument('--seeds', type=int, default=10)
    parser.add_argument('--hosts', type=int, default=200)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    options = parser.parse_args()
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, initializer=configure) as pool:
        if options.trace:
            report_trace(pool, options.trace, options.seeds)
        else:
            for vfs in (packing_mixed.FEW, packing_mixed.MANY):
                report_mixed(pool, options.seeds, options.hosts, vfs)


if __name__ == '__main__':
    main()
