# SPDX-License-Identifier: Apache-2.0

"""What the commands that read a configuration have in common."""

import argparse
import os
import pathlib
from collections.abc import Sequence

from nova_pci_ext.cli import files
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration.config_files import SourceKind

# Where a packaged Nova has its configuration.
_FOLDERS = (pathlib.Path('/etc/nova'), pathlib.Path('/etc/nova/nova.conf.d'))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--config-file`` and ``--config-dir``, in any order and number."""
    for kind in SourceKind:
        parser.add_argument(
            f'--config-{kind}', dest='sources', action='append', default=[],
            metavar='PATH', type=_typed(kind),
            help='a file that the service reads; may be repeated, later '
                 'ones win (default: those of nova-compute)'
            if kind is SourceKind.FILE else
            'a folder of which the service reads what ends in .conf; may be '
            'repeated (default: those of nova-compute)')


def unreadable(sources: Sequence[tuple[SourceKind, pathlib.Path]],
               ) -> list[str]:
    """List what of the configuration is there, and this user cannot read.

    :param sources: as on the command line
    """
    found = [path for path in config_files.find_files(sources)
             if os.path.lexists(path) and not os.access(path, os.R_OK)]
    if not sources:
        # What is in a folder without permission cannot be seen at all.
        found += [folder for folder in _FOLDERS if folder.is_dir()
                  and not os.access(folder, os.R_OK | os.X_OK)]
    return list(map(str, found))


class _typed:
    """Remember of a path which option it came with."""

    def __init__(self, kind: SourceKind) -> None:
        self._kind = kind

    def __call__(self, text: str) -> tuple[SourceKind, pathlib.Path]:
        return self._kind, (files.to_read(text) if self._kind is
                            SourceKind.FILE else pathlib.Path(text))
