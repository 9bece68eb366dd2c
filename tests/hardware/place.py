# SPDX-License-Identifier: Apache-2.0
"""Where the machine's files lie, and how it is called."""

import dataclasses
import pathlib

from cloud import layout

FOLDER = layout.ROOT / '.hardware'
#: What is made once, and made anew when its recipe changes.
CACHE = FOLDER / 'cache'
#: The name of the machine, and of its compute in the cloud.
HOST = 'hardware-1'
#: The process, its log (what the machine prints) and the compute inside.
MACHINE = 'machine'
COMPUTE = f'compute-{HOST}'


def find_place(folder: pathlib.Path = FOLDER / 'run') -> layout.Layout:
    """Return the cloud that the machine's compute joins."""
    return dataclasses.replace(layout.find_layout(folder), joined=(HOST,))


def ssh_port(place: layout.Layout) -> int:
    """Return the port of this machine that leads to the other's sshd."""
    return place.base_port + len(layout.PORTS)
