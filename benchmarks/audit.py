# SPDX-License-Identifier: Apache-2.0

"""Time what an update costs to ask libvirt for the PCI devices, in one run.

    python -m benchmarks.audit [--sizes 64 512 4096] [--json FILE]

Three ways: ours; Nova's as up to 33, each device described in each update; and
Nova's as in 34, the first answer kept for ever.  The host is libvirt's own
test driver (needs its Python package) with cards of one PF and 15 VFs, each
VF with a network interface; a folder stands for /sys.  What Nova reads below
the real /sys it does not find, so that part costs less than on a host; a
daemon's answers take longer than those of the test driver, which is in the
process.  Times are seconds of processor time of the one process.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time
import types
from collections.abc import Callable
from typing import Any

from nova import objects
from nova.conf import CONF
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import host as nova_host

from nova_pci_ext.virt import node_devices

SIZES = (64, 512, 4096)
GROUP = 16
UPDATES = 16
NODE = """\
<node><cpu><mhz>2000</mhz><model>x86_64</model><active>1</active>
<nodes>1</nodes><sockets>1</sockets><cores>1</cores><threads>1</threads></cpu>
<memory>1048576</memory>
{}</node>
"""
PCI = """\
<device><name>pci_0000_{bus:02x}_{slot:02x}_0</name>
<capability type='pci'><class>0x020000</class><domain>0</domain>
<bus>{bus}</bus><slot>{slot}</slot><function>0</function>
<product id='0x{product}'>card</product><vendor id='0x8086'>Intel</vendor>
<capability type='{kind}'>{relatives}</capability>
<numa node='{numa}'/></capability></device>
"""
NET = """\
<device><name>net_n{bus}v{slot}_02_00_00_00_{bus:02x}_{slot:02x}</name>
<parent>pci_0000_{bus:02x}_{slot:02x}_0</parent>
<capability type='net'><interface>n{bus}v{slot}</interface>
<address>02:00:00:00:{bus:02x}:{slot:02x}</address><link state='down'/>
{features}<capability type='80203'/></capability></device>
"""
RELATIVE = ("<address domain='0x0000' bus='0x{:02x}' slot='0x{:02x}' "
            "function='0x0'/>")
FEATURES = ''.join(f"<feature name='{name}'/>" for name in (
    'rx', 'tx', 'sg', 'tso', 'gso', 'gro', 'rxvlan', 'txvlan'))


class Machine:
    """A host of libvirt's test driver, and its folders below /sys.

    :ivar sysfs: what stands for ``/sys/bus/pci/devices``
    """

    def __init__(self, folder: pathlib.Path, size: int) -> None:
        self.sysfs = folder / 'devices'
        for number in range(size):
            bus, slot = divmod(number, GROUP)
            own = self.sysfs / f'0000:{bus:02x}:{slot:02x}.0'
            (own / 'net' / f'n{bus}v{slot}').mkdir(parents=True)
            if slot:
                (own / 'physfn').symlink_to(f'../0000:{bus:02x}:00.0')
        path = folder / 'node.xml'
        path.write_text(NODE.format(''.join(
            device(*divmod(number, GROUP)) for number in range(size))))
        # Only a run needs it (make test-libvirt installs it).
        import libvirt
        connection = libvirt.open(f'test://{path}')
        self.host = nova_host.Host('test:///default')
        self.host.get_connection = lambda: connection

    def change_one(self, number: int) -> None:
        """Have a VF removed and made again, so many times by now."""
        folder = self.sysfs / '0000:00:01.0'
        folder.rename(folder.with_name(f'before-{number}'))
        folder.mkdir()
        (folder / 'physfn').symlink_to('../0000:00:00.0')


def device(bus: int, slot: int) -> str:
    """A PF (slot 0) or a VF, with its network interface."""
    relatives = ([(bus, 0)] if slot
                 else [(bus, number) for number in range(1, GROUP)])
    pci = PCI.format(
        bus=bus, slot=slot, numa=bus % 2, product='10ca' if slot else '10c9',
        kind='phys_function' if slot else 'virt_functions',
        relatives=''.join(RELATIVE.format(*each) for each in relatives))
    return pci + NET.format(bus=bus, slot=slot, features=FEATURES)


def nova_33(machine: Machine) -> Any:
    """Nova's own description of every device, asked anew."""
    ask = nova_driver.LibvirtDriver._get_pci_passthrough_devices
    return json.loads(getattr(ask, '__wrapped__', ask)(
        types.SimpleNamespace(_host=machine.host)))


def seconds(work: Callable[[], Any]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measure(size: int) -> dict[str, float]:
    """The seconds of each way, on a host with so many devices."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(pathlib.Path(folder), size)
        ours = node_devices.NodeDevices(machine.host, machine.sysfs)
        found: list[Any] = []
        first = seconds(lambda: found.extend(ours.report()))
        later = seconds(lambda: [json.dumps(ours.report())
                                 for _ in range(UPDATES)]) / UPDATES
        changed = seconds(lambda: [
            json.dumps((machine.change_one(number), ours.report()))
            for number in range(UPDATES)]) / UPDATES
        expected: list[Any] = []
        nova = seconds(lambda: expected.extend(nova_33(machine)))
        if found != expected or len(found) != size:
            raise AssertionError('the reports differ')
    return {'ours, first': first, 'ours, nothing changed': later,
            'ours, one VF made again': changed, 'Nova 33, each': nova,
            'Nova 34, first': nova, 'Nova 34, later': 0.0}


def show(times: dict[int, dict[str, float]]) -> None:
    """Print the seconds of each way, by size."""
    print(f'{"an update, seconds":26}', *(f'{size:>9}' for size in times))
    for way in next(iter(times.values())):
        print(f'{way:26}', *(
            f'{measured[way]:9.4f}' for measured in times.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sizes', nargs='+', type=int, default=list(SIZES))
    parser.add_argument('--json', help='write the seconds to this file')
    args = parser.parse_args()
    objects.register_all()
    CONF([], project='nova', default_config_files=[])
    times = {}
    for size in args.sizes:
        times[size] = measure(size)
        print(f'{size} devices done', file=sys.stderr)
    show(times)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(times, indent=1))


if __name__ == '__main__':
    main()
