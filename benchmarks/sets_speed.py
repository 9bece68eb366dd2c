# SPDX-License-Identifier: Apache-2.0

"""Time a decision with each kind of device set, beside one without.

    python -m benchmarks.sets_speed --times 200

One host is like an HGX, with 8 GPUs and 8 NICs on 4 switches and 15 NVLink
partitions; the other has 16 PFs with 64 VFs each, also with the VFs in groups
of four, which makes 16 times as many pools.  For each set it prints
the processor microseconds of the decision whether the host fits, as the
filter asks it, and of the choice of devices, as a claim asks it; the same for
the requests without the set; and the ratios.  "refused" asks for what no
choice of devices makes, so that all of them are looked at.
"""

import argparse
import dataclasses
import time

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import flow
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verdict import Assignment
from tests import hgx_host

PFS, VFS, GROUP = 16, 64, 4
# A GPU, a NIC, and a VF.
TYPES = {'2330': DeviceType.PF, '1021': DeviceType.PF, '1018': DeviceType.VF}


def devices(product, group, count, node, **place):
    """Return a pool of some devices."""
    return Pool(PoolClass(vendor_id='15b3', product_id=product,
                          dev_type=TYPES[product], numa_node=node),
                group, None, count, (), tuple(sorted(place.items())))


def hgx():
    """Return the GPUs and NICs of a host like an HGX."""
    groups = sorted((group['name'], len(group['addresses']),
                     frozenset(group['addresses']))
                    for group in hgx_host.groups())
    found = []
    for device in hgx_host.host(vfs=0).devices:
        if device.product_id not in TYPES:
            continue
        address = str(device.address)
        place = {PCIE_SWITCH: device.pci_path[2]}
        partitions = ','.join(f'{name}:{size}' for name, size, members
                              in groups if address in members)
        if partitions:
            place[f'{GROUP_TAG}nvlink'] = partitions
        found.append(devices(device.product_id, address, 1,
                             device.numa_node, **place))
    return found


def vfs():
    """Return the VFs of the PFs, one pool a PF."""
    return [devices('1018', f'0000:{pf:02x}:00.0', VFS, pf * 2 // PFS)
            for pf in range(PFS)]


def grouped_vfs():
    """Return the same in groups of four VFs of one PF, one pool a group."""
    return [devices('1018', pool.group, GROUP, pool.kind.numa_node, **{
        f'{GROUP_TAG}rail': f'g{pf:02}-{number:02}:{GROUP}'})
        for pf, pool in enumerate(vfs()) for number in range(VFS // GROUP)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A server with one set.

    :ivar asked: (product, count) of each request; each is a member
    :ivar fits: whether the host can make the set
    """

    rule: SetRule
    attribute: str
    asked: tuple[tuple[str, int], ...]
    fits: bool = True

    @property
    def shown(self):
        members = ' '.join(f'{count}x{product}'
                           for product, count in self.asked)
        return (f'{self.rule}={self.attribute} {members}'
                f'{"" if self.fits else ", refused"}')

    def ask(self, *, with_set):
        """Return what the server asks."""
        requests = tuple(DeviceRequest(
            request_id=str(number), name=product, count=count,
            alternatives=(Alternative(
                vendor_id='15b3', product_id=product,
                dev_type=TYPES[product]),))
            for number, (product, count) in enumerate(self.asked))
        members = tuple((number,) for number in range(len(self.asked)))
        if self.rule in (SetRule.SAME, SetRule.DISTINCT):
            members = (tuple(range(len(self.asked))),)
        constraints = (SetConstraint(
            rule=self.rule, attribute=self.attribute, members=members,
            text=self.shown),) if with_set else ()
        return demands.Ask(requests=requests, constraints=constraints)


SAME, DISTINCT, PAIR, OF_GROUP = SetRule
ON_HGX = (
    Case(rule=SAME, attribute=PCIE_SWITCH, asked=(('2330', 2), ('1021', 2))),
    Case(rule=SAME, attribute=PCIE_SWITCH, asked=(('2330', 3),), fits=False),
    Case(rule=DISTINCT, attribute=PCIE_SWITCH, asked=(('2330', 4),)),
    Case(rule=DISTINCT, attribute=PCIE_SWITCH, asked=(('2330', 5),),
         fits=False),
    Case(rule=PAIR, attribute=PCIE_SWITCH, asked=(('2330', 4), ('1021', 4))),
    Case(rule=PAIR, attribute=PCIE_SWITCH, asked=(('2330', 8), ('1021', 8))),
    Case(rule=OF_GROUP, attribute='nvlink', asked=(('2330', 2),)),
    Case(rule=OF_GROUP, attribute='nvlink', asked=(('2330', 8),)),
    Case(rule=OF_GROUP, attribute='nvlink', asked=(('2330', 3),),
         fits=False),
)
ON_VFS = (
    Case(rule=SAME, attribute='pf', asked=(('1018', 64),)),
    Case(rule=SAME, attribute='pf', asked=(('1018', 65),), fits=False),
    Case(rule=DISTINCT, attribute='pf', asked=(('1018', 2),)),
    Case(rule=DISTINCT, attribute='pf', asked=(('1018', 16),)),
    Case(rule=DISTINCT, attribute='pf', asked=(('1018', 17),), fits=False),
    Case(rule=PAIR, attribute='pf', asked=(('1018', 8), ('1018', 8))),
)
ON_GROUPED_VFS = (
    Case(rule=OF_GROUP, attribute='rail', asked=(('1018', 4),)),
    Case(rule=OF_GROUP, attribute='rail', asked=(('1018', 5),), fits=False),
)


def best(function, times):
    """Return the smallest processor time in microseconds."""
    shortest = None
    for _ in range(times):
        begin = time.process_time()
        function()
        spent = time.process_time() - begin
        shortest = min(spent, shortest or spent)
    return shortest * 1e6


def measure(case, pools, times, *, with_set):
    """Return the microseconds of the filter's decision and of a choice.

    Demands are merged once for all hosts, so that is not a part of the first.
    """
    ask = case.ask(with_set=with_set)
    merged = demands.merge([ask])
    fits = decision.can_serve(merged, pools, flow.LIMIT)
    assert fits == (case.fits or not with_set), case.shown
    found = decision.search_demands(merged, pools, flow.LIMIT)
    assert isinstance(found, Assignment) == fits, case.shown
    return (best(lambda: decision.can_serve(merged, pools, flow.LIMIT),
                 times),
            best(lambda: decision.search_demands(
                demands.merge([ask]), pools, flow.LIMIT), times))


def main():
    """Print a line for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--times', type=int, default=200)
    options = parser.parse_args()
    for title, pools, cases in (('HGX', hgx(), ON_HGX),
                                (f'{PFS} PFs x {VFS} VFs', vfs(), ON_VFS),
                                (f'in groups of {GROUP}', grouped_vfs(),
                                 ON_GROUPED_VFS)):
        print(f'{title}, {len(pools)} pools; microseconds\n{"set":46}'
              f'{"fits?":>8}{"without":>9}{"ratio":>7}'
              f'{"choice":>9}{"without":>9}{"ratio":>7}')
        for case in cases:
            fits, choice = measure(case, pools, options.times, with_set=True)
            alone, chosen = measure(case, pools, options.times,
                                    with_set=False)
            print(f'{case.shown:46}{fits:8.1f}{alone:9.1f}'
                  f'{fits / alone:7.1f}{choice:9.1f}{chosen:9.1f}'
                  f'{choice / chosen:7.1f}', flush=True)


if __name__ == '__main__':
    main()
