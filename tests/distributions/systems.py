# SPDX-License-Identifier: Apache-2.0

"""The distributions, and how a folder becomes one of them."""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import urllib.request

#: What README asks for, and what makes a user and reaches a registry.
PACKAGES = ('git', 'make', 'python3-venv', 'passwd', 'ca-certificates')
UBUNTU = 'http://archive.ubuntu.com/ubuntu'
#: Debian 12 has no package of Ubuntu's keys, so Ubuntu's own is unpacked.
UBUNTU_KEYS = f'{UBUNTU}/pool/main/u/ubuntu-keyring/' \
    'ubuntu-keyring_2023.11.28.1_all.deb'
UBUNTU_KEYS_SHA256 = \
    '36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8'
CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt'
USER, UID = 'newcomer', 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A distribution, and where its packages come from.

    :ivar keys: the file that verifies them; None for what apt trusts here
    """

    name: str
    mirror: str
    components: str
    keys: str | None = None


SYSTEMS = {
    'trixie': System(name='Debian 13', mirror='http://deb.debian.org/debian',
                     components='main',
                     keys='/usr/share/keyrings/debian-archive-keyring.gpg'),
    'noble': System(name='Ubuntu 24.04', mirror=UBUNTU,
                    components='main,universe')}


class UnreadableError(Exception):
    """What was fetched is not what was expected; says both."""


def make(suite: str, root: pathlib.Path, keep: pathlib.Path) -> None:
    """Fill an empty folder with a distribution and an ordinary user.

    :param keep: where keys are unpacked
    :raises UnreadableError: for keys with another checksum
    :raises CalledProcessError: for a package that cannot be had
    """
    system = SYSTEMS[suite]
    keys = system.keys or str(_ubuntu_keys(keep))
    subprocess.run(
        ['mmdebstrap', '--quiet', '--mode=root', '--variant=apt',
         f'--include={",".join(PACKAGES)}', f'--keyring={keys}',
         f'--components={system.components}', suite, str(root),
         system.mirror], check=True)
    shutil.copyfile('/etc/resolv.conf', root / 'etc' / 'resolv.conf')
    (root / 'etc' / 'hosts').write_text('127.0.0.1 localhost\n')
    # A registry may be behind a gateway that this machine trusts.
    shutil.copyfile(f'/{CERTIFICATES}', root / CERTIFICATES)
    subprocess.run(
        ['chroot', str(root), 'useradd', '--create-home', '--uid', str(UID),
         '--user-group', USER], check=True)


def clone(source: pathlib.Path, root: pathlib.Path, place: str) -> None:
    """Clone what is committed to a folder of the distribution's user.

    :param place: the folder, as the user sees it
    """
    target = root / place.lstrip('/')
    subprocess.run(['git', 'clone', '--quiet', '--no-hardlinks', str(source),
                    str(target)], check=True)
    for folder, _, files in os.walk(target.parent):
        for path in (folder, *(os.path.join(folder, each)
                               for each in files)):
            os.chown(path, UID, UID, follow_symlinks=False)


def _ubuntu_keys(keep: pathlib.Path) -> pathlib.Path:
    with urllib.request.urlopen(UBUNTU_KEYS, timeout=60) as answer:
        found = answer.read()
    checksum = hashlib.sha256(found).hexdigest()
    if checksum != UBUNTU_KEYS_SHA256:
        raise UnreadableError(
            f'{UBUNTU_KEYS}: expected SHA-256 {UBUNTU_KEYS_SHA256}, got '
            f'{checksum}')
    package = keep / 'ubuntu-keyring.deb'
    package.write_bytes(found)
    subprocess.run(['dpkg-deb', '--extract', str(package), str(keep)],
                   check=True)
    return keep / 'usr' / 'share' / 'keyrings' / 'ubuntu-archive-keyring.gpg'
