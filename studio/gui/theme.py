"""The theme: Fusion under one palette and one style sheet, dark or light, the colours of the networks, and the icons.

A widget that paints itself reads :func:`tokens` in its ``paintEvent`` and is repainted on a change of theme. One that
keeps colours (a plot) listens to ``changeEvent`` (``PaletteChange``, ``StyleChange``) or to ``observer().changed``.

Properties that the style sheet knows: ``role`` = ``headline muted small primary danger flat panel raised`` and
``wrong`` = True for a field with a problem. Call :func:`restyle` after changing one.
"""

from __future__ import annotations

from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from studio.gui import stylesheet
from studio.gui.tokens import DARK, LIGHT, PLAYERS, SMALL_TEXT, SPARE, TEXT, Tokens, mix
from studio.resources import resource

__all__ = ["Tokens", "apply", "hue", "icon", "is_dark", "mix", "observer", "restyle", "set_role", "small_font",
           "tabular", "text_font", "tokens"]  # fmt: skip

_current = DARK
_others: dict[str, tuple[str, str]] = {}


class _Observer(QObject):
    """Tells of a change of theme those who are not widgets."""

    changed = Signal()


_observer = _Observer()


def apply(app: QApplication, dark: bool) -> None:
    """Dress the whole program in the dark or the light theme."""
    global _current
    _current = DARK if dark else LIGHT
    QDir.setSearchPaths("theme", [str(resource("theme", _current.name))])
    if not app.styleSheet():  # once: replacing the style under a style sheet has crashed Qt
        app.setStyle("Fusion")
    app.setPalette(_palette(_current))
    app.setFont(text_font(app.font()))
    app.setStyleSheet(stylesheet.make(_current))
    _observer.changed.emit()


def tokens() -> Tokens:
    """The colours of the current theme."""
    return _current


def is_dark() -> bool:
    """Whether the current theme is the dark one."""
    return _current is DARK


def observer() -> _Observer:
    """The object whose ``changed`` signal tells of every change of theme."""
    return _observer


def hue(player: str) -> QColor:
    """The colour of a network, the same on every page and legible in the current theme.

    Names nobody knows get the spare colours in the order in which they are first asked for.
    """
    pair = PLAYERS.get(player.lower()) or _others.get(player)
    if pair is None:
        pair = _others[player] = SPARE[len(_others) % len(SPARE)]
    return QColor(pair[0] if is_dark() else pair[1])


def icon(name: str, token: str = "text") -> QIcon:
    """A Material Design icon (``"play"``) in a token's colour; it follows the theme by itself.

    The icon font is loaded when the first icon is painted, not before, so that it does not delay the window.
    """
    from studio.gui.icons import ThemedIconEngine

    return QIcon(ThemedIconEngine(name.removeprefix("mdi6."), token))


def tabular(font: QFont) -> QFont:
    """``font`` with digits of equal width, so that counting numbers do not jitter."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def text_font(font: QFont) -> QFont:
    """``font`` in the normal size of text."""
    return _sized(font, TEXT)


def small_font(font: QFont) -> QFont:
    """``font`` in the small size of text (captions, axes)."""
    return _sized(font, SMALL_TEXT)


def set_role(widget: QWidget, role: str) -> None:
    """Give ``widget`` one of the roles that the style sheet knows."""
    widget.setProperty("role", role)
    restyle(widget)


def restyle(widget: QWidget) -> None:
    """Make the style sheet look again at the properties of ``widget``."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def _sized(font: QFont, pixels: int) -> QFont:
    # Points, not pixels: a font set in pixels answers pointSize() with -1, and other code then warns.
    screen = QGuiApplication.primaryScreen()
    result = QFont(font)
    result.setPointSizeF(pixels * 72 / (screen.logicalDotsPerInchY() if screen is not None else 96))
    return result


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: t.window, role.WindowText: t.text, role.Base: t.panel, role.AlternateBase: t.raised,
        role.Text: t.text, role.PlaceholderText: t.muted, role.Button: t.raised, role.ButtonText: t.text,
        role.BrightText: t.danger, role.Highlight: t.accent, role.HighlightedText: t.on_accent, role.Link: t.accent,
        role.LinkVisited: t.accent, role.ToolTipBase: t.raised, role.ToolTipText: t.text, role.Light: t.raised,
        role.Midlight: t.raised, role.Mid: t.line, role.Dark: t.line, role.Shadow: t.window, role.Accent: t.accent,
    }  # fmt: skip
    for which, value in colors.items():
        palette.setColor(which, QColor(value))
    faded = mix(t.muted, t.window, 0.55)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, faded)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(t.line))
    return palette
