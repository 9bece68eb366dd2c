# SPDX-License-Identifier: Apache-2.0

"""A running host with a switch in user space, and guests on it."""

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from tests.libvirt import replay
from tests.vhost_user import image

SCRIPT = pathlib.Path(__file__).with_name('host.sh')
#: Two guests boot without KVM, on a machine that may have a lot to do.
TIMEOUT_S = 180
# QEMU 7.2, that of Debian 12, ends with a fault when a vhost-user device has
# interrupts of its own and no KVM: so the guest's has none.
DOMAIN = """\
<domain type='qemu'
        xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name>
  <memory unit='MiB'>128</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel>
    <initrd>{ram_disk}</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 own={own} peer={peer}</cmdline>
  </os>
  <devices>
    {element}
    <serial type='file'><source path='{console}'/></serial>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-global'/>
    <qemu:arg value='virtio-net-pci.vectors=0'/>
  </qemu:commandline>
</domain>
"""


class Host:
    """The host.

    :ivar database: the address of the switch's database
    """

    def __init__(self, process, folder):
        self._process = process
        self._folder = folder
        self.database = f'unix:{folder}/ovs/db.sock'
        self._ram_disk = image.make_ram_disk(folder)

    def run(self, *words):
        """Run a program there, and return what it wrote to stdout."""
        first = replay.first_process(self._process.pid)
        done = subprocess.run(
            ['nsenter', '--target', str(first), '--mount', '--net', *words],
            capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_ready(self):
        """Whether switch and libvirtd answer."""
        assert self._process.poll() is None, self._log()
        try:
            return ('dpdkvhostuser' in self.run(
                'ovs-vsctl', 'get', 'Open_vSwitch', '.', 'iface_types')
                and self.run('virsh', '-c', 'qemu:///system', 'list'))
        except AssertionError:
            return False

    def start(self, name, element, own, peer):
        """Start a guest with an element, which asks its peer for an answer.

        :param own: its address
        """
        path = self._folder / f'{name}.xml'
        path.write_text(DOMAIN.format(
            name=name, element=element, own=own, peer=peer,
            kernel=image.kernel(), ram_disk=self._ram_disk,
            console=self._folder / f'{name}.console'))
        self.run('virsh', '-c', 'qemu:///system', 'create', str(path))

    def console(self, name):
        """Return what a guest has said."""
        path = self._folder / f'{name}.console'
        return path.read_text(errors='replace') if path.exists() else ''

    def end(self, name):
        """End a guest as libvirt does at once."""
        self.run('virsh', '-c', 'qemu:///system', 'destroy', name)

    def interfaces(self):
        """Return the types of the switch's interfaces for guests, by name."""
        found = json.loads(self.run(
            'ovs-vsctl', '--format=json', '--columns=name,type', 'list',
            'Interface'))
        return {name: kind for name, kind in found['data']
                if kind.startswith('dpdkvhostuser')}

    def learned(self, bridge):
        """Return the MAC addresses that a bridge has seen packets of."""
        return set(re.findall('(?:[0-9a-f]{2}:){5}[0-9a-f]{2}', self.run(
            'ovs-appctl', '-t', '/run/openvswitch/vswitchd.ctl',
            'fdb/show', bridge)))

    def _log(self):
        return '\n'.join(path.read_text(errors='replace')[-2000:]
                         for path in self._folder.glob('*.log'))

    def wait(self, what, is_so):
        """Wait until something is so."""
        deadline = time.monotonic() + TIMEOUT_S
        while not is_so():
            assert time.monotonic() < deadline, f'{what}\n{self._log()}'
            time.sleep(0.5)


@contextlib.contextmanager
def running():
    """Start the host, yield it, and end it with all that it has started."""
    # A path of a socket may have 107 characters, fewer than pytest's have.
    folder = pathlib.Path(tempfile.mkdtemp(prefix='vhost-user-'))
    with (folder / 'host.log').open('wb') as log:
        process = subprocess.Popen(
            [*replay.UNSHARE, 'sh', str(SCRIPT), str(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
    try:
        host = Host(process, folder)
        host.wait('the host', host.is_ready)
        yield host
    finally:
        # unshare ignores SIGTERM; with it, its child and all below end.
        process.kill()
        process.wait()
        shutil.rmtree(folder)
