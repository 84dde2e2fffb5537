"""The colours of classes: twelve a theme that stay apart for every kind of colour vision."""

from __future__ import annotations

from studio.gui import theme

# Found by a search for the largest least distance between any two in Oklab, as seen with normal vision and with each of
# the three colour blindnesses (Machado, Oliveira and Fernandes 2009), all visible on the ground and on dark pictures:
# 0.10 in both themes. Petroff's ten colours, made for the same end, reach 0.06 by this measure.
DARK = ("#5dafff", "#ffb518", "#d82300", "#aec8a5", "#9f1bff", "#f8f226",
        "#b38f85", "#f9720e", "#807ac7", "#13e6ff", "#a75179", "#b8ffd1")  # fmt: skip
LIGHT = ("#1a97ff", "#f45402", "#58d0aa", "#980045", "#fdab13", "#5649e0",
         "#b682b5", "#039e64", "#86008d", "#c80b00", "#abb7ff", "#935384")  # fmt: skip


def classes(count: int) -> tuple[str, ...]:
    """The colours of ``count`` classes as ``#rrggbb`` in the current theme, the accent where there are none.

    After twelve they repeat: the legend and the thumbnails tell such classes apart.
    """
    colours = DARK if theme.is_dark() else LIGHT
    return colours[:count] if count else (theme.tokens().accent,)
