# SPDX-License-Identifier: Apache-2.0

"""Files that people name: read with a bound, written whole or not at all."""

import contextlib
import os
import pathlib
import secrets
import stat

from nova_pci_ext import exceptions

#: Bytes. A host with a hundred thousand devices is recorded in less.
LONGEST = 64 * 1024 * 1024


def read(path: pathlib.Path) -> str:
    """Read a file, or what a pipe brings.

    A FIFO that nobody writes to is empty, so nobody waits for it.

    :raises DiscoveryError: if it cannot be read, is a device or a folder, is
        too long, or is no UTF-8
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(number, 'rb') as file:
            kind = os.fstat(number).st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
                raise exceptions.DiscoveryError(str(path), 'not a file')
            os.set_blocking(number, True)
            content = file.read(LONGEST + 1)
    except OSError as exc:
        raise exceptions.DiscoveryError(
            str(path), f'cannot be read: {exc.strerror}') from exc
    if len(content) > LONGEST:
        raise exceptions.DiscoveryError(
            str(path), f'is longer than {LONGEST} bytes')
    try:
        return content.decode('utf-8')
    except UnicodeDecodeError as exc:
        raise exceptions.DiscoveryError(
            str(path), f'is not UTF-8 at byte {exc.start}') from exc


def write(path: pathlib.Path, text: str) -> None:
    """Write a file so that at every moment it is the old one or the new.

    The new one is written beside the old, and takes its place, its mode and,
    where that is allowed, its owner.  A pipe or a terminal is written to.

    :raises DiscoveryError: if it cannot be written; the old file is whole
    """
    try:
        content = text.encode('utf-8')
        old = os.stat(path) if os.path.exists(path) else None
        if old is not None and not stat.S_ISREG(old.st_mode):
            path.write_bytes(content)
        else:
            _replace(os.path.realpath(path), content, old)
    except UnicodeEncodeError as exc:
        raise exceptions.DiscoveryError(
            str(path), 'cannot be written: '
            f'{text[exc.start]!r} is not a character') from exc
    except OSError as exc:
        raise exceptions.DiscoveryError(
            str(path), f'cannot be written: {exc.strerror}') from exc


def _replace(target: str, content: bytes, old: os.stat_result | None) -> None:
    beside = os.path.join(os.path.dirname(target),
                          f'.nova-pci-{secrets.token_hex(8)}')
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL
                     | os.O_CLOEXEC, 0o666)
    try:
        with open(number, 'wb') as file:
            if old is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(number, old.st_uid, old.st_gid)
                os.fchmod(number, stat.S_IMODE(old.st_mode))
            file.write(content)
            file.flush()
            os.fsync(number)
        os.rename(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
