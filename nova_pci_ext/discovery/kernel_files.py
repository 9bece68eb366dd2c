#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Small files and links of sysfs, read so that a vanished one is no error.

A device can be unplugged, and VFs can be unmade, while they are read; so
everything here answers None where there is nothing (any more).
"""

import os


def text(*parts: str) -> str | None:
    """Return the text of a file without the line's end."""
    try:
        with open(os.path.join(*parts), 'rb') as file:
            return file.read().decode('utf-8', 'replace').strip()
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
        return os.path.basename(os.readlink(os.path.join(*parts)))
    except OSError:
        return None


def names(*parts: str) -> tuple[str, ...]:
    """List a folder, sorted; empty where there is none."""
    try:
        return tuple(sorted(os.listdir(os.path.join(*parts))))
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
