"""The codes on the shelf as a list that Qt can show: a model over the workbench, and how an entry is painted."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.gui import convert, theme
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import CORNER, SMALL_SPACE
from studio.gui.widgets import fitting
from studio.latent.codes import Code

Index = QModelIndex | QPersistentModelIndex
CODE = Qt.ItemDataRole.UserRole
IN_HAND = Qt.ItemDataRole.UserRole + 1
SIDE = 64
"""px of the square that a picture is fitted into"""
NARROWEST = SIDE + 4
"""px of an entry with its margins"""


class ShelfModel(QAbstractListModel):
    """The codes of the workbench, in their order; a name that is edited becomes an edit of the workbench."""

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.codes: tuple[Code, ...] = bench.codes

    def follow(self) -> bool:
        """Show the shelf as it is now; returns whether more than pictures and names did, which ends the selection."""
        new = self._bench.codes
        if len(new) == len(self.codes) and all(_same(a, b) for a, b in zip(new, self.codes, strict=True)):
            self.codes = new
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return False
        self.beginResetModel()
        self.codes = new
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many codes there are."""
        return 0 if parent.isValid() else len(self.codes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, where it came from, the code itself, and whether it is the one in hand."""
        code = self.codes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return code.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return about(code)
        if role == CODE:
            return code
        if role == IN_HAND:
            return self._bench.code is not None and _same(code, self._bench.code)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a code."""
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not name or name == self.codes[index.row()].name:
            return False
        self._bench.rename(index.row(), name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A code can be selected, renamed and dragged."""
        flag = Qt.ItemFlag
        return super().flags(index) | flag.ItemIsEditable | flag.ItemIsDragEnabled


class ShelfDelegate(QStyledItemDelegate):
    """Paints the picture, enlarged by a whole multiple, and the name below; a dot marks the code in hand."""

    width = NARROWEST
    """px of an entry"""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A square for the picture and a line for the name, as wide as fills the list."""
        del index
        return QSize(self.width, SIDE + 3 * SMALL_SPACE + _line(option))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one entry."""
        code: Code = index.data(CODE)
        tokens = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._paint_ground(painter, option, selected, hovered)
        place = QRect(option.rect.center().x() - SIDE // 2 + 1, option.rect.y() + SMALL_SPACE, SIDE, SIDE)
        paint_code(painter, place, code)
        if index.data(IN_HAND):
            painter.setPen(QPen(QColor(tokens.window), 2))
            painter.setBrush(QColor(tokens.accent))
            painter.drawEllipse(QRectF(place.right() - 9, place.top() - 1, 11, 11))
        self._paint_name(painter, option, code, selected)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A field for the name, as wide as the entry."""
        del option, index
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name of the code")
        editor.setStyleSheet("padding: 0 2px; min-height: 0;")
        editor.setFont(theme.small_font(parent.font()))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Over the name."""
        del index
        height = _line(option) + 2 * SMALL_SPACE
        place: QRect = option.rect
        editor.setGeometry(place.x(), place.bottom() - height + 1, place.width(), height)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, selected: bool, hovered: bool) -> None:
        tokens = theme.tokens()
        if not selected and not hovered:
            return
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(tokens.accent), 1) if selected and focused else Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(tokens.accent, tokens.panel, 0.3) if selected else QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, code: Code, selected: bool) -> None:
        tokens = theme.tokens()
        painter.setFont(theme.small_font(option.font))
        painter.setPen(QColor(tokens.text if selected else tokens.muted))
        room = option.rect.adjusted(2, SIDE + 2 * SMALL_SPACE, -2, 0)
        text = painter.fontMetrics().elidedText(code.name, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)


def about(code: Code) -> str:
    """What a tooltip says of a code."""
    origin = code.source if code.source and code.source != code.name else ""
    lines = [code.name or "code without a name", origin, f"asked for {code.wanted}" if code.wanted else ""]
    lines.append(f"{len(code)} numbers of {code.model}")
    return "\n".join(line for line in lines if line)


def paint_code(painter: QPainter, place: QRect, code: Code) -> None:
    """Draw the picture of a code into a square, on neutral grey; a grey square with dots while there is none."""
    tokens = theme.tokens()
    ratio = painter.device().devicePixelRatio()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.picture_background))
    painter.drawRoundedRect(QRectF(place), SMALL_SPACE, SMALL_SPACE)
    if code.picture is None:
        painter.setPen(QColor(tokens.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "…")
        return
    image = convert.to_qimage(code.picture)
    room = QRect(0, 0, round(place.width() * ratio), round(place.height() * ratio))
    spot = fitting.fitted(image.width(), image.height(), room)
    scaled = _scaled(image, spot, ratio)
    painter.drawImage(QRectF(place).topLeft() + QRectF(spot).topLeft() / ratio, scaled)


def _scaled(image: QImage, spot: QRect, ratio: float) -> QImage:
    scaled = fitting.resized(image, spot.width(), spot.height())
    scaled.setDevicePixelRatio(ratio)
    return scaled


def _line(option: QStyleOptionViewItem) -> int:
    return option.fontMetrics.height()


def _same(a: Code, b: Code) -> bool:
    """Whether two codes are one, whatever they are called."""
    return a is b or (a.wanted == b.wanted and np.array_equal(a.values, b.values))
