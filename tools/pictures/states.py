# SPDX-License-Identifier: Apache-2.0

"""The states of a device, and the moves between them, from the rules."""

from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import claims
from nova_pci_ext.model.claim import ClaimState
from tools.pictures.canvas import Canvas
from tools.pictures.canvas import Point

S = ClaimState
WIDTH = 150
# Where a state stands, its colour, and what it means in a few words.
PLACES: Mapping[ClaimState, tuple[Point, str, str]] = {
    S.AVAILABLE: ((30, 60), 'free', 'nobody has it'),
    S.CLAIMED: ((330, 60), 'owned', 'reserved'),
    S.ALLOCATED: ((630, 60), 'owned', 'a server has it'),
    S.UNCLAIMABLE: ((330, 180), 'dependent', 'relative claimed'),
    S.UNAVAILABLE: ((630, 180), 'dependent', 'relative owned'),
    S.REMOVED: ((30, 260), 'gone', 'gone from the host'),
    S.DELETED: ((30, 360), 'gone', 'row deleted')}
# The way of an arrow, and where its name stands. A move without a way here
# is a KeyError, so none can be missing in the picture.
WAYS: Mapping[tuple[ClaimState, ClaimState], tuple[Point, ...]] = {
    (S.AVAILABLE, S.CLAIMED): ((230, 68), (180, 74), (330, 74)),
    (S.CLAIMED, S.ALLOCATED): ((526, 76), (480, 82), (630, 82)),
    (S.CLAIMED, S.AVAILABLE): ((236, 110), (330, 94), (180, 94)),
    (S.ALLOCATED, S.AVAILABLE): (
        (390, 20), (705, 60), (705, 26), (105, 26), (105, 60)),
    (S.AVAILABLE, S.REMOVED): ((112, 190), (105, 104), (105, 260)),
    (S.UNCLAIMABLE, S.REMOVED): (
        (236, 268), (405, 224), (405, 274), (180, 274)),
    (S.UNAVAILABLE, S.REMOVED): (
        (540, 288), (705, 224), (705, 294), (180, 294)),
    (S.REMOVED, S.DELETED): ((112, 336), (105, 304), (105, 360))}
HELD: Mapping[ClaimState, Sequence[Point]] = {
    S.CLAIMED: ((405, 104), (405, 180)), S.ALLOCATED: ((705, 104), (705, 180))}


def draw() -> Canvas:
    """Return the picture."""
    canvas = Canvas(810, 420)
    for state, (at, style, meaning) in PLACES.items():
        canvas.box(at, WIDTH, (state.value, meaning), style)
    for move, rule in claims.MOVES.items():
        for source in sorted(rule.sources):
            label, *way = WAYS[source, rule.target]
            canvas.arrow(*way)
            canvas.text(label, move.value)
    for points in HELD.values():
        canvas.arrow(*points, style='dashed')
        canvas.text((points[0][0] - 142, 150), 'its free PF or VFs')
    canvas.text((330, 380), 'dashed: what an owned device makes of its family')
    canvas.text((330, 400), 'free: the family is derived anew')
    return canvas
