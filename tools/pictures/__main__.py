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

"""Draw the pictures of the documentation anew.

    python -m tools.pictures

What they show comes from the code and from a transcript that a test runs;
another test says when a picture is older than its source.
"""

import pathlib
from collections.abc import Mapping

from tests.unit import test_layering
from tools.pictures import flow
from tools.pictures import layers
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
            (FOLDER / 'terminal.txt').read_text())}


if __name__ == '__main__':
    for name, canvas in pictures().items():
        (FOLDER / name).write_text(canvas.render())
