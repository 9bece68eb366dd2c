# SPDX-License-Identifier: Apache-2.0

"""Guests of a real libvirtd, and the macvtap devices that it makes for them.

Runs as a program of ``macvtap.sh``. Reads elements from standard input, starts
a guest with each, and prints interface below, mode and MAC of what is there.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

import pyroute2

from tests.libvirt import macvtap_lab

VIRSH = ('virsh', '--quiet', '--connect', 'qemu:///system')
# Without KVM, and without anything to boot from.
GUEST = """\
<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>{}</devices>
</domain>
"""
TIMEOUT_S = 60


def run(*words):
    """Run a command of virsh, and return what it says against it."""
    done = subprocess.run([*VIRSH, *words], capture_output=True, text=True,
                          timeout=TIMEOUT_S)
    return done.stderr.strip() if done.returncode else ''


def devices():
    """Return the macvtap devices of this namespace."""
    with pyroute2.IPRoute() as route:
        names = {link['index']: link.get_attr('IFLA_IFNAME')
                 for link in route.get_links()}
        for link in route.get_links():
            info = link.get_attr('IFLA_LINKINFO')
            if info and info.get_attr('IFLA_INFO_KIND') == 'macvtap':
                mode = info.get_attr('IFLA_INFO_DATA').get_attr(
                    'IFLA_MACVTAP_MODE')
                yield (names[link.get_attr('IFLA_LINK')], mode,
                       link.get_attr('IFLA_ADDRESS'))


def tell(element):
    """Start a guest with an element, tell what is there, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'guest.xml')
        path.write_text(GUEST.format(element))
        refused = run('create', str(path))
    if refused:
        return refused
    found = list(devices())
    run('destroy', 'guest')
    return [found, list(devices())]


def main():
    end = time.monotonic() + TIMEOUT_S
    while (fault := run('list')) and time.monotonic() < end:
        time.sleep(0.2)
    assert not fault, fault
    with macvtap_lab.Lab(reflects=False):
        print(json.dumps([tell(element) for element in json.load(sys.stdin)]))


if __name__ == '__main__':
    main()
