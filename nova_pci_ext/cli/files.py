# SPDX-License-Identifier: Apache-2.0

"""Files that a command line names; ``-`` is the standard input or output."""

import argparse
import atexit
import pathlib
import shutil
import sys
import tempfile
from typing import TextIO

from nova_pci_ext.discovery import whole_files

STREAM = '-'
#: How ``-`` is called in what is said of its content.
_NAME = 'standard-input'
_FOLDER = 'nova-pci-stdin-'


def to_read(text: str) -> pathlib.Path:
    """Return the path of a file to read, for ``type`` of an argument.

    What comes in on the standard input is kept in a file until the command
    ends: Nova's own code reads its configuration by path, and again.

    :raises ArgumentTypeError: if nothing comes in
    """
    if text != STREAM:
        return pathlib.Path(text)
    content = getattr(sys.stdin, 'buffer', sys.stdin).read(
        whole_files.LONGEST + 1)
    if not content:
        raise argparse.ArgumentTypeError(
            '-: the standard input is empty, or was read already for '
            'another argument')
    folder = pathlib.Path(tempfile.mkdtemp(prefix=_FOLDER))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / _NAME
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    return path


def picture(text: str) -> pathlib.Path:
    """Return the path of a picture to write.

    :raises ArgumentTypeError: for the name of any other kind of picture
    """
    path = pathlib.Path(text)
    if path.suffix.lower() not in ('', '.svg'):
        raise argparse.ArgumentTypeError(
            f'{text}: pictures are written as SVG; expected a name that ends '
            'with .svg, of which "rsvg-convert --output host.png host.svg" '
            'makes a PNG')
    return path


def was_stream(path: pathlib.Path) -> bool:
    """Whether a path is of what came in on the standard input."""
    return path.name == _NAME and path.parent.name.startswith(_FOLDER)


def is_stream(path: pathlib.Path | None) -> bool:
    """Whether a file to write is the standard output."""
    return path is not None and str(path) == STREAM


def write(path: pathlib.Path, text: str, stdout: TextIO) -> None:
    """Write a file, or to the standard output.

    :raises DiscoveryError: if it cannot be written
    """
    if is_stream(path):
        stdout.write(text)
    else:
        whole_files.write(path, text)
