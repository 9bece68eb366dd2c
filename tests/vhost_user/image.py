# SPDX-License-Identifier: Apache-2.0

"""The kernel of the guests, and the RAM disk that is all of their system."""

import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: What ``install.sh`` has unpacked.
UNPACKED = ROOT / '.vhost-user' / 'root'
MODULES = ('virtio_pci', 'virtio_net')
INIT = pathlib.Path(__file__).with_name('init')


def kernel():
    """Return the path of the kernel."""
    (found,) = (UNPACKED / 'boot').glob('vmlinuz-*')
    return found


def make_ram_disk(folder):
    """Make the RAM disk in a folder, and return its path."""
    files = folder / 'files'
    for name in ('bin', 'dev', 'modules', 'proc'):
        (files / name).mkdir(parents=True)
    shutil.copy(UNPACKED / 'bin' / 'busybox', files / 'bin')
    (files / 'bin' / 'sh').symlink_to('busybox')
    shutil.copy(INIT, files)
    (files / 'init').chmod(0o755)
    modules = _modules()
    for module in modules:
        shutil.copy(module, files / 'modules')
    (files / 'modules' / 'order').write_text(
        ''.join(f'{module.name}\n' for module in modules))
    names = '\n'.join(str(each.relative_to(files))
                      for each in sorted(files.rglob('*')))
    path = folder / 'initrd'
    with path.open('wb') as archive:
        subprocess.run(
            [UNPACKED / 'bin' / 'busybox', 'cpio', '-o', '-H', 'newc'],
            check=True, cwd=files, input=names.encode(), stdout=archive,
            stderr=subprocess.DEVNULL)
    return path


def _modules():
    """Return the files of the modules and of all that they need, in order."""
    release = kernel().name.removeprefix('vmlinuz-')
    subprocess.run(['depmod', '-b', UNPACKED, release], check=True)
    lines = subprocess.run(
        ['modprobe', '--dirname', UNPACKED, '--set-version', release,
         '--show-depends', '--all', *MODULES], check=True,
        capture_output=True, text=True).stdout.splitlines()
    return [pathlib.Path(line.split()[1]) for line in dict.fromkeys(lines)
            if line.startswith('insmod')]
