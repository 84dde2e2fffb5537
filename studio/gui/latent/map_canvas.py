"""What a map shows: the pictures of a plane, dots on it, marks, axes; and which pictures it still needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from studio.gui import theme
from studio.gui.latent import map_axes, map_colours, map_marks, map_source
from studio.gui.latent.map_dots import DotLayer
from studio.gui.latent.map_legend import MapLegend
from studio.gui.latent.map_pane import MapPane
from studio.gui.latent.map_source import SMALLEST, CellSource
from studio.gui.tokens import SPACE
from studio.latent.lattice import UNIT, Box
from studio.latent.planes import Plane

Point = tuple[float, float]


class MapCanvas(MapPane):
    """Shows a :class:`~studio.latent.planes.Plane` as pictures, dots on it, or dots alone.

    Points are those of the plane (of the dots where there is no plane). ``cells_wanted`` asks for the pictures of
    points (N, 2) float64, answered with :meth:`set_cells` under the same serial.
    """

    cells_wanted = Signal(object, int)

    def __init__(self, parent: QWidget | None = None, *, empty_text: str = "Choose a model to see its map.") -> None:
        super().__init__(parent)
        self._plane: Plane | None = None
        self._reach, self._picture = 3.0, SMALLEST
        self._names = ("", "")
        self._empty_text = empty_text
        self._dots = DotLayer()
        self._pictures_shown = True
        self._colours: tuple[str, ...] | None = None
        self._classes: tuple[str, ...] = ()
        self._mark: Point | int | None = None
        self._pins: tuple[tuple[float, float, str], ...] = ()
        self._path = np.zeros((0, 2))
        self.legend = MapLegend(self)
        self.legend.toggled.connect(self._hide_classes)
        self._source = CellSource(self.focus_point, self)
        self._source.wanted.connect(self.cells_wanted)
        self._source.changed.connect(self.update)
        self.setAccessibleName("Map")
        self.setAccessibleDescription("Arrow keys move, plus and minus zoom, Home shows everything.")

    # -- what it shows ----------------------------------------------------------------------------------------------

    def set_plane(
        self, plane: Plane | None, picture: int = SMALLEST, reach: float = 3.0, *, keep: bool = False
    ) -> None:
        """Show another plane, its pictures ``picture`` px, from -reach to reach at home; None shows dots alone.

        With ``keep`` the view and the old pictures stay until new ones have come (the plane was turned or shifted).
        """
        old, self._plane = self._plane, plane
        self._names = _names(plane)
        if keep and plane is not None and old is not None and plane.quantiles == old.quantiles:
            self._source.invalidate()
            self.update()
            return
        self._picture, self._reach = picture, reach
        self._source.clear()
        self._mark = None
        self.clear_path()
        self._make_lattice()
        self.home()

    def set_labels(self, across: str, up: str) -> None:
        """What the axes are, where it is not the plane that tells."""
        self._names = (across, up)
        self.update()

    def set_pictures_shown(self, shown: bool) -> None:
        """Whether the plane's pictures are drawn (and asked for)."""
        self._pictures_shown = shown
        if self.at_home():
            self.home()
        self.view_changed()
        self.update()

    def set_dots(
        self,
        points: np.ndarray | None,
        labels: np.ndarray | None = None,
        colours: Sequence[str] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        """Show dots at (N, 2), coloured by ``labels`` (N,) int from 0 (below 0: of no class), or none.

        ``colours`` a class as ``#rrggbb`` replace the built-in ones, which follow the theme; ``names`` are for the
        legend.
        """
        count = 0 if points is None else len(points)
        self._colours = tuple(colours) if colours else None
        classes = () if labels is None or not count else tuple(str(i) for i in range(int(labels.max()) + 1))
        self._classes = tuple(names) or classes
        places = np.zeros((0, 2)) if points is None else np.array(points, np.float64)
        self._dots.set_dots(places, np.zeros(count, np.int64) if labels is None else np.array(labels, np.int64))
        self._dress_legend()
        self._dots_moved()

    def move_dots(self, points: np.ndarray) -> None:
        """The same dots at other places (N, 2)."""
        self._dots.set_dots(np.array(points, np.float64), self._dots.labels)
        self._dots_moved()

    def set_selected(self, indices: np.ndarray | None) -> None:
        """Highlight dots; None highlights none."""
        self._dots.selected = np.zeros(0, np.int64) if indices is None else np.array(indices, np.int64)
        self._dots.outdate()
        self.update()

    def set_mark(self, point: Point | None) -> None:
        """Ring a point of the plane: the code in hand."""
        self._mark = point
        self.update()

    def set_pins(self, pins: Sequence[tuple[float, float, str]]) -> None:
        """Codes with a name: (x, y, name)."""
        self._pins = tuple(pins)
        self.update()

    def set_path(self, points: np.ndarray) -> None:
        """Show a path (K, 2)."""
        self._path = np.array(points, np.float64).reshape(-1, 2)
        self.update()

    def clear_path(self) -> None:
        """Take the drawn path away."""
        self._path = np.zeros((0, 2))
        self.update()

    def set_empty_text(self, text: str) -> None:
        """The sentence to show while there is neither plane nor dots."""
        self._empty_text = text
        self.update()

    # -- pictures ---------------------------------------------------------------------------------------------------

    def set_cells(self, start: int, pictures: np.ndarray, serial: int | None = None) -> None:
        """A part of an answer: ``pictures`` (n, H, W, C) uint8 from index ``start`` of a request (the newest)."""
        self._source.take(start, pictures, serial, self.devicePixelRatioF())

    def invalidate(self) -> None:
        """Pictures have changed (the model learns): draw the old ones until the new ones have come.

        Called more often than pictures can come it does no harm: what was asked for is finished first.
        """
        self._source.invalidate()

    def ask_again(self) -> None:
        """Ask anew for what is missing: the last request failed, or another took its place. Once for each view."""
        self._source.ask_again()

    def complete(self) -> bool:
        """Whether every cell on the screen is there, from the newest weights."""
        return self._plane is not None and not self._source.missing(self.frame)

    def spacing(self) -> float:
        """The side of a cell in units of the plane, as it is drawn now."""
        lattice = self._source.lattice
        return lattice.spacing(lattice.level(self.frame.scale))

    # -- places -----------------------------------------------------------------------------------------------------

    def point_at(self, place: QPointF) -> Point | None:
        """The point of the plane at a place of the widget, None off it."""
        frame = self.frame
        if not QRectF(frame.left, frame.top, frame.width, frame.height).contains(place):
            return None
        ((x, y),) = frame.to_plane(np.array([[place.x(), place.y()]])).tolist()
        box = self.limits()
        return (x, y) if box is None or (box[0] < x < box[2] and box[1] < y < box[3]) else None

    def place_of(self, point: Point) -> QPointF:
        """Where in the widget a point is."""
        ((x, y),) = self.frame.to_screen(np.array([point])).tolist()
        return QPointF(x, y)

    # -- the pane's questions ---------------------------------------------------------------------------------------

    def home_box(self) -> Box:
        """The plane's middle, or all dots where they are what is shown."""
        quantiles = self._plane is not None and self._plane.quantiles
        if len(self._dots) and not quantiles and (self._plane is None or not self._pictures_shown):
            return self._dots.box()
        return UNIT if quantiles else (-self._reach, -self._reach, self._reach, self._reach)

    def limits(self) -> Box | None:
        """Quantiles end at 0 and 1."""
        return self._source.lattice.box if self._plane is not None else None

    def snapped(self, scale: float) -> float:
        """So that a cell has a whole number of pixels."""
        return self._source.lattice.snapped(scale, self.devicePixelRatioF()) if self._plane is not None else scale

    def view_changed(self) -> None:
        """Ask for what the new view lacks, if it can be seen."""
        seen = self._plane is not None and self._pictures_shown and self.isVisible()
        self._source.look(self.frame if seen else None)

    # -- for who adds to it -----------------------------------------------------------------------------------------

    def focus_point(self) -> Point:
        """Where pictures are wanted first: the middle."""
        return self.frame.x, self.frame.y

    def dots_changed(self) -> None:
        """The dots are others, or elsewhere."""

    def paint_over(self, painter: QPainter) -> None:
        """Draw on top of everything inside the frame."""

    # -- events -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Room for some twenty pictures a side."""
        return QSize(640, 600)

    def minimumSizeHint(self) -> QSize:
        """The smallest useful size."""
        return QSize(200, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures, dots, marks, axes, or the empty sentence."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.panel))
        if self._plane is None and not len(self._dots):
            painter.setPen(QColor(tokens.muted))
            room = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)
            painter.end()
            return
        frame = self.frame
        painter.setClipRect(QRectF(frame.left, frame.top, frame.width, frame.height))
        self._paint_layers(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        painter.setClipping(False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        map_axes.paint(painter, frame, self._names, self.font(), self.limits())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, and keep the legend in its corner."""
        super().resizeEvent(event)
        self._make_lattice()
        self._place_legend()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for pictures once they can be seen."""
        super().showEvent(event)
        self.view_changed()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing that nobody sees."""
        super().hideEvent(event)
        self._source.look(None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._source.outdate()
            self._dress_legend()
            self.update()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _paint_layers(self, painter: QPainter) -> None:
        frame, ratio, tokens = self.frame, self.devicePixelRatioF(), theme.tokens()
        corner = QPointF(frame.left, frame.top)
        if self._plane is not None and self._pictures_shown:
            painter.drawImage(corner, self._source.image(frame, ratio))
        else:
            map_axes.paint_lines(painter, frame)
        if len(self._dots):
            image = self._dots.image(frame, ratio, self._dot_colours(), tokens.window)
            painter.drawImage(corner + QPointF(self._dots.corner, self._dots.corner), image)

    def _paint_marks(self, painter: QPainter) -> None:
        if len(self._path):
            map_marks.paint_path(painter, self.frame.to_screen(self._path))
        map_marks.paint_pins(painter, [(self.place_of((x, y)), name) for x, y, name in self._pins], self.font())
        mark = self._point_of(self._mark)
        if mark is not None:
            map_marks.paint_mark(painter, self.place_of(mark))
        self.paint_over(painter)

    def _point_of(self, thing: Point | int | None) -> Point | None:
        """A point, or where the dot of an index is now."""
        if isinstance(thing, int):
            return tuple(self._dots.points[thing].tolist()) if 0 <= thing < len(self._dots) else None
        return thing

    def _dot_colours(self) -> tuple[str, ...]:
        """A colour a class, and last the one of dots that have none."""
        return (*(self._colours or map_colours.classes(len(self._classes))), theme.tokens().muted)

    def _dress_legend(self) -> None:
        self.legend.set_classes(self._classes if len(self._dots) else (), self._dot_colours()[:-1])
        self._dots.hidden = self.legend.hidden
        self._place_legend()

    def _place_legend(self) -> None:
        self.legend.move(self.width() - self.legend.width() - SPACE, SPACE)

    @Slot(object)
    def _hide_classes(self, hidden: Any) -> None:
        self._dots.hidden = hidden
        self._dots.outdate()
        self.update()

    def _dots_moved(self) -> None:
        if self.at_home():
            self.home()
        if isinstance(self._mark, int) and self._mark >= len(self._dots):
            self._mark = None
        self.dots_changed()
        self.update()

    def _make_lattice(self) -> None:
        """Cells for this plane and this room."""
        quantiles = self._plane is not None and self._plane.quantiles
        lattice = map_source.lattice_for(self.frame, self._picture, self._reach, quantiles)
        if lattice != self._source.lattice:
            self._source.set_lattice(lattice)
            if self.at_home():
                self.home()


def _names(plane: Plane | None) -> tuple[str, str]:
    """What the axes of a plane are."""
    if plane is None:
        return "", ""
    what = " (quantile)" if plane.quantiles else ""
    return plane.labels[0] + what, plane.labels[1] + what
