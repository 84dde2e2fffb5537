"""Icons that take their colour from the theme each time they are painted."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap

from studio.gui import theme

_drawn: dict[tuple[str, str], QIcon] = {}


class ThemedIconEngine(QIconEngine):
    """Paints one Material Design icon in the current colour of a token."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name, self._token = name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into ``rect``."""
        del state
        if rect.isEmpty():
            return
        tokens = theme.tokens()
        shade = QColor(getattr(tokens, self._token))
        if mode == QIcon.Mode.Disabled:
            shade = theme.mix(tokens.muted, tokens.window, 0.55)
        _icon(self._name, shade.name()).paint(painter, rect)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon alone on a transparent ground."""
        if size.isEmpty():
            return QPixmap()
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        """Another engine of the same icon."""
        return ThemedIconEngine(self._name, self._token)


def _icon(name: str, shade: str) -> QIcon:
    found = _drawn.get((name, shade))
    if found is None:
        import qtawesome  # 0.2 s with its fonts: only when the first icon is painted

        found = _drawn[name, shade] = qtawesome.icon(f"mdi6.{name}", color=shade)
    return found
