# SPDX-License-Identifier: Apache-2.0
"""The emulated machine: started, asked over ssh, ended by its number.

Two NUMA nodes with a PCIe root each; what hangs on them::

    node 0  40:00.0 root port - 41:00.0 igb, 7 VFs
            40:01.0 root port - 42:00.0 switch - 43:00.0 - 44:00.0 igb, no VFs
                                             \\ 43:01.0   (empty)
    node 1  80:00.0 root port - 81:00.0 igb, 7 VFs
            80:01.0 root port - 82:00.0 NVMe, 4 VFs
"""

import contextlib
import pathlib
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator

from cloud import layout
from cloud import processes
from tests.hardware import image
from tests.hardware import place as place_of

MEMORY_MB = 2304
#: A kernel without KVM hangs once in a dozen starts; then it is tried again.
TRIES = 4
USER_SPACE_S = 60
READY_S = 300
SSH_S = 60
#: A kernel that says of a processor that it is stuck for so long has hung: the
#: emulator does that once in some hours, with a guest that ends or starts.
HUNG_S = 100
DEVICES = """\
-device intel-iommu,intremap=on,device-iotlb=on
-device pxb-pcie,id=root0,bus=pcie.0,bus_nr=0x40,numa_node=0
-device pxb-pcie,id=root1,bus=pcie.0,bus_nr=0x80,numa_node=1
-device pcie-root-port,id=port0,bus=root0,slot=1,chassis=1
-device pcie-root-port,id=port1,bus=root0,slot=2,chassis=2
-device pcie-root-port,id=port2,bus=root1,slot=3,chassis=3
-device pcie-root-port,id=port3,bus=root1,slot=4,chassis=4
-device x3130-upstream,id=switch,bus=port1
-device xio3130-downstream,id=down0,bus=switch,slot=5,chassis=5
-device xio3130-downstream,id=down1,bus=switch,slot=6,chassis=6
-netdev hubport,id=wire0,hubid=0
-netdev hubport,id=wire1,hubid=0
-netdev hubport,id=wire2,hubid=0
-device igb,bus=port0,netdev=wire0,mac=52:54:00:10:c9:00
-device igb,bus=port2,netdev=wire1,mac=52:54:00:10:c9:01
-device igb,bus=down0,netdev=wire2,mac=52:54:00:10:c9:02
-device nvme-subsys,id=subsystem,nqn=nvme
-drive file={nvme},if=none,id=flash,format=raw,cache=unsafe,snapshot=on
-device nvme,serial=nvme,id=nvme,subsys=subsystem,bus=port3,sriov_max_vfs=4,\
sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=6
-device nvme-ns,drive=flash,bus=nvme
"""
BASE = """\
-machine q35,kernel-irqchip=split -accel tcg,thread=multi,tb-size=512
-cpu max -smp 2 -m {memory} -display none -nodefaults -no-reboot
-serial stdio
-object memory-backend-ram,id=node0,size={half}M
-object memory-backend-ram,id=node1,size={half}M
-numa node,nodeid=0,cpus=0,memdev=node0
-numa node,nodeid=1,cpus=1,memdev=node1
-drive file={disk},if=none,id=disk,format=raw,cache=unsafe,snapshot=on
-device virtio-blk-pci,bus=pcie.0,drive=disk
-fsdev local,id=shared,path={folder},security_model=none,multidevs=remap
-device virtio-9p-pci,bus=pcie.0,fsdev=shared,mount_tag=shared
-netdev user,id=outside,hostfwd=tcp:127.0.0.1:{ssh}-:22
-device virtio-net-pci,bus=pcie.0,netdev=outside,mac=52:54:00:12:34:56
-kernel {kernel} -initrd {initrd}
"""
#: Without no_timer_check the kernel panics now and then: it takes an
#: emulated timer that is late for a broken one.
KERNEL_LINE = ('console=ttyS0 quiet no_timer_check panic=-1 iommu=pt '
               'lab.host={host} lab.folder={folder} {more}')


class MachineError(Exception):
    """The machine did not start, or a command in it failed."""


