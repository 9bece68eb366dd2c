# SPDX-License-Identifier: Apache-2.0

"""A terminal with commands and what they printed, which has no colours."""

from tools.pictures.canvas import Canvas
from tools.pictures.canvas import LETTER
from tools.pictures.canvas import LINE

MARGIN, BAR = 14, 30
STYLE = """\
text { font: 12px 'DejaVu Sans Mono', Menlo, Consolas, monospace;
       fill: #d6dbe4; white-space: pre; }
.page { fill: #161b22; stroke: #444c56; }
.command { fill: #ffffff; font-weight: bold; }
"""


def draw(transcript: str) -> Canvas:
    """Return the picture.

    :param transcript: lines; a command begins with ``$``, and goes on in
        the next line after a backslash
    """
    lines = transcript.rstrip('\n').split('\n')
    width = 2 * MARGIN + LETTER * max(map(len, lines))
    canvas = Canvas(round(width), BAR + LINE * len(lines) + MARGIN, STYLE)
    goes_on = False
    for number, line in enumerate(lines):
        is_command = line.startswith('$') or goes_on
        goes_on = is_command and line.endswith('\\')
        text = line.lstrip(' ')
        if text:
            canvas.text((MARGIN + LETTER * (len(line) - len(text)),
                         BAR + LINE * number), text,
                        'command' if is_command else '')
    return canvas
