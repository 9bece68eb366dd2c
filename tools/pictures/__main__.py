# SPDX-License-Identifier: Apache-2.0

"""Draw the pictures of the documentation anew.

    python -m tools.pictures

What they show comes from the code, from a transcript that a test runs, and
from what ``benchmarks/realistic.py`` measured, whose table is written too;
another test says when a picture is older than its source.
"""

import pathlib
from collections.abc import Mapping

from tests.unit import test_layering
from tools.pictures import flow
from tools.pictures import layers
from tools.pictures import parts
from tools.pictures import realistic
from tools.pictures import states
from tools.pictures import terminal
from tools.pictures.canvas import Canvas

FOLDER = pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'images'


def pictures() -> Mapping[str, Canvas]:
    """Return each picture by the name of its file."""
    return {
        'data-flow.svg': flow.draw(),
        'layers.svg': layers.draw(test_layering.LAYERS),
        'states.svg': states.draw(),
        'terminal.svg': terminal.draw(
            (FOLDER / 'terminal.txt').read_text()),
        **parts.pictures(),
        **realistic.pictures(realistic.measured())}


if __name__ == '__main__':
    for name, canvas in pictures().items():
        (FOLDER / name).write_text(canvas.render())
    found = realistic.measured()
    for name, page in realistic.pages(found).items():
        (realistic.SOURCE / name).write_text(page)
    realistic.README.write_text(
        realistic.readme(realistic.README.read_text(), found))
