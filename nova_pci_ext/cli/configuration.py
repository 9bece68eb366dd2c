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


"""What the commands that read a configuration have in common."""

import argparse
import pathlib

from nova_pci_ext.config_files import SourceKind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--config-file`` and ``--config-dir``, in any order and number."""
    for kind in SourceKind:
        parser.add_argument(
            f'--config-{kind}', dest='sources', action='append', default=[],
            metavar='PATH', type=_typed(kind),
            help='a file that the service reads; may be repeated, later '
                 'ones win (default: /etc/nova/nova.conf)'
            if kind is SourceKind.FILE else
            'a folder whose *.conf files the service reads; may be repeated '
            '(default: /etc/nova/nova.conf.d)')


class _typed:
    """Remember of a path which option it came with."""

    def __init__(self, kind: SourceKind) -> None:
        self._kind = kind

    def __call__(self, text: str) -> tuple[SourceKind, pathlib.Path]:
        return self._kind, pathlib.Path(text)
