"""The map of a latent space under a person's hand: hover, choose, draw a path, gather dots with a lasso."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from studio.gui import convert
from studio.gui.latent import map_marks, map_strokes
from studio.gui.latent.map_canvas import MapCanvas, Point
from studio.gui.widgets import picture_actions

REACH = 8.0
"""px from the cursor within which a dot is meant"""
APART, MOST_POINTS = 12.0, 240
"""px of a drawn path from point to point, and its points at most"""
TOLERANCE = 2.0
"""px that a drawn path may be off the hand's"""
MODES = ("move", "path", "lasso")


class MapView(MapCanvas):
    """A map that answers the mouse. What a drag does is its mode; the middle button always moves.

    ``hovered`` carries the point of the plane under the cursor, None off the plane and over a dot; ``hovered_dot`` an
    index or -1. ``path_drawn`` carries points (K, 2) float64 in even steps, none when Esc has taken the path away;
    ``lassoed`` indices (M,) of the dots inside. ``menu_wanted``: where on the screen, and the point of the plane.
    """

    hovered = Signal(object)
    hovered_dot = Signal(int)
    chosen = Signal(float, float)
    dot_chosen = Signal(int)
    path_drawn = Signal(object)
    lassoed = Signal(object)
    menu_wanted = Signal(QPoint, object)

    def __init__(self, parent: QWidget | None = None, *, empty_text: str = "Choose a model to see its map.") -> None:
        super().__init__(parent, empty_text=empty_text)
        self._mode = "move"
        self._pressed: QPointF | None = None
        self._stroke: list[Point] | None = None
        self._cursor: QPointF | None = None
        self._dot = -1
        self._thumbnails: np.ndarray | None = None
        self._thumbnail: QPixmap | None = None

    def set_mode(self, mode: str) -> None:
        """What a drag does: "move" the map, draw a "path", "lasso" dots."""
        if mode not in MODES:
            raise ValueError(f"a mode is one of {MODES}, not {mode!r}")
        self._mode, self._stroke = mode, None
        self.setCursor(Qt.CursorShape.ArrowCursor if mode == "move" else Qt.CursorShape.CrossCursor)
        self.update()

    def set_thumbnails(self, pictures: np.ndarray | None) -> None:
        """The pictures (N, S, S, C) uint8 of the dots, shown beside the cursor; not to be written to again."""
        self._thumbnails, self._thumbnail = pictures, None
        self.update()

    def dot_at(self, place: QPointF) -> int:
        """The dot within 8 px of a place of the widget, or -1."""
        return self._dots.nearest(place.x(), place.y(), REACH) if len(self._dots) else -1

    # -- the canvas's questions -------------------------------------------------------------------------------------

    def focus_point(self) -> Point:
        """The cursor, or the middle."""
        under = self.point_at(self._cursor) if self._cursor is not None else None
        return under or super().focus_point()

    def dots_changed(self) -> None:
        """Forget a dot that is no more."""
        if self._dot >= len(self._dots):
            self._set_dot(-1)

    def paint_over(self, painter: QPainter) -> None:
        """The stroke under the hand, and the dot under the cursor."""
        if self._stroke is not None:
            paint = map_marks.paint_path if self._mode == "path" else map_marks.paint_lasso
            paint(painter, np.array(self._stroke))
        dot = self._point_of(self._dot)
        if dot is not None:
            map_marks.paint_mark(painter, self.place_of(dot), self._dots.radius() + 2)
            self._paint_thumbnail(painter)

    # -- events -----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold, or begin to draw."""
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._mode == "move"
        ):
            self.begin_pan(event.position())
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            if self._mode != "move":
                self._stroke = [(event.position().x(), event.position().y())]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, draw, or hover."""
        place = event.position()
        self._cursor = place
        far = self._pressed is None or picture_actions.is_drag(self._pressed.toPoint(), place.toPoint())
        if far:
            self._pressed = None
        if self._stroke is not None:
            self._stroke.append((place.x(), place.y()))
            self.update()
        elif event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
            if far:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.pan_to(place)
        else:
            self._hover(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press and release in one place chooses; anything else ends what was begun."""
        clicked, self._pressed = self._pressed is not None, None
        stroke, self._stroke = self._stroke, None
        if self.end_pan():
            self.setCursor(Qt.CursorShape.ArrowCursor if self._mode == "move" else Qt.CursorShape.CrossCursor)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if clicked:
            self._choose(event.position())
        elif stroke is not None:
            self._finish(np.array(stroke))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The first click has chosen already."""
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the cursor any more."""
        super().leaveEvent(event)
        self._cursor = None
        self._set_dot(-1)
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc drops the stroke, else the path, else the group."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._stroke is not None:
            self._stroke = None
            self.update()
        elif len(self._path):
            self.clear_path()
            self.path_drawn.emit(self._path)
        elif len(self._dots.selected):
            self.set_selected(None)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Let others offer what can be done here."""
        self.menu_wanted.emit(event.globalPos(), self.point_at(QPointF(event.pos())))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _paint_thumbnail(self, painter: QPainter) -> None:
        if self._thumbnails is None or self._cursor is None or self._dot >= len(self._thumbnails):
            return
        if self._thumbnail is None:
            self._thumbnail = convert.to_pixmap(self._thumbnails[self._dot])
        label = int(self._dots.labels[self._dot])
        text = self._classes[label] if 0 <= label < len(self._classes) else ""
        map_marks.paint_thumbnail(painter, self._thumbnail, self._cursor, self.frame, text, self.font())

    def _hover(self, place: QPointF) -> None:
        self._set_dot(self.dot_at(place))
        if self._dot < 0:
            self.hovered.emit(self.point_at(place) if self._plane is not None else None)
        else:
            self.update()

    def _set_dot(self, index: int) -> None:
        if index != self._dot:
            self._dot, self._thumbnail = index, None
            self.hovered_dot.emit(index)
            self.update()

    def _choose(self, place: QPointF) -> None:
        dot = self.dot_at(place)
        point = self.point_at(place)
        if dot >= 0:
            self._mark = dot
            self.dot_chosen.emit(dot)
        elif point is not None and self._plane is not None:
            self._mark = point
            self.chosen.emit(*point)

    def _finish(self, stroke: np.ndarray) -> None:
        """A stroke (N, 2) of screen places has ended."""
        if self._mode == "lasso":
            polygon = self.frame.to_plane(map_strokes.simplified(stroke, 1.0))
            shown = np.sort(self._dots.shown())
            self.set_selected(shown[map_strokes.inside(self._dots.points[shown], polygon)])
            self.lassoed.emit(self._dots.selected)
        elif self._plane is not None:
            smooth = map_strokes.smoothed(map_strokes.simplified(stroke, TOLERANCE))
            count = min(MOST_POINTS, max(2, round(map_strokes.length(smooth) / APART) + 1))
            points = self.frame.to_plane(map_strokes.even(smooth, count))
            box = self.limits()
            self.set_path(points if box is None else points.clip(box[:2], box[2:]))
            self.path_drawn.emit(self._path)
