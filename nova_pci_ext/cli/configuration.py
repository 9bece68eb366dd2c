# SPDX-License-Identifier: Apache-2.0

"""What the commands that read a configuration have in common."""

import argparse
import pathlib

from nova_pci_ext.configuration.config_files import SourceKind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--config-file`` and ``--config-dir``, in any order and number."""
    for kind in SourceKind:
        parser.add_argument(
            f'--config-{kind}', dest='sources', action='append', default=[],
            metavar='PATH', type=_typed(kind),
            help='a file that the service reads; may be repeated, later '
                 'ones win (default: those of nova-compute)'
            if kind is SourceKind.FILE else
            'a folder whose *.conf files the service reads; may be repeated '
            '(default: those of nova-compute)')


class _typed:
    """Remember of a path which option it came with."""

    def __init__(self, kind: SourceKind) -> None:
        self._kind = kind

    def __call__(self, text: str) -> tuple[SourceKind, pathlib.Path]:
        return self._kind, pathlib.Path(text)
