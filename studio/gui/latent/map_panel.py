"""The map tab: which plane, the map itself, the data laid over it, and what a person does on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from studio.data.config import DataConfig
from studio.errors import Refused
from studio.events import Failed
from studio.gui import theme
from studio.gui.latent import code_actions, map_planes, plane_bar
from studio.gui.latent.data_bar import DataBar
from studio.gui.latent.map_data import MapData
from studio.gui.latent.map_tools import MapTools
from studio.gui.latent.map_view import MapView
from studio.gui.latent.renderer import CellRenderer
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.tokens import SPACE
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.latent import directions
from studio.latent.codes import Code
from studio.latent.map_jobs import ManifoldJob
from studio.latent.planes import Plane

CHOOSE = "Choose a model on the left: its pictures appear here, sorted by their codes."


class MapPanel(QWidget):
    """``hovered`` a :class:`Code` under the mouse (None: none any more); ``path_drawn`` the codes (K, D) along a line
    and the class that the map shows. ``message`` (text, level).
    """

    hovered = Signal(object)
    path_drawn = Signal(object, str)
    embedded = Signal()
    """data lies over the map: its principal directions are known"""
    message = Signal(str, str)

    def __init__(self, bench: Workbench, workers: Workers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._path = np.zeros((0, 2))
        self.tools, self.data, self.view = MapTools(), DataBar(), MapView()
        self.planes = self.tools.planes
        self.cells = CellRenderer(bench, workers, self)
        self.over = MapData(bench, self.data, workers, self)
        self.saver = OneJob(workers, self)
        self.plane: Plane | None = None
        self.wanted = ""
        self._kind, self._shown_dots = "", 0
        self._seen: Code | None = None
        self._lay_out()
        self._connect()

    def set_wanted(self, wanted: str) -> None:
        """Which class a conditional model is asked for."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.view.invalidate()

    def set_data(self, config: DataConfig | None) -> None:
        """The data that the model which is opened next learned from, if that is known."""
        self.over.known = config

    def follow_selection(self) -> None:
        """Three codes are selected on the shelf while their plane is what is wanted: show it."""
        if self.planes.chosen() == plane_bar.THREE != self._kind and len(self._bench.selected) == 3:
            self._build_plane(plane_bar.THREE)

    def refresh(self) -> None:
        """The model has learned: draw everything again, keeping what is there until the new pictures come."""
        self.view.invalidate()

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.tools)
        column.addWidget(self.view, 1)
        column.addWidget(self.data)

    def _connect(self) -> None:
        bench, view = self._bench, self.view
        bench.model_changed.connect(self._on_model)
        bench.code_changed.connect(self._on_code)
        bench.shelf_changed.connect(self._show_pins)
        self.planes.changed.connect(self._choose_plane)
        view.cells_wanted.connect(self._ask_cells)
        view.hovered.connect(self._hover)
        view.hovered_dot.connect(self._hover_dot)
        view.chosen.connect(self._choose)
        view.dot_chosen.connect(self._choose_dot)
        view.path_drawn.connect(self._on_path)
        view.lassoed.connect(self._on_lasso)
        view.menu_wanted.connect(self._open_menu)
        self.cells.decoded.connect(self._on_cells)
        self.cells.failed.connect(self._on_failed)
        self.tools.pictures.toggled.connect(view.set_pictures_shown)
        self.tools.dots.toggled.connect(self._show_dots)
        self.tools.fit.clicked.connect(view.home)
        self.tools.film.clicked.connect(self._film)
        self.tools.mode_chosen.connect(view.set_mode)
        self.over.embedded.connect(self._on_embedded)
        self.over.arranged.connect(self._move_dots)
        self.over.message.connect(self.message)
        self.saver.ended.connect(self._saved)

    # -- the plane --------------------------------------------------------------------------------------------------

    @Slot()
    def _on_model(self) -> None:
        self.wanted = ""
        self.planes.set_space(self._bench.space)
        self.over.follow_model()
        self._place_dots()
        self._set_plane(None)
        self._choose_plane()

    @Slot()
    def _choose_plane(self) -> None:
        """Show the plane that is chosen; what it needs first is found first."""
        kind = self.planes.chosen()
        if self._bench.space is None or not kind:
            self._set_plane(None)
        elif kind == plane_bar.NEIGHBOURS:
            self._show_neighbours()
        elif kind == plane_bar.PRINCIPAL and self.over.embedding is None:
            self.data.show_note("Looking for the principal directions …")
            self.over.embed_default()
        else:
            self._build_plane(kind)

    def _build_plane(self, kind: str) -> None:
        try:
            self._set_plane(self._made_plane(kind))
        except Refused as error:
            self.message.emit(str(error), "warning")
            if kind != self._kind:  # what is shown is no such plane
                self._set_plane(None, str(error))

    def _made_plane(self, kind: str) -> Plane:
        space = self._bench.space
        assert space is not None
        base = self._bench.code.values if self._bench.code is not None else None
        found = self.over.embedding
        return map_planes.made(kind, self.planes.axes(), space, base, self._bench.selected, found)

    def _set_plane(self, plane: Plane | None, reason: str = CHOOSE) -> None:
        """Show a plane; one with the same axes keeps the view, so that a new base only changes the pictures.

        Without one the map shows ``reason``.
        """
        old, self.plane = self.plane, plane
        self._kind = self.planes.chosen() if plane is not None else ""
        if plane is not None and old is not None and _same(plane, old):
            return
        space = self._bench.space
        if plane is None or space is None:
            self.view.set_empty_text(reason)
            self._forget_path()
            self.view.set_plane(None)
        else:
            reach = map_planes.reach(self.planes.chosen(), space, self.over.embedding)
            keep = old is not None and (plane.labels, plane.quantiles) == (old.labels, old.quantiles)
            if not keep:
                self._forget_path()
            self.view.set_plane(plane, space.picture[0], reach, keep=keep)
        self._place_dots()
        self._show_pins()
        self._mark()

    # -- pictures ---------------------------------------------------------------------------------------------------

    @Slot(object, int)
    def _ask_cells(self, points: np.ndarray, serial: int) -> None:
        if self.plane is not None:
            self.cells.ask(self.plane.codes(points), self.wanted, serial)

    @Slot(object)
    def _on_cells(self, decoded: Any) -> None:
        self.view.set_cells(decoded.start, decoded.pictures, decoded.serial)

    @Slot(str)
    def _on_failed(self, reason: str) -> None:
        self.message.emit(reason, "error")
        self.view.ask_again()

    def code_at(self, x: float, y: float) -> Code:
        """The code of a point of the plane."""
        assert self.plane is not None
        values = self.plane.codes(np.array([[x, y]]))[0]
        words = f"{self.plane.labels[0]} {x:.3g}, {self.plane.labels[1]} {y:.3g}"
        return self._code(values, f"map {x:.2f} {y:.2f}", f"map: {words}")

    def _code(self, values: np.ndarray, name: str, source: str) -> Code:
        space = self._bench.space
        assert space is not None
        return Code(values, space.model, space.stamp, self._asked_for(), name, source)

    # -- the mouse --------------------------------------------------------------------------------------------------

    @Slot(object)
    def _hover(self, point: tuple[float, float] | None) -> None:
        self.hovered.emit(None if point is None or self.plane is None else self.code_at(*point))

    @Slot(int)
    def _hover_dot(self, index: int) -> None:
        if index >= 0:
            self.hovered.emit(self.over.code(index))

    @Slot(float, float)
    def _choose(self, x: float, y: float) -> None:
        if self.plane is not None:
            self._bench.take(self.code_at(x, y), "Choose on the map")

    @Slot(int)
    def _choose_dot(self, index: int) -> None:
        self._bench.take(self.over.code(index), "Choose a picture of the data")

    @Slot()
    def _on_code(self) -> None:
        """The other numbers of the code in hand are those of the plane of two dimensions."""
        if self.planes.chosen() in (plane_bar.QUANTILES, plane_bar.AXES) and self._bench.space is not None:
            self._build_plane(self.planes.chosen())
        self._mark()

    @Slot(object)
    def _on_path(self, points: np.ndarray) -> None:
        self.tools.film.setEnabled(self.plane is not None and len(points) > 1)
        self._path = points

    @Slot()
    def _film(self) -> None:
        if self.plane is not None and len(self._path) > 1:
            self.path_drawn.emit(self.plane.codes(self._path), self._asked_for())

    def _forget_path(self) -> None:
        """A path belongs to the plane on which it was drawn."""
        self.view.clear_path()
        self._path = np.zeros((0, 2))
        self.tools.film.setEnabled(False)

    def _asked_for(self) -> str:
        """The class that the map shows."""
        return self.wanted if self._bench.space is not None and self._bench.space.condition else ""

    @Slot(object)
    def _on_lasso(self, indices: np.ndarray) -> None:
        """Make a direction of the dots inside the lasso against the others."""
        found, space = self.over.embedding, self._bench.space
        if found is None or space is None:
            self.message.emit("Show data on the map first; then draw around some of its dots.", "warning")
            return
        if not len(indices):
            self.message.emit("There is no dot inside the lasso.", "info")
            return
        try:
            direction = directions.from_groups(
                found.codes, indices, self.over.name_of_group(indices), space.model, space.stamp
            )
        except Refused as error:
            self.message.emit(str(error), "warning")
            return
        self._bench.add_direction(direction)
        text = f"{len(indices):,} pictures make the direction “{self._bench.directions[-1].name}”: see Traversals."
        self.message.emit(text, "info")

    @Slot(QPoint, object)
    def _open_menu(self, place: QPoint, point: tuple[float, float] | None) -> None:
        if point is not None and self.plane is not None:
            menu = self.menu(*point)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(place)

    def menu(self, x: float, y: float) -> QMenu:
        """The right-click menu of a point of the plane."""
        code, menu = self.code_at(x, y), QMenu(self)
        take = menu.addAction(theme.icon("hand-pointing-right"), "Take in hand")
        take.triggered.connect(lambda: self._bench.take(code, "Choose on the map"))
        put = menu.addAction(theme.icon("bookmark-plus-outline"), "Put on the shelf")
        put.triggered.connect(lambda: self._bench.put(code))
        seen = self._seen
        if seen is not None and np.array_equal(seen.values, code.values):  # the mouse is there: it has a picture
            code_actions.add_file_entries(menu, self, seen, self.message.emit)
        menu.addSeparator()
        whole = menu.addAction(theme.icon("map-outline"), "Save the map…")
        whole.triggered.connect(self.ask_save)
        return menu

    def remember(self, code: Code, picture: np.ndarray) -> None:
        """The picture of what is under the mouse has come."""
        self._seen = replace(code, picture=picture)

    @Slot()
    def ask_save(self) -> None:
        """Save the plane as one picture, 20 × 20 codes."""
        space = self._bench.space
        if self.plane is None or space is None:
            return
        path = dialogs.ask_save(self, "Save the map", f"{space.model}-map.png")
        if path is not None:
            self.saver.start(ManifoldJob(self._bench.model, path, plane=self.plane, wanted=self._asked_for()))

    @Slot(object)
    def _saved(self, final: Any) -> None:
        failed = isinstance(final, Failed)
        self.message.emit(final.reason if failed else final.text, "error" if failed else "info")

    # -- data -------------------------------------------------------------------------------------------------------

    @Slot()
    def _on_embedded(self) -> None:
        found = self.over.embedding
        assert found is not None
        self.view.set_thumbnails(found.pictures)
        self.tools.dots.setChecked(True)
        self._choose_plane()
        self._place_dots()
        self.embedded.emit()

    @Slot(bool)
    def _show_dots(self, shown: bool) -> None:
        del shown
        self._place_dots()

    def _place_dots(self) -> None:
        found = self.over.embedding
        if found is None or not self.tools.dots.isChecked():
            points = None
        elif self.planes.chosen() == plane_bar.NEIGHBOURS:
            points = self.over.points
        else:
            points = self.plane.points(found.codes) if self.plane is not None else None
        self._shown_dots = 0 if points is None else len(points)
        if points is None or found is None:
            self.view.set_dots(None)
        else:
            self.view.set_dots(points, found.labels, names=found.classes)

    def _show_neighbours(self) -> None:
        if self.over.embedding is None:
            self.over.embed_default()
        else:
            self.over.arrange()
        self._set_plane(None, "The dots appear here once the data has been read.")
        self.view.set_labels("t-SNE 1", "t-SNE 2")

    @Slot()
    def _move_dots(self) -> None:
        """t-SNE has moved its points: those on the map follow, or appear."""
        points = self.over.points
        if self.planes.chosen() != plane_bar.NEIGHBOURS or points is None or not self.tools.dots.isChecked():
            return
        if self._shown_dots == len(points):
            self.view.move_dots(points)
        else:
            self._place_dots()

    # -- marks ------------------------------------------------------------------------------------------------------

    def _mark(self) -> None:
        """A ring where the code in hand lies (its nearest point of the plane)."""
        code = self._bench.code
        if code is None or self.plane is None:
            self.view.set_mark(None)
        else:
            ((x, y),) = self.plane.points(code.values[None]).tolist()
            self.view.set_mark((x, y))

    @Slot()
    def _show_pins(self) -> None:
        codes = self._bench.codes
        if self.plane is None or not codes:
            self.view.set_pins([])
            return
        points = self.plane.points(np.stack([code.values for code in codes]))
        self.view.set_pins([(x, y, code.name) for (x, y), code in zip(points.tolist(), codes, strict=True)])


def _same(a: Plane, b: Plane) -> bool:
    return a.quantiles == b.quantiles and all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("origin", "across", "up")
    )
