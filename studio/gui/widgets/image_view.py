"""One picture, fitted on neutral grey: copied, saved and dragged out, with zoom where that helps."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from studio.gui import convert, theme
from studio.gui.tokens import CORNER, SMALL_SPACE, SPACE
from studio.gui.widgets import fitting, picture_actions
from studio.gui.widgets.picture_actions import ActionProvider

MAX_ZOOM = 64.0


class ImageView(QWidget):
    """Shows one picture with a caption below, or a sentence where there is none.

    ``message`` carries a sentence and its level (info, error) after saving. With ``zoomable`` the wheel zooms about
    the cursor, a drag pans and a double click fits again; without it a drag takes the picture to another place.
    """

    message = Signal(str, str)
    clicked = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, empty_text: str = "No picture yet.", zoomable: bool = False
    ) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._scaled: QImage | None = None
        self._caption, self._empty_text = "", empty_text
        self._zoomable, self._zoom, self._shift = zoomable, 1.0, QPointF()
        self._providers: list[ActionProvider] = []
        self._pressed_at: QPoint | None = None
        self._pan_from = QPointF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture")

    def set_picture(self, picture: np.ndarray | QImage | None, caption: str | None = None) -> None:
        """Show ``picture`` ((H, W, 1 or 3) uint8 or an image; copied), or nothing; zoom stays for an equal size."""
        image = convert.to_qimage(picture) if isinstance(picture, np.ndarray) else picture
        if image is None or self._image is None or image.size() != self._image.size():
            self.fit()
        self._image = image.copy() if image is not None else None
        self._scaled = None
        if caption is not None:
            self._caption = caption
        self.update()

    def set_caption(self, caption: str) -> None:
        """The small line below the picture."""
        self._caption = caption
        self._scaled = None
        self.update()

    def set_empty_text(self, text: str) -> None:
        """The sentence to show while there is no picture."""
        self._empty_text = text
        self.update()

    def image(self) -> QImage | None:
        """The shown picture in its own size."""
        return self._image

    def picture(self) -> np.ndarray | None:
        """The shown picture as (H, W, 3) uint8."""
        return convert.to_array(self._image) if self._image is not None else None

    def add_action_provider(self, provider: ActionProvider) -> None:
        """Let ``provider`` add entries to the right-click menu (see :data:`picture_actions.ActionProvider`)."""
        self._providers.append(provider)

    def zoom(self) -> float:
        """1 when the picture is fitted, more when it is enlarged."""
        return self._zoom

    def fit(self) -> None:
        """Show the whole picture again."""
        self._zoom, self._shift = 1.0, QPointF()
        self.update()

    def picture_rect(self) -> QRectF:
        """Where the picture is now, in widget coordinates; empty without one."""
        if self._image is None:
            return QRectF()
        fit = QRectF(self._fitted())
        size = fit.size() * self._zoom
        centre = fit.center() + self._shift
        return QRectF(centre.x() - size.width() / 2, centre.y() - size.height() / 2, size.width(), size.height())

    def menu(self) -> QMenu:
        """The right-click menu of the shown picture."""
        menu = QMenu(self)
        if self._image is None:
            return menu
        picture_actions.add_picture_entries(menu, self, self._image, "picture.png", self.message.emit)
        if self._zoomable:
            menu.addAction(theme.icon("fit-to-page-outline"), "Fit to view").triggered.connect(self.fit)
        added = [entry for provider in self._providers for entry in provider(convert.to_array(self._image))]
        if added:
            menu.addSeparator()
            picture_actions.add_entries(menu, added)
        return menu

    def sizeHint(self) -> QSize:
        """Room for a picture of medium size."""
        return QSize(256, 256)

    def minimumSizeHint(self) -> QSize:
        """The smallest useful size."""
        return QSize(64, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, picture, caption, or the empty sentence."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        painter.setClipPath(ground)
        painter.fillRect(self.rect(), QColor(tokens.picture_background))
        if self._image is None:
            self._paint_empty(painter)
        else:
            self._paint_picture(painter)
            if self._caption:
                self._paint_caption(painter)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor where zoom is allowed; otherwise leave the wheel to whatever scrolls."""
        turns = event.angleDelta().y() / 120
        if not self._zoomable or self._image is None or not turns:
            event.ignore()
            return
        before, old = event.position(), self._zoom
        self._zoom = min(MAX_ZOOM, max(1.0, old * 1.25**turns))
        centre = QRectF(self._fitted()).center()
        offset = before - centre - self._shift
        self._shift = self._shift + offset * (1 - self._zoom / old)
        if self._zoom == 1.0:
            self._shift = QPointF()
        self._keep_inside()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        if event.button() == Qt.MouseButton.LeftButton and self._image is not None:
            self._pressed_at, self._pan_from = event.position().toPoint(), QPointF(self._shift)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan an enlarged picture; drag a fitted one out."""
        if self._pressed_at is None or self._image is None:
            return
        if self._zoom > 1.0:
            self._shift = self._pan_from + event.position() - QPointF(self._pressed_at)
            self._keep_inside()
        elif picture_actions.is_drag(self._pressed_at, event.position().toPoint()):
            self._pressed_at = None
            picture_actions.drag(self, self._image)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press and release in one place is a click."""
        pressed, self._pressed_at = self._pressed_at, None
        if pressed is not None and not picture_actions.is_drag(pressed, event.position().toPoint()):
            self.clicked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the picture again."""
        del event
        if self._zoomable:
            self.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the picture."""
        if self._image is not None:
            menu = self.menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Forget the fitted copy of the old size."""
        super().resizeEvent(event)
        self._scaled = None

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        self.update()

    def _space(self) -> QRect:
        """Where the fitted picture may be, in device pixels."""
        ratio = self.devicePixelRatioF()
        below = self._caption_height() if self._caption else 0
        return QRect(0, 0, round(self.width() * ratio), round((self.height() - below) * ratio))

    def _fitted(self) -> QRectF:
        assert self._image is not None
        ratio = self.devicePixelRatioF()
        place = fitting.fitted(self._image.width(), self._image.height(), self._space())
        return QRectF(place.x() / ratio, place.y() / ratio, place.width() / ratio, place.height() / ratio)

    def _keep_inside(self) -> None:
        fit = self._fitted()
        limit_x, limit_y = fit.width() * (self._zoom - 1) / 2, fit.height() * (self._zoom - 1) / 2
        x, y = self._shift.x(), self._shift.y()
        self._shift = QPointF(min(limit_x, max(-limit_x, x)), min(limit_y, max(-limit_y, y)))
        self.update()

    def _paint_picture(self, painter: QPainter) -> None:
        assert self._image is not None
        place = self.picture_rect()
        if self._zoom > 1.0:
            # Enlarged beyond the screen's pixels a person wants to see the picture's own.
            blur = place.width() < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, blur)
            painter.drawImage(place, self._image)
            return
        ratio = self.devicePixelRatioF()
        if self._scaled is None:
            self._scaled = fitting.resized(
                self._image, max(1, round(place.width() * ratio)), max(1, round(place.height() * ratio))
            )
            self._scaled.setDevicePixelRatio(ratio)
        painter.drawImage(place.topLeft(), self._scaled)

    def _caption_height(self) -> int:
        return self.fontMetrics().height() + SMALL_SPACE

    def _paint_caption(self, painter: QPainter) -> None:
        tokens = theme.tokens()
        place = QRect(0, self.height() - self._caption_height(), self.width(), self._caption_height())
        painter.fillRect(place, QColor(tokens.panel))
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setPen(QColor(tokens.muted))
        room = place.adjusted(SPACE, 0, -SPACE, 0)
        text = painter.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(QColor(theme.tokens().muted))
        room = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)
