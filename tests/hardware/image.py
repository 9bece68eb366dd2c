# SPDX-License-Identifier: Apache-2.0
"""What the machine is made of: an emulator, a kernel and a disk, kept.

Each part lies in a folder of its own and is made again only when its recipe
has changed. Nothing is installed on this machine but ``mmdebstrap``.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterable

from cloud import layout
from tests.hardware import place

#: igb needs QEMU 8.1; the machine's own guests have that of Debian 12.
NEWER = 'bookworm-backports'
MIRROR = 'http://deb.debian.org/debian'
TOOLS = (*(f'{name}/{NEWER}' for name in (
    'qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'seabios')),
    'ipxe-qemu', 'linux-image-amd64', 'busybox-static', 'kmod')
SYSTEM = (
    'iproute2', 'kmod', 'libvirt-clients', 'libvirt-daemon-driver-qemu',
    'libvirt-daemon-system', 'openssh-server', 'pciutils', 'procps',
    'python3', 'python3-libvirt', 'qemu-system-x86', 'qemu-utils', 'socat',
    'udev')
PYTHON = ('nova', '--requirement', str(layout.ROOT / 'requirements.txt'),
          'PyMySQL')
CONSTRAINTS = layout.ROOT / 'constraints' / 'nova-34.txt'
SITE = 'usr/local/lib/python3.11/dist-packages'
#: In the RAM disk; with what they need.
FIRST_MODULES = ('virtio_pci', 'virtio_blk', 'ext4', 'crc32c_generic')
MODULES = (
    *FIRST_MODULES, 'igb', 'igbvf', 'nvme', 'vfio-pci', 'vfio_iommu_type1',
    'virtio_net', 'tun', 'bridge', '8021q', 'macvtap', '9p', '9pnet_virtio')
GUEST = pathlib.Path(__file__).parent / 'guest'
#: A guest of the machine may do what it likes, and runs as root.
QEMU_CONF = """\
security_driver = "none"
user = "root"
group = "root"
"""
DISK_MB = 2000

Make = Callable[[pathlib.Path], None]


def make_image(say: Callable[[str], None]) -> None:
    """Make what is missing of the machine; as root, and on Debian."""
    if sys.version_info[:2] != (3, 11):
        raise SystemExit('Python 3.11 is needed, that of Debian 12, which '
                         'runs in the machine (make PYTHON=...)')
    requirements = [(layout.ROOT / 'requirements.txt').read_text(),
                    CONSTRAINTS.read_text()]
    scripts = [path.read_text() for path in sorted(GUEST.iterdir())]
    recipe = pathlib.Path(__file__).read_text()
    _make('tools', [*TOOLS], _make_tools, say)
    _make('system', [*SYSTEM], _make_system, say)
    _make('python', [*PYTHON, *requirements], _make_python, say)
    _make('disk', [recipe, *TOOLS, *SYSTEM, *PYTHON, *requirements, *scripts],
          _make_disk, say)


def _make(name: str, recipe: Iterable[str], make: Make,
          say: Callable[[str], None]) -> None:
    """Let a folder be made, unless it was with this very recipe."""
    folder = place.CACHE / name
    digest = hashlib.sha256('\0'.join(recipe).encode()).hexdigest()
    kept = place.CACHE / f'{name}.recipe'
    if kept.exists() and kept.read_text() == digest:
        return
    say(f'making the {name} of the machine')
    kept.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    kept.write_text(digest)


def _make_tools(folder: pathlib.Path) -> None:
    """Unpack an emulator and a kernel, with all libraries that they need."""
    _bootstrap(folder, '--variant=extract', TOOLS, NEWER)
    _run(*tool(folder, 'bin/kmod', 'depmod'), '-b', folder,
         kernel_version(folder))


def _make_system(folder: pathlib.Path) -> None:
    _bootstrap(folder, '--variant=minbase', SYSTEM)
    with (folder / 'etc/libvirt/qemu.conf').open('a') as conf:
        conf.write(QEMU_CONF)


def _bootstrap(folder: pathlib.Path, variant: str, packages: Iterable[str],
               *suites: str) -> None:
    _run('mmdebstrap', '--quiet', '--mode=root', variant,
         f'--include={",".join(packages)}',
         *(f'--dpkgopt=path-exclude=/usr/share/{name}/*'
           for name in ('man', 'doc', 'locale')),
         'bookworm', folder,
         *(f'deb {MIRROR} {suite} main' for suite in ('bookworm', *suites)))


def _make_python(folder: pathlib.Path) -> None:
    """Install Nova for the Python of the machine."""
    install_python(folder, '--constraint', CONSTRAINTS, *PYTHON)


def install_python(folder: pathlib.Path, *what: str | pathlib.Path) -> None:
    """Install Python packages into ``lib`` and ``bin`` of a folder."""
    site = folder / 'lib'
    _run(sys.executable, '-m', 'pip', 'install', '--quiet',
         '--disable-pip-version-check', '--no-warn-conflicts',
         '--target', site, *what)
    shutil.rmtree(site / 'bin' / '__pycache__', ignore_errors=True)
    (site / 'bin').rename(folder / 'bin')
    for path in (folder / 'bin').iterdir():
        first, _, rest = path.read_bytes().partition(b'\n')
        if first.startswith(b'#!') and b'python' in first:
            path.write_bytes(b'#!/usr/bin/python3\n' + rest)


def _make_disk(folder: pathlib.Path) -> None:
    """Make the disk, the RAM disk that finds it, and the key to get in."""
    _run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / 'key')
    modules = _modules(MODULES)
    _make_ram_disk(folder / 'initrd', _modules(FIRST_MODULES))
    root = folder / 'root'
    _run('cp', '--archive', place.CACHE / 'system', root)
    (root / 'lab').mkdir()
    for path in GUEST.iterdir():
        shutil.copy(path, root / 'lab')
    tools = place.CACHE / 'tools'
    version = kernel_version(tools)
    for path in (*modules, *(tools / 'lib/modules' / version).glob(
            'modules.[bo]*')):
        target = root / path.relative_to(tools)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _run(*tool(tools, 'bin/kmod', 'depmod'), '-b', root, version)
    shutil.copytree(place.CACHE / 'python' / 'lib', root / SITE,
                    dirs_exist_ok=True)
    shutil.copytree(place.CACHE / 'python' / 'bin', root / 'usr/local/bin',
                    dirs_exist_ok=True)
    (root / 'root/.ssh').mkdir(mode=0o700, exist_ok=True)
    shutil.copy(folder / 'key.pub', root / 'root/.ssh/authorized_keys')
    _run('mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-E',
         'lazy_itable_init=1,root_owner=0:0', '-d', root,
         folder / 'disk.img', f'{DISK_MB}m')
    shutil.rmtree(root)


def _make_ram_disk(path: pathlib.Path, modules: list[pathlib.Path]) -> None:
    folder = path.with_suffix('.files')
    for name in ('bin', 'dev', 'mnt', 'modules', 'proc', 'sys'):
        (folder / name).mkdir(parents=True)
    busybox = place.CACHE / 'tools' / 'bin' / 'busybox'
    shutil.copy(busybox, folder / 'bin')
    (folder / 'bin/sh').symlink_to('busybox')
    shutil.copy(GUEST / 'init', folder)
    for module in modules:
        shutil.copy(module, folder / 'modules')
    (folder / 'modules/order').write_text(
        ''.join(f'{module.name}\n' for module in modules))
    names = '\n'.join(str(each.relative_to(folder))
                      for each in sorted(folder.rglob('*')))
    with path.open('wb') as archive:
        subprocess.run([busybox, 'cpio', '-o', '-H', 'newc'], check=True,
                       cwd=folder, input=names.encode(), stdout=archive,
                       stderr=subprocess.DEVNULL)
    shutil.rmtree(folder)


def _modules(names: Iterable[str]) -> list[pathlib.Path]:
    """Return the files of modules and of all that they need, in order."""
    tools = place.CACHE / 'tools'
    lines = _run(*tool(tools, 'bin/kmod', 'modprobe'), '--dirname', tools,
                 '--set-version', kernel_version(tools), '--show-depends',
                 '--all', *names).splitlines()
    return [pathlib.Path(line.split()[1]) for line in dict.fromkeys(lines)
            if line.startswith('insmod')]


def kernel_version(tools: pathlib.Path) -> str:
    """Return the release of the kernel, as its modules' folder is called."""
    return next((tools / 'lib/modules').iterdir()).name


def tool(tools: pathlib.Path, program: str, name: str) -> tuple[str, ...]:
    """Return how to call a program of the tools, with its own libraries."""
    libraries = ':'.join(str(tools / where) for where in (
        'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'))
    return (str(tools / 'lib64/ld-linux-x86-64.so.2'), '--library-path',
            libraries, '--argv0', name, str(tools / program))


def _run(*command: str | pathlib.Path) -> str:
    """Run a step; what it says of a fault goes where we write ours."""
    environment = {key: value for key, value in os.environ.items()
                   if key != 'PYTHONDONTWRITEBYTECODE'}
    return subprocess.run(
        [str(word) for word in command], check=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment,
        timeout=1800).stdout
