"""What the model makes beside what it learns from, and the timeline to look back along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.events import Preview
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.train.picture_choice import COMPARE, SAMPLES, PictureChoice
from studio.gui.train.timeline_bar import TimelineBar
from studio.gui.widgets.picture_grid import PictureGrid
from studio.gui.widgets.picture_window import PictureWindow
from studio.imaging import grids
from studio.latent.jobs import LIVE
from studio.models import library
from studio.training import moments, runs

NEWEST = None


class PicturesView(QWidget):
    """Samples (live, of a stored moment, or of new codes) or a comparison, real pictures, timeline.

    ``codes_wanted`` (model, seed, class): render new codes with the live model ("live") or a moment's folder.
    ``scrubbed`` the step looked at (None: live). ``film_clicked`` and ``keep_clicked`` (the moment's folder).
    """

    codes_wanted = Signal(str, int, str)
    scrubbed = Signal(object)
    film_clicked = Signal()
    keep_clicked = Signal(object)
    message = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.samples = PictureGrid(
            empty_text="Press Start: what the model makes appears here and gets better as it learns."
        )
        self.real = PictureGrid(empty_text="The pictures it learns from appear here.")
        self.timeline = TimelineBar()
        self.caption = QLabel(SAMPLES)
        self.choice = PictureChoice()
        self.real_caption = QLabel("Real pictures")
        self.dice = _button(
            "New codes", "dice-5-outline", "Make pictures from other random codes, with the model you see."
        )
        self.fixed = _button("Fixed codes", "pin-outline", "Show the run's own codes again, the same at every moment.")
        self.film = _button("Film", "movie-open-outline", "Export the timeline as MP4, GIF or PNG frames.")
        self.keep = _button(
            "Keep as model", "content-save-outline", "Save the moment you see in your library of models."
        )
        self.run: runs.Run | None = None
        self._live = Preview(0, None)
        self._training = False
        self._looking_at: int | None = NEWEST
        self._seed = 0
        self._thumbs: dict[int, np.ndarray | None] = {}
        self._lay_out()
        self._connect()
        self._refresh()

    def show_run(self, folder: Path, real: np.ndarray | None, training: bool) -> None:
        """Show the moments of a run; ``real`` is (N, H, W, C) uint8 or None."""
        self.run = runs.open_run(folder)
        self._training = training
        self._live, self._looking_at, self._seed = Preview(0, None), NEWEST, 0
        self.choice.set_condition(None)
        self.real.set_pictures(real)
        self._thumbs.clear()
        self.timeline.set_moments(
            [(step, thumb) for step in self.run.moments() if (thumb := self._thumbnail(step)) is not None]
        )
        steps = self.run.moments()
        if steps and not training:
            self._live = self._stored(steps[-1])
        self._learn_condition()
        self._refresh()

    def clear(self) -> None:
        """Show nothing: the run is gone."""
        self.run, self._live, self._looking_at, self._seed = None, Preview(0, None), NEWEST, 0
        self.choice.set_condition(None)
        self._thumbs.clear()
        self.timeline.set_moments([])
        self.real.set_pictures(None)
        self._refresh()

    def set_training(self, training: bool) -> None:
        """Whether a live model stands behind the pictures."""
        self._training = training
        self._refresh()

    @Slot(object)
    def show_preview(self, event: Preview) -> None:
        """The live model's pictures at the fixed codes, and its comparison."""
        self._live = event
        if self._looking_at is NEWEST and not self._seed:
            self._refresh()

    @Slot(object)
    def add_moment(self, event: object) -> None:
        """A moment was stored (and perhaps others were dropped to make room)."""
        if self.run is None:
            return
        kept, current = self.run.moments(), self.timeline.current()
        if self.timeline.count() >= len(kept):
            found = [(step, thumb) for step in kept if (thumb := self._thumbnail(step)) is not None]
            self.timeline.set_moments(found)
            if current in kept:
                self.timeline.set_current(current)
        elif kept and (thumb := self._thumbnail(kept[-1])) is not None:
            self.timeline.add_moment(kept[-1], thumb)
        self._learn_condition()
        self._enable()

    def show_rendered(self, sheet: np.ndarray, cell: int, count: int, step: int) -> None:
        """The pictures of new codes: ``sheet`` without gaps, ``count`` cells of ``cell`` pixels."""
        if self._seed and not self.choice.compares:
            self.samples.set_pictures(grids.cells(sheet, cell, count))
            asked = f" · {self.choice.wanted}" if self.choice.wanted else ""
            self.caption.setText(f"New codes {self._seed}{asked} · step {step:,}")

    def moment_folder(self) -> Path | None:
        """The folder of the moment that is shown (the newest when live)."""
        if self.run is None:
            return None
        steps = self.run.moments()
        step = self._looking_at if self._looking_at is not NEWEST else (steps[-1] if steps else None)
        return self.run.moment(step) if step in steps else None

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.caption.setFont(theme.tabular(self.caption.font()))
        theme.set_role(self.real_caption, "muted")
        head = QHBoxLayout()
        head.setSpacing(SMALL_SPACE)
        head.addWidget(self.caption, 1)
        head.addWidget(self.choice)
        for button in (self.dice, self.fixed, self.film, self.keep):
            head.addWidget(button)
        both = QSplitter()
        both.setChildrenCollapsible(False)
        both.addWidget(_column(head, self.samples))
        right = QHBoxLayout()
        right.addWidget(self.real_caption)
        right.addSpacing(SPACE)
        both.addWidget(_column(right, self.real))
        both.setSizes([300, 200])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(both, 1)
        column.addWidget(self.timeline)

    def _connect(self) -> None:
        self.timeline.scrubbed.connect(self._scrub)
        self.timeline.released_to_live.connect(self._go_live)
        self.choice.view_changed.connect(self._show_again)
        self.choice.wanted_changed.connect(self._ask_for)
        self.dice.clicked.connect(self._new_codes)
        self.fixed.clicked.connect(self._fixed_codes)
        self.film.clicked.connect(self.film_clicked)
        self.keep.clicked.connect(self._keep)
        self.samples.clicked.connect(self._enlarge_sample)
        self.real.clicked.connect(self._enlarge_real)
        for grid in (self.samples, self.real):
            grid.setToolTip("Click a picture to see it large; right click to copy or save it.")
            grid.message.connect(self.message)

    # -- reacting ---------------------------------------------------------------------------------------------------

    @Slot(int)
    def _scrub(self, step: int) -> None:
        self._looking_at = step
        self.scrubbed.emit(step)
        self._show_again()

    @Slot()
    def _go_live(self) -> None:
        self._looking_at = NEWEST
        self.scrubbed.emit(NEWEST)
        self._show_again()

    @Slot()
    def _show_again(self) -> None:
        if self._seed and not self.choice.compares:
            self._ask()
        else:
            self._refresh()

    @Slot(str)
    def _ask_for(self, wanted: str) -> None:
        """New codes of one class; the run's own codes are of all classes."""
        if wanted:
            self._seed = max(1, self._seed)
        self._show_again()
        self._enable()

    @Slot()
    def _new_codes(self) -> None:
        self._seed += 1
        self._ask()
        self._enable()

    @Slot()
    def _fixed_codes(self) -> None:
        self._seed = 0
        self._refresh()

    @Slot(int)
    def _enlarge_sample(self, index: int) -> None:
        PictureWindow(self.samples.picture(index), f"{self.caption.text()} · picture {index + 1}", self).show()

    @Slot(int)
    def _enlarge_real(self, index: int) -> None:
        PictureWindow(self.real.picture(index), f"Real picture {index + 1}", self).show()

    @Slot()
    def _keep(self) -> None:
        folder = self.moment_folder()
        if folder is not None:
            self.keep_clicked.emit(folder)

    def _ask(self) -> None:
        if self._looking_at is NEWEST and self._training:
            self.codes_wanted.emit(LIVE, self._seed, self.choice.wanted)
        else:
            folder = self.moment_folder()
            if folder is not None:
                self.codes_wanted.emit(str(folder), self._seed, self.choice.wanted)

    def _refresh(self) -> None:
        shown = self._live if self._looking_at is NEWEST else self._stored(self._looking_at)
        self.choice.set_available(shown.pictures is not None, bool(shown.rows))
        compares = self.choice.compares
        if compares:
            self.samples.set_rows(shown.rows)
        else:
            self.samples.set_pictures(shown.pictures)
        what = COMPARE if compares else SAMPLES
        if shown.pictures is not None or shown.rows:
            # the list beside it says what is shown where there is a choice
            what = f"Step {shown.step:,}" if self.choice.is_shown else f"{what} · step {shown.step:,}"
        self.caption.setText(what)
        self.caption.setToolTip(
            "The same pictures at every moment, and what the model makes of them."
            if compares
            else "The same codes at every moment, so that you see them grow."
        )
        self._enable()

    def _enable(self) -> None:
        has_moment = self.moment_folder() is not None
        samples = self._live.pictures is not None and not self.choice.compares
        self.dice.setEnabled(samples and (has_moment or self._training))
        self.fixed.setEnabled(self._seed > 0)
        self.keep.setEnabled(has_moment)
        self.film.setEnabled(self.run is not None and self.timeline.count() > 1)

    def _stored(self, step: int) -> Preview:
        """What a moment showed."""
        assert self.run is not None
        folder = self.run.moment(step)
        try:
            return Preview(step, moments.samples(folder), moments.rows(folder))
        except StudioError as error:
            self.message.emit(f"The moment {step:,} cannot be shown: {error}", "warning")
            return Preview(step, None)

    def _learn_condition(self) -> None:
        """What the model can be asked for stands on the card of any moment."""
        steps = self.run.moments() if self.run is not None else []
        if self.run is None or not steps:
            return
        try:
            card = library.read_card(self.run.moment(steps[-1]))
        except StudioError:
            return  # said when the moment is shown
        self.choice.set_condition(card.record.condition(card.settings, card.spec))

    def _thumbnail(self, step: int) -> np.ndarray | None:
        """Four of the moment's pictures, read once."""
        assert self.run is not None
        if step not in self._thumbs:
            try:
                self._thumbs[step] = moments.thumbnail(self.run.moment(step))
            except StudioError as error:
                self.message.emit(f"The moment {step:,} cannot be shown: {error}", "warning")
                self._thumbs[step] = None
        return self._thumbs[step]


def _column(head: QHBoxLayout, grid: PictureGrid) -> QWidget:
    """A line of fixed height over a grid, so that neighbours stand level."""
    head.setContentsMargins(0, 0, 0, 0)
    line = QWidget()
    line.setFixedHeight(32)
    line.setLayout(head)
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SMALL_SPACE)
    column.addWidget(line)
    column.addWidget(grid, 1)
    return whole


def _button(text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setToolTip(f"{text}: {tip[0].lower()}{tip[1:]}")
    button.setAccessibleName(text)
    return button
