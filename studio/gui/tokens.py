"""The looks as plain figures: spacing, corners, text sizes, the colours of both themes and of the networks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

SMALL_SPACE, SPACE, WIDE_SPACE = 4, 8, 16
"""The only three distances between things, in px."""
CORNER = 6
"""Radius of every rounded corner in px."""
TEXT, SMALL_TEXT = 13, 11
"""The only two sizes of text, in px at 96 dpi."""


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme as ``#rrggbb``."""

    name: str
    window: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    danger: str
    warning: str
    ok: str
    picture_background: str


DARK = Tokens(
    name="dark",
    window="#15171c",
    panel="#1c1f26",
    raised="#292d37",
    line="#363b47",
    text="#e7e9ee",
    muted="#a0a7b4",
    accent="#7aa2ff",
    on_accent="#10131a",
    danger="#ff7a72",
    warning="#f2b84b",
    ok="#4fc88b",
    picture_background="#333333",
)
LIGHT = Tokens(
    name="light",
    window="#f2f3f6",
    panel="#ffffff",
    raised="#e9ecf1",
    line="#d3d8e0",
    text="#1a1d24",
    muted="#5c6573",
    accent="#2f5fde",
    on_accent="#ffffff",
    danger="#c4302b",
    warning="#9a6400",
    ok="#17794a",
    picture_background="#cfcfcf",
)

# Okabe & Ito, "Color Universal Design" (2008). Each hue has one shade for dark and one for light, because orange,
# sky blue and yellow vanish on white and blue vanishes on near-black; sky blue and blue are one hue (202°).
VERMILLION = ("#e8681a", "#d55e00")
BLUE = ("#56b4e9", "#0072b2")
GREEN = ("#12b088", "#00855f")
PURPLE = ("#cc79a7", "#b35a8b")
ORANGE = ("#e69f00", "#a87400")
YELLOW = ("#f0e442", "#857c00")
GREY = ("#c3c8d2", "#4a515d")

PLAYERS = {
    "generator": VERMILLION,
    "discriminator": BLUE,
    "encoder": GREEN,
    "decoder": PURPLE,
    "autoencoder": ORANGE,
}
"""The networks that every page knows by colour, as (dark, light)."""
SPARE = (YELLOW, GREY, PURPLE, ORANGE, GREEN, VERMILLION, BLUE)
"""What other networks get, in the order in which they are first named."""


def mix(first: QColor | str, second: QColor | str, share: float) -> QColor:
    """``share`` (0 … 1) of ``first`` on ``second``, opaque: what alpha would look like, at no cost to a plot."""
    a, b = QColor(first), QColor(second)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(share * x + (1 - share) * y) for x, y in pairs))
