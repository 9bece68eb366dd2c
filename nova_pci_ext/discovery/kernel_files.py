# SPDX-License-Identifier: Apache-2.0

"""Small files and links of sysfs, read so that a vanished one is no error.

A device can be unplugged, and VFs can be unmade, while they are read; so
everything here answers None where there is nothing (any more).
"""

import os

# The largest page that Linux has.
_PAGE = 65536


def text(*parts: str) -> str | None:
    """Return the text of a file of sysfs without the line's end.

    Such a file has one page at most.  It is read without Python's file
    objects, which cost more than the kernel does when a host has thousands
    of devices.
    """
    try:
        number = os.open('/'.join(parts), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(number, _PAGE).decode('utf-8', 'replace').strip()
    except OSError:
        return None
    finally:
        os.close(number)


def long_text(path: str) -> str | None:
    """Return the text of a file of any length, of procfs for example."""
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read().strip()
    except OSError:
        return None


def number(*parts: str) -> int | None:
    """Return the decimal number that a file holds."""
    found = text(*parts)
    try:
        return int(found) if found else None
    except ValueError:
        return None


def link(*parts: str) -> str | None:
    """Name what a symbolic link points to, the last part of its target."""
    try:
        return os.path.basename(os.readlink('/'.join(parts)))
    except OSError:
        return None


def names(*parts: str) -> tuple[str, ...]:
    """List a folder, sorted; empty where there is none."""
    try:
        return tuple(sorted(os.listdir('/'.join(parts))))
    except OSError:
        return ()


class Folder:
    """One folder, listed once: what it does not hold is never looked for.

    :ivar path: as text
    :ivar names: what it held when it was listed
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.names = names(path)

    def text(self, name: str) -> str | None:
        """Return the text of a file, None for an empty one too."""
        return text(self.path, name) or None if name in self.names else None

    def number(self, name: str) -> int | None:
        """Return the decimal number that a file holds."""
        return number(self.path, name) if name in self.names else None

    def link(self, name: str) -> str | None:
        """Name what a symbolic link points to."""
        return link(self.path, name) if name in self.names else None
