"""The map tab: which plane, the map itself, the data laid over it, and what a person does on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.data.config import DataConfig
from studio.errors import Refused
from studio.events import Failed, Message, Placed, Progress, Stopped
from studio.gui import theme
from studio.gui.latent import plane_bar
from studio.gui.latent.data_bar import DataBar
from studio.gui.latent.map_view import MapView
from studio.gui.latent.plane_bar import PlaneBar
from studio.gui.latent.renderer import CellRenderer
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.workers import Workers
from studio.latent import directions, planes
from studio.latent.codes import Code
from studio.latent.embedding import Embedding
from studio.latent.map_jobs import EmbedJob, TsneJob
from studio.latent.planes import Plane

SPREADS = 3.0
"""what a map of directions shows at first, in standard deviations"""
BEYOND = 1.6
"""what a map through three codes shows at first, in the distance between them"""
CHOOSE = "Choose a model on the left: its pictures appear here, sorted by their codes."
MODES = {
    "move": ("cursor-move", "Move: drag to pan, wheel to zoom, click to take a code in hand."),
    "path": ("draw", "Path: draw a line over the map and make a film of what lies along it."),
    "lasso": ("lasso", "Lasso: draw around dots and make a direction that leads to them."),
}


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
        self.planes, self.data, self.view = PlaneBar(), DataBar(), MapView()
        self.cells = CellRenderer(bench, workers, self)
        self.embedder, self.neighbours = OneJob(workers, self), OneJob(workers, self)
        self.embedding: Embedding | None = None
        self.plane: Plane | None = None
        self.wanted = ""
        self._points: np.ndarray | None = None
        self._about = self._asked_about = ""
        self._known_data: DataConfig | None = None
        self._kind, self._shown_dots = "", 0
        self._lay_out()
        self._connect()

    def set_wanted(self, wanted: str) -> None:
        """Which class a conditional model is asked for."""
        if wanted != self.wanted:
            self.wanted = wanted
            self.view.invalidate()

    def set_data(self, config: DataConfig | None) -> None:
        """The data that the model which is opened next learned from, if that is known."""
        self._known_data = config

    def follow_selection(self) -> None:
        """Three codes are selected on the shelf while their plane is what is wanted: show it."""
        if self.planes.chosen() == plane_bar.THREE != self._kind and len(self._bench.selected) == 3:
            self._build_plane(plane_bar.THREE)

    def refresh(self) -> None:
        """The model has learned: draw everything again, keeping what is there until the new pictures come."""
        self.view.invalidate()

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._modes = QButtonGroup(self)
        tools = QHBoxLayout()
        tools.setSpacing(SMALL_SPACE)
        tools.addWidget(self.planes)
        tools.addStretch(1)
        self.pictures = _toggle("image-multiple-outline", "Show the pictures of the codes.")
        self.dots = _toggle("scatter-plot", "Show the data as dots.")
        self.film = _toggle("movie-open-outline", "Export a film along the path that was drawn.", checkable=False)
        self.fit = _toggle("fit-to-page-outline", "Show the whole map again (Home).", checkable=False)
        for button in (self.pictures, self.dots):
            button.setChecked(True)
            tools.addWidget(button)
        tools.addSpacing(SPACE)
        for mode, (icon, tip) in MODES.items():
            button = _toggle(icon, tip)
            button.setObjectName(mode)
            self._modes.addButton(button)
            tools.addWidget(button)
        self._modes.buttons()[0].setChecked(True)
        tools.addSpacing(SPACE)
        tools.addWidget(self.film)
        tools.addWidget(self.fit)
        self.film.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(tools)
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
        self.pictures.toggled.connect(view.set_pictures_shown)
        self.dots.toggled.connect(self._show_dots)
        self.fit.clicked.connect(view.home)
        self.film.clicked.connect(self._film)
        self._modes.buttonClicked.connect(self._choose_mode)
        self.data.read_clicked.connect(self.embed)
        self.data.stop_clicked.connect(self._stop)
        self.embedder.said.connect(self._hear)
        self.embedder.ended.connect(self._embedded)
        self.embedder.busy_changed.connect(self._on_busy)
        self.neighbours.said.connect(self._hear_tsne)
        self.neighbours.ended.connect(self._tsne_ended)
        self.neighbours.busy_changed.connect(self._on_busy)

    # -- the plane --------------------------------------------------------------------------------------------------

    @Slot()
    def _on_model(self) -> None:
        self.embedder.drop()
        self.neighbours.drop()
        self.embedding = self._points = None
        self.wanted = ""
        self.planes.set_space(self._bench.space)
        self._follow_data()
        self._show_points(None)
        self._set_plane(None)
        self._choose_plane()

    def _follow_data(self) -> None:
        """Propose the model's own data, before anything is read for its map."""
        config, self._known_data = self._known_data, None
        space, card = self._bench.space, self._bench.card
        if space is not None and card is not None:
            self.data.set_model(space.encodes, config, card.data)
        self.data.show_note("")

    @Slot()
    def _choose_plane(self) -> None:
        """Show the plane that is chosen; what it needs first is found first."""
        kind = self.planes.chosen()
        if self._bench.space is None or not kind:
            self._set_plane(None)
        elif kind == plane_bar.NEIGHBOURS:
            self._start_tsne()
        elif kind == plane_bar.PRINCIPAL and self.embedding is None:
            self.message.emit("Looking for the principal directions …", "info")
            self.embed_default()
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
        first, second = self.planes.axes()
        if kind == plane_bar.PRINCIPAL:
            assert self.embedding is not None
            found = self.embedding.principal
            if max(first, second) >= len(found.directions):
                raise Refused(f"There are {len(found.directions)} principal directions. Choose two of them.")
            ways = [found.spreads[i] * found.directions[i] for i in (first, second)]
            labels = (f"principal {first + 1}", f"principal {second + 1}")
            return planes.of_directions(found.mean, ways[0], ways[1], labels)
        if kind == plane_bar.THREE:
            chosen = self._bench.selected
            if len(chosen) != 3:
                raise Refused("Select three codes on the shelf (Ctrl and click), then choose this plane again.")
            a, b, c = chosen
            return planes.through(a.values, b.values, c.values, (a.name, b.name, c.name))
        base = self._bench.code.values if self._bench.code is not None else None
        return planes.of_axes(space.size, first, second, base, kind == plane_bar.QUANTILES)

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
            reach = {plane_bar.PRINCIPAL: SPREADS, plane_bar.THREE: BEYOND}.get(self.planes.chosen(), space.reach)
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

    def code_of_dot(self, index: int) -> Code:
        """The code of a picture laid over the map."""
        assert self.embedding is not None
        name = f"{self._class_of(index)} · {index + 1}".lstrip(" ·")
        return self._code(self.embedding.codes[index], name, f"{self._about} picture {index + 1}")

    def _code(self, values: np.ndarray, name: str, source: str) -> Code:
        space = self._bench.space
        assert space is not None
        return Code(values, space.model, space.stamp, self._asked_for(), name, source)

    def _class_of(self, index: int) -> str:
        found = self.embedding
        return "" if found is None or found.labels is None else found.classes[int(found.labels[index])]

    # -- the mouse --------------------------------------------------------------------------------------------------

    @Slot(object)
    def _hover(self, point: tuple[float, float] | None) -> None:
        self.hovered.emit(None if point is None or self.plane is None else self.code_at(*point))

    @Slot(int)
    def _hover_dot(self, index: int) -> None:
        if index >= 0:
            self.hovered.emit(self.code_of_dot(index))

    @Slot(float, float)
    def _choose(self, x: float, y: float) -> None:
        if self.plane is not None:
            self._bench.take(self.code_at(x, y), "Choose on the map")

    @Slot(int)
    def _choose_dot(self, index: int) -> None:
        self._bench.take(self.code_of_dot(index), "Choose a picture of the data")

    @Slot()
    def _on_code(self) -> None:
        """The other numbers of the code in hand are those of the plane of two dimensions."""
        if self.planes.chosen() in (plane_bar.QUANTILES, plane_bar.AXES) and self._bench.space is not None:
            self._build_plane(self.planes.chosen())
        self._mark()

    @Slot(object)
    def _choose_mode(self, button: QToolButton) -> None:
        self.view.set_mode(button.objectName())

    @Slot(object)
    def _on_path(self, points: np.ndarray) -> None:
        self.film.setEnabled(self.plane is not None and len(points) > 1)
        self._path = points

    @Slot()
    def _film(self) -> None:
        if self.plane is not None and len(self._path) > 1:
            self.path_drawn.emit(self.plane.codes(self._path), self._asked_for())

    def _forget_path(self) -> None:
        """A path belongs to the plane on which it was drawn."""
        self.view.clear_path()
        self._path = np.zeros((0, 2))
        self.film.setEnabled(False)

    def _asked_for(self) -> str:
        """The class that the map shows."""
        return self.wanted if self._bench.space is not None and self._bench.space.condition else ""

    @Slot(object)
    def _on_lasso(self, indices: np.ndarray) -> None:
        """Make a direction of the dots inside the lasso against the others."""
        found, space = self.embedding, self._bench.space
        if found is None or space is None:
            self.message.emit("Lay data over the map first; then draw around some of its dots.", "warning")
            return
        if not len(indices):
            self.message.emit("There is no dot inside the lasso.", "info")
            return
        try:
            direction = directions.from_groups(
                found.codes, indices, f"group of {len(indices)}", space.model, space.stamp
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
        return menu

    # -- data -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def embed(self, config: DataConfig | None) -> None:
        """Read and encode data (None: sample the model) and lay it over the map."""
        if self._bench.space is None:
            self.message.emit("Choose a model first.", "warning")
            return
        self._asked_about = config.source if config is not None else "samples"
        self.embedder.start(EmbedJob(self._bench.model, config, wanted=self.wanted))

    def embed_default(self) -> None:
        """Lay what is chosen over the map, samples for a model without an encoder; nothing while that is under way."""
        space = self._bench.space
        if space is not None and not self.embedder.awaited:
            self.embed(self.data.config() if space.encodes else None)

    @Slot()
    def _stop(self) -> None:
        self.embedder.stop()
        self.neighbours.stop()

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if isinstance(event, Progress):
            self.data.show_progress(event)
        elif isinstance(event, Message):
            self.message.emit(event.text, event.level)

    @Slot(object)
    def _embedded(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.data.show_note("")
            self.message.emit(final.reason, "error")
            return
        if isinstance(final, Stopped) or final.result is None:
            self.data.show_note("stopped")
            return
        self.neighbours.drop()  # it lays out what was read before
        self.embedding = final.result
        self._about, self._points = "samples" if self.embedding.sampled else self._asked_about, None
        self.view.set_thumbnails(self.embedding.pictures)
        self.data.show_note(f"{len(self.embedding.codes):,} pictures")
        self.dots.setChecked(True)
        self._choose_plane()
        self._place_dots()
        self.embedded.emit()

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        self.data.set_busy(self.embedder.busy or self.neighbours.busy)

    @Slot(bool)
    def _show_dots(self, shown: bool) -> None:
        del shown
        self._place_dots()

    def _place_dots(self) -> None:
        found = self.embedding
        if found is None or not self.dots.isChecked():
            self._show_points(None)
            return
        if self.planes.chosen() == plane_bar.NEIGHBOURS:
            points = self._points
        else:
            points = self.plane.points(found.codes) if self.plane is not None else None
        self._show_points(points)

    def _show_points(self, points: np.ndarray | None) -> None:
        found = self.embedding
        self._shown_dots = 0 if points is None else len(points)
        if points is None or found is None:
            self.view.set_dots(None)
        else:
            self.view.set_dots(points, found.labels, names=found.classes)

    def _start_tsne(self) -> None:
        if self.embedding is None:
            self.message.emit("Reading the data for t-SNE …", "info")
            self.embed_default()
        elif self._points is None and not self.neighbours.awaited:
            self.neighbours.start(TsneJob(self.embedding.features))
        self._set_plane(None, "The dots appear here once the data has been read.")

    @Slot(object)
    def _hear_tsne(self, event: Any) -> None:
        if isinstance(event, Placed):
            self._points = event.points
            self.data.show_note(f"t-SNE {event.step:,} of {event.total:,} · KL {event.divergence:.3f}")
            self._move_dots()
        else:
            self._hear(event)

    @Slot(object)
    def _tsne_ended(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.message.emit(final.reason, "error")
        elif final.result is not None:
            self._points = final.result
            self._move_dots()
            stopped = ", stopped" if isinstance(final, Stopped) else ""
            self.data.show_note(f"t-SNE of {len(final.result):,} pictures{stopped}")

    def _move_dots(self) -> None:
        """t-SNE has moved its points: those on the map follow, or appear."""
        if self.planes.chosen() != plane_bar.NEIGHBOURS or self._points is None or not self.dots.isChecked():
            return
        if self._shown_dots == len(self._points):
            self.view.move_dots(self._points)
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


def _toggle(icon: str, tip: str, checkable: bool = True) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setCheckable(checkable)
    button.setToolTip(tip)
    button.setAccessibleName(tip.rstrip("."))
    return button


def _same(a: Plane, b: Plane) -> bool:
    return a.quantiles == b.quantiles and all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("origin", "across", "up")
    )
