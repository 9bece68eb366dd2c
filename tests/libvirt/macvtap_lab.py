# SPDX-License-Identifier: Apache-2.0

"""Real macvtap devices, and which of them hear each other.

Runs in a network and a mount namespace of its own, as root::

    unshare --net --mount python -m tests.libvirt.macvtap_lab

Reads from standard input the ``<interface>`` elements of guests, makes what
libvirt would make of them, and sends frames as the guests would. The
interfaces stand for VFs::

    guest  guest   guest
      |      |       |       macvtap, as the elements say
     ens1v1         ens1v2    one end of a veth pair each
      |              |
    =====================     a bridge, which is the switch
              |
           outside            a station that is not a guest
"""

import contextlib
import fcntl
import json
import os
import pathlib
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

import pyroute2

#: Reserved by IEEE 802 for experiments; nobody else here sends it.
ETHERTYPE = 0x88b5
BROADCAST = 'ff:ff:ff:ff:ff:ff'
OUTSIDE = '52:54:00:00:00:99'
WAIT_S = 1.0
# linux/if_tun.h
_TUNSETIFF = 0x400454ca
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000


class Guest:
    """The guest's end of a macvtap device."""

    def __init__(self, lab, number, element):
        parsed = ElementTree.fromstring(element)
        source = parsed.find('source')
        assert parsed.get('type') == 'direct'
        self.mac = parsed.find('mac').get('address')
        name = f'macvtap{number}'
        mode = source.get('mode')
        lab.add(name, kind='macvtap', address=self.mac,
                link=lab.index(source.get('dev')),
                macvtap_mode={'passthrough': 'passthru'}.get(mode, mode))
        self.file = os.open(lab.tap(name), os.O_RDWR | os.O_NONBLOCK)
        lab.callback(os.close, self.file)
        fcntl.ioctl(self.file, _TUNSETIFF, struct.pack(
            '16sH22x', name.encode(), _IFF_TAP | _IFF_NO_PI))

    def send(self, frame):
        os.write(self.file, frame)

    def receive(self):
        return os.read(self.file, 2048)


class Station:
    """What is on the switch beside the host."""

    mac = OUTSIDE

    def __init__(self, lab, interface):
        self.file = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(ETHERTYPE))
        lab.callback(self.file.close)
        self.file.bind((interface, ETHERTYPE))

    def send(self, frame):
        self.file.send(frame)

    def receive(self):
        return self.file.recv(2048)


class Lab(contextlib.ExitStack):
    """The interfaces and the switch.

    :param reflects: whether the switch sends a frame back on the port that
        it came from (reflective relay, which Linux calls hairpin)
    """

    def __init__(self, reflects):
        super().__init__()
        self._route = self.enter_context(pyroute2.IPRoute())
        self._folder = pathlib.Path(tempfile.mkdtemp())
        self.callback(self._remove_all)
        self.add('switch', kind='bridge', br_mcast_snooping=0)
        for name in ('ens1v1', 'ens1v2', 'outside'):
            self.add(name, kind='veth', peer={'ifname': f'to-{name}'})
            peer = self.index(f'to-{name}')
            self._route.link('set', index=peer, state='up',
                             master=self.index('switch'))
            self._route.brport('set', index=peer,
                               mode=int(reflects and name != 'outside'))
        self.outside = Station(self, 'outside')

    def index(self, name):
        (found,) = self._route.link_lookup(ifname=name)
        return found

    def add(self, name, **values):
        self._route.link('add', ifname=name, **values)
        self._route.link('set', index=self.index(name), state='up')

    def set_mac(self, name, mac):
        self._route.link('set', index=self.index(name), address=mac)

    def tap(self, name):
        """Make the character device of a macvtap, as udev does."""
        (found,) = pathlib.Path('/sys/class/net', name).glob('tap*/dev')
        major, minor = map(int, found.read_text().split(':'))
        path = self._folder / name
        os.mknod(path, 0o20600, os.makedev(major, minor))
        return path

    def _remove_all(self):
        for name in ('ens1v1', 'ens1v2', 'outside', 'switch'):
            for index in self._route.link_lookup(ifname=name):
                self._route.link('del', index=index)
        for path in self._folder.iterdir():
            path.unlink()
        self._folder.rmdir()


def hears(sender, receiver, target):
    """Send one frame, and tell whether the other end gets it."""
    frame = b''.join(bytes.fromhex(mac.replace(':', '')) for mac in (
        target, sender.mac)) + struct.pack('!H', ETHERTYPE) + os.urandom(46)
    sender.send(frame)
    end = time.monotonic() + WAIT_S
    while (left := end - time.monotonic()) > 0:
        if select.select([receiver.file], [], [], left)[0] and (
                receiver.receive() == frame):
            return True
    return False


def reach(first, second):
    """Tell whether two stations find and reach each other, both ways."""
    found = {'broadcast': [], 'unicast': []}
    for sender, receiver in ((first, second), (second, first)):
        found['broadcast'].append(hears(sender, receiver, BROADCAST))
        found['unicast'].append(hears(sender, receiver, receiver.mac))
    return {kind: all(both) if all(both) == any(both) else both
            for kind, both in found.items()}


def tell(elements, reflects, mac=None):
    """Tell what two guests and a station have of each other.

    :param mac: that the first interface has
    """
    with Lab(reflects) as lab:
        if mac:
            lab.set_mac('ens1v1', mac)
        guests = []
        for number, element in enumerate(elements):
            try:
                guests.append(Guest(lab, number, element))
            except pyroute2.NetlinkError as error:
                return {'refused': number, 'why': os.strerror(error.code)}
        first, second = guests
        return {'guests': reach(first, second),
                'outside': reach(first, lab.outside)}


def main():
    # Where the kernel shows the interfaces of this namespace.
    subprocess.run(['mount', '-t', 'sysfs', 'sysfs', '/sys'], check=True)
    print(json.dumps([tell(*words) for words in json.load(sys.stdin)]))


if __name__ == '__main__':
    main()
