# SPDX-License-Identifier: Apache-2.0

"""A terminal with commands and what they printed."""

from tools.pictures.canvas import Canvas
from tools.pictures.canvas import LETTER
from tools.pictures.canvas import LINE

MARGIN, BAR = 14, 30
STYLE = """\
text { font: 12px 'DejaVu Sans Mono', Menlo, Consolas, monospace;
       fill: #d6dbe4; white-space: pre; }
.page { fill: #161b22; stroke: #444c56; }
.command { fill: #ffffff; font-weight: bold; }
.passes { fill: #7ee787; }
.never { fill: #ff9b8e; }
.nearest { fill: #f2cc60; }
.rule { fill: #5d6673; }
"""


def draw(transcript: str) -> Canvas:
    """Return the picture.

    :param transcript: lines; a command begins with ``$``, and goes on in
        the next line after a backslash
    """
    lines = transcript.rstrip('\n').split('\n')
    width = 2 * MARGIN + LETTER * max(map(len, lines))
    canvas = Canvas(round(width), BAR + LINE * len(lines) + MARGIN, STYLE)
    style, goes_on, is_near = '', False, False
    for number, line in enumerate(lines):
        is_command = line.startswith('$') or goes_on
        goes_on = is_command and line.endswith('\\')
        is_near = not is_command and (
            line.startswith('nearest') or (is_near and line[:1] == ' '))
        style = ('command' if is_command else 'nearest' if is_near
                 else _style(line))
        text = line.lstrip(' ')
        if text:
            canvas.text((MARGIN + LETTER * (len(line) - len(text)),
                         BAR + LINE * number), text, style)
    return canvas


def _style(line: str) -> str:
    """Return the colour of a line that a command printed."""
    if line.startswith('+-'):
        return 'rule'
    if 'not possible on this host' in line:
        return 'never'
    return 'passes' if '| passes' in line or line.endswith(' pass') else ''