class Machine:
    """One emulated machine, which may have been started by another process.

    :ivar place: the cloud whose folder it shares, and whose process it is
    """

    def __init__(self, place: layout.Layout) -> None:
        self.place = place
        self._control = place.folder / 'ssh'

    def start(self, say: Callable[[str], None],
              kernel_line: str = 'intel_iommu=on') -> None:
        """Start it, again if it hangs, and wait until it is ready.

        :raises MachineError: when it does not start at all
        """
        for folder in (self.place.logs, self.place.run):
            folder.mkdir(parents=True, exist_ok=True)
        nvme = self.place.folder / 'nvme.img'
        with nvme.open('wb') as flash:
            flash.truncate(64 << 20)
        for number in range(1, TRIES + 1):
            self._log.unlink(missing_ok=True)
            processes.start(self.place, processes.Command(
                name=place_of.MACHINE,
                arguments=self._command(nvme, kernel_line)))
            try:
                self._wait('@@ user space', USER_SPACE_S)
                self._wait('@@ ready', READY_S)
            except MachineError as error:
                say(f'try {number}: {error}')
                shutil.copy(self._log, self._log.with_suffix(f'.{number}'))
                self.stop()
            else:
                return
        raise MachineError(f'no start in {TRIES} tries, see {self._log}')

    def stop(self) -> None:
        """End it as a power failure does."""
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(self.ssh('-O', 'exit'), capture_output=True,
                           timeout=SSH_S)
        processes.stop(self.place, [place_of.MACHINE])

    def has_hung(self) -> bool:
        """Whether its kernel says that a processor came to nothing."""
        said = re.findall(r'soft lockup - CPU#\d+ stuck for (\d+)s',
                          self._log.read_text(errors='replace'))
        return any(int(seconds) >= HUNG_S for seconds in said)

    def run(self, command: str, timeout_s: float = 120) -> str:
        """Return what a shell command in the machine writes.

        :raises MachineError: when it fails, or is not done in time
        """
        try:
            done = subprocess.run(
                self.ssh('--', f'{{ {command}\n}} </dev/null'),
                capture_output=True, text=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise MachineError(
                f'{command}: not done in {timeout_s:.0f} s') from None
        if done.returncode:
            raise MachineError(f'{command}: {done.returncode} '
                               f'{done.stdout}{done.stderr}')
        return done.stdout

    def start_command(self, command: str, log: pathlib.Path) -> int:
        """Start a command that goes on; return its process number."""
        return int(self.run(
            f'setsid {command} >>{shlex.quote(str(log))} 2>&1 & echo $!'))

    @property
    def _log(self) -> pathlib.Path:
        return self.place.logs / f'{place_of.MACHINE}.log'

    def _wait(self, text: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self._log.read_text(errors='replace'):
            if not processes.is_running(self.place, place_of.MACHINE):
                raise MachineError('the emulator has ended')
            if time.monotonic() > deadline:
                raise MachineError(f'no "{text}" in {timeout_s:.0f} s')
            time.sleep(0.5)

    def ssh(self, *more: str) -> list[str]:
        """Return how to call a command, over one connection that is kept."""
        options = {
            'BatchMode': 'yes', 'ConnectTimeout': SSH_S, 'LogLevel': 'ERROR',
            'ControlMaster': 'auto', 'ControlPath': self._control,
            'ControlPersist': 'yes', 'StrictHostKeyChecking': 'no',
            'UserKnownHostsFile': '/dev/null', 'ServerAliveInterval': SSH_S}
        return ['ssh', '-F', 'none', '-p', str(place_of.ssh_port(self.place)),
                '-i', str(place_of.CACHE / 'disk' / 'key'),
                *(word for name, value in options.items()
                  for word in ('-o', f'{name}={value}')),
                'root@127.0.0.1', *more]

    def _command(self, nvme: pathlib.Path, kernel_line: str,
                 ) -> tuple[str, ...]:
        tools, disk = place_of.CACHE / 'tools', place_of.CACHE / 'disk'
        folder = self.place.folder
        return (
            *image.tool(tools, 'usr/bin/qemu-system-x86_64', 'qemu'),
            *(word for where in ('share/qemu', 'share/seabios',
                                 'lib/ipxe/qemu')
              for word in ('-L', str(tools / 'usr' / where))),
            *_words(BASE.format(
                memory=MEMORY_MB, half=MEMORY_MB // 2, folder=folder,
                disk=disk / 'disk.img', initrd=disk / 'initrd',
                ssh=place_of.ssh_port(self.place),
                kernel=tools / 'boot' /
                f'vmlinuz-{image.kernel_version(tools)}')),
            '-append', KERNEL_LINE.format(
                host=place_of.HOST, folder=folder, more=kernel_line),
            *_words(DEVICES.format(nvme=nvme)))


def _words(text: str) -> Iterator[str]:
    yield from text.split()
