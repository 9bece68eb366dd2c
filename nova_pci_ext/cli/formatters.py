# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci`` adds to cliff's output formats."""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TextIO

from cliff.formatters import base


class TreeFormatter(base.ListFormatter):
    """Lines that are a tree already; ``Lister`` has escaped them."""

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """Add nothing: how a tree is drawn, its command decides."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the only column."""
        for (line,) in data:
            print(line, file=stdout)
