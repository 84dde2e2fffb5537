"""A rectangle of the screen onto a plane: zoomed about the cursor, dragged, moved by keys, without end."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.latent import map_axes
from studio.latent.lattice import Box, Frame

NOTCH = 2**0.25
"""zoom of a notch of the wheel"""
STEP = 0.12
"""share of the frame that an arrow key moves it by"""
DEEPEST = 2.0**40
"""a frame's distance from 0 in px: beyond it neighbouring pixels are no different float64 points"""
WIDEST = 1e-9
"""of the scale at home"""

ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class MapPane(QWidget):
    """Owns ``frame``; whoever draws in it says what home shows, and hears of every change in :meth:`view_changed`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = Frame(0, 0, 1, 1)
        self._at_home = True
        self._panned_from: tuple[QPointF, Frame] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # -- for who draws ----------------------------------------------------------------------------------------------

    def home_box(self) -> Box:
        """What :meth:`home` shows."""
        return (-1.0, -1.0, 1.0, 1.0)

    def limits(self) -> Box | None:
        """What nobody can move out of, if there is such a thing."""
        return None

    def snapped(self, scale: float) -> float:
        """The scale for home at which things look crisp, at most ``scale``."""
        return scale

    def view_changed(self) -> None:
        """The frame is another one."""

    # -- for who uses it --------------------------------------------------------------------------------------------

    def home(self) -> None:
        """Show everything again."""
        self._at_home = True
        fitted = self.frame.showing(self.home_box())
        self._enter(replace(fitted, scale=self.snapped(fitted.scale)))

    def at_home(self) -> bool:
        """Whether nobody has moved or zoomed since :meth:`home`."""
        return self._at_home

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Show things ``factor`` times as large, about a place of the widget, by default the middle."""
        frame = self.frame
        place = at or QPointF(frame.left + frame.width / 2, frame.top + frame.height / 2)
        low, high = self._scales()
        factor = min(high / frame.scale, max(low / frame.scale, factor))
        self._leave_home(frame.zoomed(factor, (place.x(), place.y())))

    def pan(self, across: float, down: float) -> None:
        """Drag what is shown by so many px."""
        self._leave_home(self.frame.moved(across, down))

    def show_box(self, box: Box) -> None:
        """Show a part of the plane as large as it can be."""
        self._leave_home(self.frame.showing(box))

    def set_frame(self, frame: Frame) -> None:
        """Show what another frame showed, in this one's rectangle."""
        self._leave_home(replace(self.frame, x=frame.x, y=frame.y, scale=frame.scale))

    # -- panning by hand --------------------------------------------------------------------------------------------

    def begin_pan(self, place: QPointF) -> None:
        """The hand takes hold."""
        self._panned_from = (place, self.frame)

    def pan_to(self, place: QPointF) -> None:
        """The hand moves."""
        if self._panned_from is not None:
            start, frame = self._panned_from
            # from where it began, so that rounding does not add up
            self._leave_home(frame.moved(place.x() - start.x(), place.y() - start.y()))

    def end_pan(self) -> bool:
        """The hand lets go; whether it had hold."""
        held, self._panned_from = self._panned_from is not None, None
        return held

    # -- events -----------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor."""
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(NOTCH**turns, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by two fingers on a touchpad."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(max(0.1, 1 + event.value()), event.position())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, plus and minus zoom, Home and F show everything."""
        key = Qt.Key(event.key())
        if key in ARROWS:
            across, down = ARROWS[key]
            self.pan(across * STEP * self.frame.width, down * STEP * self.frame.height)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(NOTCH**2)
        elif key == Qt.Key.Key_Minus:
            self.zoom(NOTCH**-2)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_F):
            self.home()
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is in the middle, or everything while nobody has moved."""
        super().resizeEvent(event)
        left, bottom = map_axes.gutter(self.font())
        width, height = max(1, self.width() - left), max(1, self.height() - bottom)
        frame = replace(self.frame, left=float(left), top=0.0, width=float(width), height=float(height))
        self.frame = frame
        if self._at_home:
            self.home()
        else:
            self._enter(frame)

    def _leave_home(self, frame: Frame) -> None:
        self._at_home = False
        self._enter(frame)

    def _enter(self, frame: Frame) -> None:
        box = self.limits()
        self.frame = frame.within(box) if box is not None else frame
        self.view_changed()
        self.update()

    def _scales(self) -> tuple[float, float]:
        """The least and the largest scale that make sense."""
        box = self.home_box()
        fitted = self.frame.showing(box).scale
        furthest = max(abs(self.frame.x), abs(self.frame.y), 1 / fitted)
        return (self.snapped(fitted) if self.limits() is not None else fitted * WIDEST), DEEPEST / furthest
