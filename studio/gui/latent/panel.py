"""The Latent tab: composes the shelf, the map, traversals, the raw code, the search and the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from studio.errors import StudioError, sentence
from studio.gui import theme
from studio.gui.latent.arithmetic_bar import ArithmeticBar
from studio.gui.latent.code_panel import CodePanel
from studio.gui.latent.films import Films
from studio.gui.latent.map_panel import MapPanel
from studio.gui.latent.model_choice import Choice, ModelChoice
from studio.gui.latent.raw_sliders import RawSliders
from studio.gui.latent.renderer import CodeQueue, CodeRenderer
from studio.gui.latent.search_view import SearchView
from studio.gui.latent.searches import Searches
from studio.gui.latent.seed_bar import SeedBar
from studio.gui.latent.seeds import Seeds
from studio.gui.latent.shelf_view import ShelfView
from studio.gui.latent.traversal_view import TraversalView
from studio.gui.latent.traversals import Traversals
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SPACE
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.jobs import LIVE
from studio.training import runs

LEFT, RIGHT = 296, 320


class LatentPanel(QWidget):
    """Everything about codes. ``message`` (text, level) for the toasts, ``activity`` for the status bar."""

    message = Signal(str, str)
    activity = Signal(str)

    def __init__(self, workers: Workers, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench = bench
        self.models = ModelChoice(workers.session.runs)
        self.about = QLabel()
        self.seeds_bar, self.shelf = SeedBar(bench), ShelfView(bench)
        self.map, self.code = MapPanel(bench, workers), CodePanel(bench, workers)
        self.traversal_view, self.numbers, self.search_view = TraversalView(), RawSliders(bench), SearchView(bench)
        self.arithmetic = ArithmeticBar(bench, self.shelf.selected)
        self.queue, self.previewer = CodeQueue(bench, workers, self), CodeRenderer(bench, workers, self)
        self.seeds = Seeds(bench, self.seeds_bar, workers, self)
        self.traversals = Traversals(bench, self.traversal_view, self.map, workers, self)
        self.searches = Searches(bench, self.search_view, workers, self)
        self.films = Films(bench, self, workers, self)
        self._lay_out()
        self._connect()
        self.models.refresh()
        self._follow_model()

    def showEvent(self, event: Any) -> None:
        """The first time the tab is seen, begin with what is most interesting: the training, else a shipped model."""
        super().showEvent(event)
        self.models.refresh()
        if not self.bench.model and self.models.choices():
            self.models.choose(_first(self.models.choices()).model)

    # -- what the window tells --------------------------------------------------------------------------------------

    @Slot(object)
    def training_has_moment(self, event: Any) -> None:
        """A training has its first moment: from now on it can be looked at while it learns."""
        self.models.set_live(event.run)

    @Slot(object)
    def training_showed(self, event: object) -> None:
        """The model in training has learned something: show it anew if it is what is looked at."""
        if self.bench.model == LIVE and self.isVisible():
            self.map.refresh()
            self.code.refresh()

    @Slot(object)
    def training_ended(self, final: object) -> None:
        """The live model is a run now; who looked at it goes on with its last moment."""
        was_live = self.bench.model == LIVE
        self.models.set_live(None)
        current = self.models.current()
        if was_live and current is not None and self.bench.model != current.model:
            self._open(current)

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left = QFrame()
        theme.set_role(left, "panel")
        left.setFixedWidth(LEFT)
        column = QVBoxLayout(left)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        theme.set_role(self.about, "muted")
        self.about.setWordWrap(True)
        column.addWidget(self.models)
        column.addWidget(self.about)
        column.addWidget(self.seeds_bar)
        column.addWidget(self.shelf, 1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for widget, title, icon in (
            (self.map, "Map", "map-outline"),
            (self.traversal_view, "Traversals", "arrow-left-right"),
            (self.numbers, "Numbers", "tune-vertical"),
            (self.search_view, "Search", "image-search-outline"),
        ):
            widget.setContentsMargins(SPACE, SPACE, SPACE, 0)
            self.tabs.addTab(widget, theme.icon(icon, "muted"), title)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.addWidget(self.code)
        right.addWidget(self.arithmetic)
        right.setStretchFactor(0, 1)
        right.setFixedWidth(RIGHT)
        row = QSplitter()
        row.setChildrenCollapsible(False)
        for part in (left, self.tabs, right):
            row.addWidget(part)
        row.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        whole.addWidget(row, 1)
        whole.addWidget(self.films.strip)

    def _connect(self) -> None:
        bench = self.bench
        self.models.chosen.connect(self._open)
        self.models.gone.connect(self._close)
        bench.model_changed.connect(self._follow_model)
        self.shelf.pictures_wanted.connect(self.queue.add)
        self.shelf.selection_changed.connect(self._follow_selection)
        self.shelf.picture_dropped.connect(self._search)
        self.shelf.film_wanted.connect(self.films.ask_codes)
        self.queue.illustrated.connect(bench.illustrate)
        self.map.hovered.connect(self.code.hover)
        self.code.renderer.shown.connect(self.map.remember)
        self.map.path_drawn.connect(self.films.ask_path)
        self.films.progressed.connect(self.activity)
        self.traversals.measured.connect(self.numbers.set_changes)
        self.arithmetic.preview_wanted.connect(self.previewer.show)
        self.previewer.shown.connect(self._show_result)
        self.seeds_bar.wanted_changed.connect(self.map.set_wanted)
        for source in (bench, self.map, self.code, self.seeds, self.traversals, self.searches, self.films):
            source.message.connect(self.message)
        self.previewer.failed.connect(self._complain)

    # -- reacting ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _open(self, choice: Choice) -> None:
        self.map.set_data(_data_of(choice.folder))
        try:
            self.bench.open(choice.model, choice.card, choice.folder)
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")

    @Slot(object)
    def _close(self, choice: Choice) -> None:
        """The model is no longer there: nothing can be made of its codes any more."""
        self.bench.close()
        self.message.emit(f"{choice.title} is no longer there. Choose another model.", "warning")

    @Slot()
    def _follow_model(self) -> None:
        self.queue.clear()
        space = self.bench.space
        if space is None:
            self.about.setText("Choose a model to explore what it has learned.")
            return
        can = [word for word, has in (("samples", space.samples), ("encodes", space.encodes)) if has]
        size, channels = space.picture
        kind = "grey" if channels == 1 else "colour"
        self.about.setText(f"{space.title} · code of {space.size} · {size} px {kind} · {', '.join(can)}")
        self.shelf.request_pictures()
        self.map.set_wanted(self.seeds_bar.wanted())

    @Slot()
    def _follow_selection(self) -> None:
        self.bench.selected = tuple(self.shelf.selected())
        self.map.follow_selection()

    @Slot(object)
    def _search(self, picture: Path | Any) -> None:
        self.tabs.setCurrentWidget(self.search_view)
        self.search_view.set_target(picture)

    @Slot(object, object)
    def _show_result(self, code: Code, picture: np.ndarray) -> None:
        self.arithmetic.set_preview(picture, code)

    @Slot(str)
    def _complain(self, reason: str) -> None:
        self.message.emit(reason, "error")


def _first(choices: list[Choice]) -> Choice:
    """What to begin with: the training, else the first whose codes are a plane, else the first."""
    live = [choice for choice in choices if choice.model == LIVE]
    plane = [choice for choice in choices if choice.card.record.code_size(choice.card.settings, choice.card.spec) == 2]
    return (live or plane or choices)[0]


def _data_of(folder: Path) -> Any:
    """The data settings of a run, None for a model that is no run's."""
    try:
        return runs.open_run(folder).recipe.data
    except (StudioError, OSError):
        return None
