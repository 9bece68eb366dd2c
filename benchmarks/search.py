# SPDX-License-Identifier: Apache-2.0

"""Effort of the exact search where PFs and their VFs are asked together.

One host: PFs whose VFs are of some kinds, split differently from PF to PF.  A
server asks for a third of the PFs, and of each kind for as many VFs as the
best choice of PFs leaves ("fits"), or for one more than can be left
("refused"); "narrow" makes all splits even and asks for odd numbers, which no
bound tells from a host that fits.  Prints for each shape the steps, the
processor milliseconds and the peak of memory that the decision needed.

    python -m benchmarks.search --pfs 8 16 32 64 --kinds 1 2 3
"""

import argparse
import inspect
import itertools
import random
import time
import tracemalloc

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import supply
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest

VFS = 64
SEED = 20261127


def pool_class(product, dev_type):
    """Return what the devices of one product are."""
    return PoolClass(vendor_id='8086', product_id=product, dev_type=dev_type)


PF = pool_class('00ff', DeviceType.PF)


def host(pfs, kinds, step=1):
    """Return the pools of a host, and the VFs of each kind on each PF."""
    randomly = random.Random(SEED)
    pools, splits = [], []
    for number in range(pfs):
        group = f'0000:{number // 256:02x}{number % 256:02x}:00.0'
        cuts = sorted(randomly.sample(range(0, VFS + 1, step), kinds - 1))
        split = [high - low for low, high in itertools.pairwise(
            [0, *cuts, VFS])]
        pools.append(Pool(PF, group, None, 1))
        pools += [Pool(pool_class(f'{kind:04}', DeviceType.VF), group, None,
                       count) for kind, count in enumerate(split) if count]
        splits.append(split)
    return tuple(pools), splits


def request(name, product, dev_type, count):
    """Return a request for devices of one product."""
    return DeviceRequest(
        request_id=name, name=name, count=count, alternatives=(Alternative(
            vendor_id='8086', product_id=product, dev_type=dev_type),))


def asked(pfs, splits, case):
    """Return what a server asks of a host."""
    number = max(1, pfs // 3)
    randomly = random.Random(SEED + 1)
    given = set(randomly.sample(range(pfs), number))
    left = [sum(split[kind] for place, split in enumerate(splits)
                if place not in given) for kind in range(len(splits[0]))]
    if case == 'refused':
        # More of all kinds together than any choice leaves.
        left[0] += 1
    elif case == 'narrow':
        # All splits are even: one more of a kind costs another PF two.
        left[0] -= 1
        left[-1] += 1
    return [request('pf', '00ff', DeviceType.PF, number)] + [
        request(f'vf{kind}', f'{kind:04}', DeviceType.VF, count)
        for kind, count in enumerate(left) if count > 0]


def steps_of(limit):
    """Return a counter, with a limit where this version has one."""
    if inspect.signature(flow.Steps).parameters:
        return flow.Steps(limit)
    return flow.Steps()


def decide(pools, requests, limit):
    """Return what became of a decision, with its steps."""
    found = demands.merge([demands.Ask(requests=tuple(requests))])
    counted = supply.count(found, pools)
    steps = steps_of(limit)
    try:
        refused = branches.refusals(found.counts, counted, steps)
    except Exception as error:
        return type(error).__name__, steps.taken
    return ('refused' if refused else 'fits'), steps.taken


def measure(pools, requests, limit):
    """Return answer, steps, milliseconds and peak KiB of one decision."""
    begin = time.process_time()
    answer, steps = decide(pools, requests, limit)
    spent = (time.process_time() - begin) * 1e3
    tracemalloc.start()
    decide(pools, requests, limit)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return answer, steps, spent, peak / 1024


def main():
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--pfs', type=int, nargs='+',
                        default=[8, 16, 32, 64])
    parser.add_argument('--kinds', type=int, nargs='+', default=[1, 2, 3])
    parser.add_argument('--cases', nargs='+',
                        default=['fits', 'refused', 'narrow'])
    parser.add_argument('--limit', type=int, default=1_000_000)
    options = parser.parse_args()
    print('  PFs kinds requests     steps        ms       KiB  case: answer')
    for pfs, kinds, case in itertools.product(
            options.pfs, options.kinds, options.cases):
        pools, splits = host(pfs, kinds, 2 if case == 'narrow' else 1)
        requests = asked(pfs, splits, case)
        answer, steps, spent, peak = measure(pools, requests, options.limit)
        print(f'{pfs:5} {kinds:5} {len(requests):8} {steps:9} {spent:9.2f} '
              f'{peak:9.0f}  {case}: {answer}', flush=True)


if __name__ == '__main__':
    main()
