"""Many pictures of one size as a grid that uses its space as well as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from studio.gui import convert, theme
from studio.gui.tokens import CORNER, SMALL_SPACE, SPACE
from studio.gui.widgets import fitting, picture_actions
from studio.gui.widgets.picture_actions import ActionProvider


class PictureGrid(QWidget):
    """Shows (N, H, W, C) uint8; composed once for each set of pictures and each size, then only copied to the screen.

    ``clicked`` carries the index of a picture, ``message`` a sentence and its level after saving.
    """

    clicked = Signal(int)
    message = Signal(str, str)

    def __init__(self, parent: QWidget | None = None, *, empty_text: str = "No pictures yet.") -> None:
        super().__init__(parent)
        self._pictures: np.ndarray | None = None
        self._captions: tuple[str, ...] = ()
        self._rows: tuple[str, ...] = ()
        self._empty_text = empty_text
        self._composed: QImage | None = None
        self._cells: list[QRect] = []
        self._hovered = self._selected = -1
        self._pressed_at: QPoint | None = None
        self._providers: list[ActionProvider] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Pictures")

    def set_pictures(self, pictures: np.ndarray | None, captions: Sequence[str] | None = None) -> None:
        """Show ``pictures`` (N, H, W, 1 or 3) uint8, which must not be written to again, or nothing."""
        empty = pictures is None or len(pictures) == 0
        self._pictures = None if empty else pictures
        self._captions = tuple(captions or ())
        self._rows = ()
        self._composed = None
        if self._pictures is None or self._selected >= len(self._pictures):
            self._selected = -1
        self.update()

    def set_rows(self, rows: Mapping[str, np.ndarray]) -> None:
        """Show rows of the same pictures under each other, name to (N, H, W, C) uint8; they wrap as one."""
        if not rows:
            self.set_pictures(None)
            return
        # one stack after another: picture 0 of every row, picture 1 of every row, …
        stacked = np.stack(list(rows.values()), axis=1)
        self.set_pictures(stacked.reshape(-1, *stacked.shape[2:]), [name for _ in stacked for name in rows])
        self._rows = tuple(rows)

    def set_empty_text(self, text: str) -> None:
        """The sentence to show while there are no pictures."""
        self._empty_text = text
        self.update()

    def set_selected(self, index: int) -> None:
        """Frame one picture; -1 frames none."""
        self._selected = index
        self.update()

    def count(self) -> int:
        """How many pictures are shown."""
        return 0 if self._pictures is None else len(self._pictures)

    def picture(self, index: int) -> np.ndarray:
        """One picture, (H, W, 3) uint8."""
        assert self._pictures is not None
        return np.repeat(self._pictures[index], 3 // self._pictures.shape[3], axis=2)

    def cell_rect(self, index: int) -> QRect:
        """Where a picture is, in widget coordinates."""
        self._compose()
        return self._cells[index]

    def index_at(self, place: QPoint) -> int:
        """The picture at ``place``, or -1."""
        self._compose()
        return next((i for i, cell in enumerate(self._cells) if cell.contains(place)), -1)

    def grid_image(self) -> QImage:
        """All pictures in their own size, in the columns that are shown, 2 px apart."""
        assert self._pictures is not None
        count, height, width, _ = self._pictures.shape
        layout = fitting.Stacks(count, max(1, len(self._rows)), self._layout().columns, width, height, 2)
        image = QImage(layout.width, layout.height, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.tokens().picture_background))
        self._draw(image, [QRect(*layout.place(i), width, height) for i in range(count)])
        return image

    def add_action_provider(self, provider: ActionProvider) -> None:
        """Let ``provider`` add entries to the right-click menu of a picture."""
        self._providers.append(provider)

    def menu(self, index: int) -> QMenu:
        """The right-click menu of one picture."""
        menu = QMenu(self)
        image = convert.to_qimage(self.picture(index))
        picture_actions.add_picture_entries(menu, self, image, f"picture-{index + 1}.png", self.message.emit)
        menu.addAction(theme.icon("view-grid-outline"), "Save the whole grid…").triggered.connect(self._save_grid)
        added = [entry for provider in self._providers for entry in provider(self.picture(index))]
        if added:
            menu.addSeparator()
            picture_actions.add_entries(menu, added)
        return menu

    def sizeHint(self) -> QSize:
        """Room for a grid of medium size."""
        return QSize(320, 320)

    def minimumSizeHint(self) -> QSize:
        """The smallest useful size."""
        return QSize(64, 64)

    def event(self, event: QEvent) -> bool:
        """Show the caption of the picture under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.index_at(event.pos())
            if 0 <= index < len(self._captions):
                QToolTip.showText(event.globalPos(), self._captions[index], self, self._cells[index])
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the composed grid and mark the picture under the mouse."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        painter.fillPath(ground, QColor(tokens.picture_background))
        if self._pictures is None:
            painter.setPen(QColor(tokens.muted))
            room = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)
        else:
            painter.drawImage(0, 0, self._compose())
            if self._rows:
                self._paint_names(painter)
            for index, shade in ((self._hovered, tokens.text), (self._selected, tokens.accent)):
                if 0 <= index < len(self._cells):
                    painter.setPen(QPen(QColor(shade), 2))
                    painter.drawRoundedRect(QRectF(self._cells[index]).adjusted(-1, -1, 1, 1), 2, 2)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Forget the grid composed for the old size."""
        super().resizeEvent(event)
        self._composed = None

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        self._composed = None
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the highlight away."""
        super().leaveEvent(event)
        self._hover(-1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Highlight the picture under the mouse, or drag it out."""
        place = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(self.index_at(place))
        elif picture_actions.is_drag(self._pressed_at, place):
            assert self._pressed_at is not None
            index, self._pressed_at = self.index_at(self._pressed_at), None
            if index >= 0:
                picture_actions.drag(self, convert.to_qimage(self.picture(index)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click or drag begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press and release on one picture is a click."""
        pressed, self._pressed_at = self._pressed_at, None
        index = self.index_at(event.position().toPoint())
        if pressed is not None and index >= 0 and self.index_at(pressed) == index:
            self.clicked.emit(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the picture under the mouse."""
        index = self.index_at(event.pos())
        if index >= 0:
            menu = self.menu(index)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.update()

    def _save_grid(self) -> None:
        picture_actions.save(self, self.grid_image(), "grid.png", self.message.emit)

    def _gap(self) -> int:
        return SMALL_SPACE if self.count() <= 100 else 2

    def _room(self) -> tuple[int, int]:
        """The space for pictures in device pixels."""
        ratio = self.devicePixelRatioF()
        margin = 2 * SMALL_SPACE
        return max(1, round((self.width() - margin - self._names_width()) * ratio)), max(
            1, round((self.height() - margin) * ratio)
        )

    def _layout(self) -> fitting.Stacks:
        """The cells as they are shown, in device pixels from their top left corner."""
        assert self._pictures is not None
        count, height, width, _ = self._pictures.shape
        return fitting.best_stacks(count, max(1, len(self._rows)), width, height, self._room(), self._gap())

    def _compose(self) -> QImage:
        """The grid at the size of the widget; made anew only after a change."""
        if self._composed is not None:
            return self._composed
        ratio = self.devicePixelRatioF()
        image = QImage(
            round(self.width() * ratio), round(self.height() * ratio), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(Qt.GlobalColor.transparent)
        places = self._places()
        if places:
            self._draw(image, places)
        image.setDevicePixelRatio(ratio)
        self._cells = [
            QRectF(p.x() / ratio, p.y() / ratio, p.width() / ratio, p.height() / ratio).toRect() for p in places
        ]
        self._composed = image
        return image

    def _places(self) -> list[QRect]:
        """The cells in device pixels, centred beside the names of the rows."""
        if self._pictures is None:
            return []
        layout, ratio = self._layout(), self.devicePixelRatioF()
        names = round(self._names_width() * ratio)
        left = names + (round(self.width() * ratio) - names - layout.width) // 2
        top = (round(self.height() * ratio) - layout.height) // 2
        cell = layout.cell
        return [QRect(left + x, top + y, *cell) for x, y in map(layout.place, range(self.count()))]

    def _names_width(self) -> int:
        """What the names of rows need at the left edge, with their gap."""
        if not self._rows:
            return 0
        return max(self.fontMetrics().horizontalAdvance(name) for name in self._rows) + SPACE

    def _paint_names(self, painter: QPainter) -> None:
        """The name of each row, at the left of every line of stacks."""
        painter.setPen(QColor(theme.tokens().muted))
        left = self._cells[0].left()
        width = self._names_width()
        for index, cell in enumerate(self._cells):
            if cell.left() == left:
                room = QRect(left - width, cell.top(), width - SMALL_SPACE, cell.height())
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(room, flags, self._rows[index % len(self._rows)])

    def _draw(self, image: QImage, places: list[QRect]) -> None:
        assert self._pictures is not None
        _, height, width, _ = self._pictures.shape
        source = convert.strip(self._pictures)
        size = places[0].size()
        if (size.width(), size.height()) != (width, height) and size.width() < width:
            # Averaged once over the whole strip: a plain draw would leave out pixels of a shrunk picture.
            source = fitting.resized(source, size.width(), size.height() * len(places))
            width, height = size.width(), size.height()
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, min(width, height) >= fitting.SMALL)
        for i, place in enumerate(places):
            painter.drawImage(place, source, QRect(0, i * height, width, height))
        painter.end()
