# SPDX-License-Identifier: Apache-2.0

"""The file in which a host keeps what is drained.

``nova-pci drain`` writes it, and nova-compute reads it and adds the marks that
it sets itself.  A new file takes the place of the old one, so that a look at
the name tells whether it is another.
A file that cannot be read is not an empty one: its reader has to hold back
whatever it might name.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import stat
import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.model.health import AcceptedFacts

FORMAT = 'nova-pci-drained'
#: Bytes: a mark of each of ten thousand devices, read while a claim waits.
LONGEST = 8 * 1024 * 1024
#: nova-compute runs as another user than the command.
_MODE = 0o644

#: Differs between any two files that were at one place.
Stamp = tuple[int, ...]


def stamp(path: pathlib.Path) -> Stamp | None:
    """Return what tells a file from its successor, None where there is none.

    A name that cannot be looked at is told from one that is not there.
    """
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return (error.errno or 0,)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns,
            found.st_ctime_ns)


def read(path: pathlib.Path) -> tuple[Mark, ...]:
    """Read the marks alone, as ``read_all``."""
    return read_all(path).drained


def read_all(path: pathlib.Path) -> Marks:
    """Read what a host keeps, nothing where there is no file.

    :raises DiscoveryError: if there is one, and it cannot be read whole
    """
    if stamp(path) is None:
        return Marks()
    try:
        there = os.stat(path)
        if not stat.S_ISREG(there.st_mode):
            # Who reads a pipe waits for its writer, and nova-compute reads.
            raise exceptions.DiscoveryError(str(path), 'not a file')
        if there.st_size > LONGEST:
            raise exceptions.DiscoveryError(
                str(path), f'is longer than {LONGEST} bytes')
        content = json.loads(whole_files.read(path))
        if content['format'] != FORMAT or content['version'] != 1:
            raise ValueError
        return Marks(
            drained=tuple(map(_mark, content['drained'])),
            accepted=tuple(map(_accepted, content.get('accepted', ()))))
    except OSError as exc:
        raise exceptions.DiscoveryError(
            str(path), f'cannot be read: {exc.strerror}') from exc
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError,
            exceptions.AddressError) as exc:
        raise exceptions.DiscoveryError(
            str(path), 'not a file of nova-pci drain; restore it, or '
                       'remove it and drain again') from exc


def change(path: pathlib.Path,
           make: Callable[[tuple[Mark, ...]], Iterable[Mark]],
           ) -> tuple[Mark, ...]:
    """Replace the marks alone, as ``change_all``."""
    return change_all(path, lambda old: dataclasses.replace(
        old, drained=tuple(make(old.drained)))).drained


def change_all(path: pathlib.Path, make: Callable[[Marks], Marks]) -> Marks:
    """Replace what a host keeps by what is made of it.

    :returns: the new
    :raises DiscoveryError: if the file cannot be read or written, or another
        command is writing it; then it is as it was
    """
    with _alone(path):
        marks = make(read_all(path))
        text = json.dumps({
            'format': FORMAT, 'version': 1,
            'drained': [_plain(mark) for mark in marks.drained],
            'accepted': [_plain(each) for each in marks.accepted]}, indent=1)
        # The mode is that of the old file; that of a new one is ours.
        before = os.umask(0o777 & ~_MODE)
        try:
            whole_files.write(path, f'{text}\n')
        finally:
            os.umask(before)
    return marks


@contextlib.contextmanager
def _alone(path: pathlib.Path) -> Iterator[None]:
    """Keep other commands out; to look at the marks needs no lock."""
    beside = path.with_name(f'{path.name}.lock')
    try:
        number = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                         | os.O_NOFOLLOW, 0o600)
    except OSError as exc:
        raise exceptions.DiscoveryError(
            str(path), f'cannot be written: {exc.strerror}') from exc
    try:
        # nova-compute takes it too: it has the folder, and root has all.
        folder = os.stat(beside.parent)
        with contextlib.suppress(OSError):
            os.fchown(number, folder.st_uid, folder.st_gid)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise exceptions.DiscoveryError(
                str(path), 'another nova-pci or nova-compute is writing it; '
                           'try again') from exc
        yield
    finally:
        os.close(number)


def _plain(found: object) -> dict[str, object]:
    """Return a value as JSON has it, without what it does not say."""
    return {
        field.name: _plain(value) if dataclasses.is_dataclass(value)
        else value for field in dataclasses.fields(typing.cast(Any, found))
        if (value := getattr(found, field.name)) is not None}


def _mark(found: object) -> Mark:
    """Read one mark; a word that is not known could mean anything.

    :raises ValueError: or another error, if it is not as we write it
    """
    plain: dict[str, Any] = typing.cast(dict[str, Any], found)
    address = plain.get('address')
    mark = Mark(**{
        **plain,
        'address': address if address is None
        else str(PciAddress.parse(address)),
        'origin': Origin(plain.get('origin', Origin.OPERATOR)),
        'card': _card(plain.get('card'))})
    if not all(isinstance(text, str)
               for text in (mark.reason, mark.since, mark.by)):
        raise ValueError
    return mark


def _card(found: object) -> CardFunction | None:
    """Read what a device is; raises as ``_mark``."""
    if found is None:
        return None
    card = CardFunction(**typing.cast(dict[str, Any], found))
    if not (isinstance(card.serial, str) and type(card.function) is int
            and type(card.offset) is int):
        raise ValueError
    return card


def _accepted(found: object) -> Accepted:
    """Read a card that is back in service; raises as ``_mark``."""
    plain: dict[str, Any] = typing.cast(dict[str, Any], found)
    facts = plain.get('facts')
    if facts is not None:
        facts = AcceptedFacts(**facts)
        for field in dataclasses.fields(facts):
            if type(getattr(facts, field.name)) not in (
                    int, type(None), *([float] * (field.name == 'speed'))):
                raise ValueError
    return Accepted(**{
        **plain, 'address': str(PciAddress.parse(plain['address'])),
        'card': _card(plain.get('card')), 'facts': facts})
