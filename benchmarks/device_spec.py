# SPDX-License-Identifier: Apache-2.0

"""Time device_spec matching, Nova's classes and ours in one run.

``python benchmarks/device_spec.py`` takes 100 entries and 4,096 devices in
four forms: ids, glob, regex and devname.  Only the last entry fits, and only
one device in sixteen, so that most devices are compared with all entries.
Both sides see the same texts and the same devices, and must give the same
answers.  Nova asks sysfs about each devname of each device; the look-up is
answered from a dictionary on both sides, so that only code is compared.
"""

import argparse
import time
from unittest import mock

from nova.pci import whitelist

from nova_pci_ext.compute import device_filter
from nova_pci_ext.model.address import PciAddress

NETDEVS = {f'eth{bus}': f'0000:{bus:02x}:00.0' for bus in range(1, 256)}
FORMS = ('ids', 'glob', 'regex', 'devname')


class Host:
    """Answers from a dictionary where the real one reads sysfs."""

    def find_netdev(self, name):
        return PciAddress.parse(NETDEVS[name])

    def find_vf_ids(self, pf):
        return None


class RecordedFilter(device_filter.DeviceFilter):
    host = Host()


def entries(form, count):
    """Build one text for each entry; the last one fits one PF in 16."""
    def one(number):
        match form:
            case 'ids':
                return f'{{"vendor_id": "8086", "product_id": "{number:04x}"}}'
            case 'glob':
                return f'{{"address": "*:{number:02x}:00.*"}}'
            case 'regex':
                return ('{"address": {"domain": ".*", "bus": '
                        f'"{number:02x}", "slot": "0[0-1]", '
                        '"function": "[0-7]"}}')
            case _:
                return f'{{"devname": "eth{number}"}}'

    return [one(number) for number in range(1, count + 1)]


def devices(count):
    """Build VFs, sixteen a PF; the PF's bus counts from 1."""
    found = []
    for number in range(count):
        bus, vf = divmod(number, 16)
        bus = bus % 255 + 1
        domain = number // (16 * 255)
        found.append({
            'vendor_id': '8086', 'product_id': f'{bus:04x}',
            'address': f'{domain:04x}:{bus:02x}:{vf // 8:02x}.{vf % 8}',
            'parent_addr': f'{domain:04x}:{bus:02x}:00.0'})
    return found


def timed(build, asked):
    """Return seconds for building and matching, and the entries found."""
    start = time.perf_counter()
    whole = build()
    built = time.perf_counter()
    found = [whole.device_assignable(device) for device in asked]
    matched = time.perf_counter()
    order = {id(spec): index for index, spec in enumerate(whole.specs)}
    answers = [None if spec is None else order[id(spec)] for spec in found]
    return built - start, matched - built, answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--entries', type=int, default=100)
    parser.add_argument('--devices', type=int, default=4096)
    asked = parser.parse_args()
    pool = devices(asked.devices)
    print(f'{asked.entries} entries, {asked.devices} devices, seconds')
    print('form       nova build  nova match  our build  our match  ratio')
    for form in FORMS:
        texts = entries(form, asked.entries)
        with mock.patch('nova.pci.utils.get_function_by_ifname',
                        lambda name: (NETDEVS[name], True)):
            build_n, match_n, theirs = timed(
                lambda: whitelist.Whitelist(texts), pool)  # noqa: B023
        build_o, match_o, ours = timed(
            lambda: RecordedFilter(texts), pool)  # noqa: B023
        assert ours == theirs, form
        print(f'{form:9}  {build_n:10.4f}  {match_n:10.4f}  {build_o:9.4f}  '
              f'{match_o:9.4f}  {match_n / match_o:5.0f}')


if __name__ == '__main__':
    main()
