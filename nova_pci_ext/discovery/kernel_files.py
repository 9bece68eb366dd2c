# SPDX-License-Identifier: Apache-2.0

"""Small files and links of sysfs, read so that a vanished one is not an error.

A device can be unplugged, and VFs can be unmade, while they are read; so
everything here answers None where there is nothing (any more).

The tree can be somebody else's: a recording. So only regular files are read,
none without a bound, and no link is followed that leads out of the tree.
"""

import os
import stat

from nova_pci_ext import exceptions

# The largest page that Linux has.
_PAGE = 65536
# /proc/interrupts of a machine with a thousand CPUs has some twenty.
_LONGEST = 64 * 1024 * 1024


class Root:
    """The folder that holds ``sys`` and ``proc``, ``/`` or a recording.

    Every method takes paths that begin with the folder's, in parts.

    :ivar path: as text
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        real = os.path.realpath(path)
        self._inside = real if real == '/' else real + '/'
        self._folders: set[str] = set()

    def text(self, *parts: str) -> str | None:
        """Return the text of a file of sysfs without the line's end.

        Such a file has one page at most.  It is read without Python's file
        objects, which cost more than the kernel does when a host has
        thousands of devices.
        """
        number = self.open(*parts)
        if number is None:
            return None
        try:
            return os.read(number, _PAGE).decode('utf-8', 'replace').strip()
        except OSError:
            return None
        finally:
            os.close(number)

    def long_text(self, *parts: str) -> str | None:
        """Return the text of a longer file, of procfs for example.

        :raises DiscoveryError: if it is longer than any such file
        """
        number = self.open(*parts)
        if number is None:
            return None
        try:
            with open(number, 'rb') as file:
                content = file.read(_LONGEST + 1)
        except OSError:
            return None
        if len(content) > _LONGEST:
            raise exceptions.DiscoveryError(
                '/'.join(parts), f'is longer than {_LONGEST} bytes')
        return content.decode('utf-8', 'replace').strip()

    def lines(self, *parts: str) -> list[str]:
        """Read the lines of a long file; none where it cannot be read."""
        return (self.long_text(*parts) or '').splitlines()

    def number(self, *parts: str) -> int | None:
        """Return the decimal number that a file holds."""
        found = self.text(*parts)
        try:
            return int(found) if found else None
        except ValueError:
            return None

    def names(self, *parts: str) -> tuple[str, ...]:
        """List a folder, sorted; empty where there is none."""
        folder = '/'.join(parts)
        self.enter(folder)
        try:
            return tuple(sorted(os.listdir(folder)))
        except OSError:
            return ()

    def link(self, *parts: str) -> str | None:
        """Name what a symbolic link points to, the last part of its target."""
        path = '/'.join(parts)
        self.enter(os.path.dirname(path))
        try:
            return os.path.basename(os.readlink(path))
        except OSError:
            return None

    def open(self, *parts: str) -> int | None:
        """Open a regular file.

        :returns: the file descriptor, for the caller to close; None for what
            is not a regular file: to open a device can do something, and who
            reads a FIFO waits for its writer
        :raises DiscoveryError: if it is a link that leads out of the tree
        """
        path = '/'.join(parts)
        self.enter(os.path.dirname(path))
        try:
            kind = os.lstat(path).st_mode
            if stat.S_ISLNK(kind):
                self.real(path)
                kind = os.stat(path).st_mode
            if not stat.S_ISREG(kind):
                return None
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (OSError, ValueError):
            return None

    def enter(self, folder: str) -> None:
        """Make sure that a folder is in the tree; each is looked at once.

        :raises DiscoveryError: if a link on the way leads out of the tree
        """
        if self._inside != '/' and folder not in self._folders:
            self.real(folder)
            self._folders.add(folder)

    def real(self, path: str) -> str:
        """Return a path with all its links followed.

        :raises DiscoveryError: if one of them leads out of the tree
        """
        try:
            found = os.path.realpath(path)
        except ValueError as exc:
            # A name with a NUL, which only the text of a file can hold.
            raise exceptions.DiscoveryError(path, 'not a path') from exc
        if not f'{found}/'.startswith(self._inside):
            raise exceptions.DiscoveryError(
                path, f'leads to {found}, which is not below {self.path}')
        return found


class Folder:
    """One folder, listed once: what it does not hold is never looked for.

    :ivar path: as text
    :ivar names: what it held when it was listed
    """

    def __init__(self, root: Root, path: str) -> None:
        self.root = root
        self.path = path
        self.names = root.names(path)

    def text(self, name: str) -> str | None:
        """Return the text of a file, None for an empty one too."""
        return (self.root.text(self.path, name) or None
                if name in self.names else None)

    def number(self, name: str) -> int | None:
        """Return the decimal number that a file holds."""
        return (self.root.number(self.path, name)
                if name in self.names else None)

    def link(self, name: str) -> str | None:
        """Name what a symbolic link points to."""
        return (self.root.link(self.path, name)
                if name in self.names else None)
