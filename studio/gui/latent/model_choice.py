"""Which model is worked on: the one in training, those that come with the program, the user's own, and runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from studio.errors import StudioError
from studio.gui.widgets import wheel_guard
from studio.latent import latent_space
from studio.latent.jobs import LIVE
from studio.models import library
from studio.models.library import Card
from studio.training import runs
from studio.training.runs import Run


@dataclass(frozen=True)
class Choice:
    """A model that can be chosen: ``model`` as in requests (a folder or LIVE), ``folder`` where it or its run lies."""

    title: str
    model: str
    card: Card
    folder: Path


class ModelChoice(QComboBox):
    """Lists what has a latent space.

    ``chosen`` carries a :class:`Choice`, by hand, or since what was chosen is another one now: a run has gone on, a
    training has begun or ended. ``gone`` carries what was chosen and is no longer there.
    """

    chosen = Signal(object)
    gone = Signal(object)

    def __init__(self, runs_folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs_folder
        self._choices: list[Choice] = []
        self._live: Choice | None = None
        self._current: Choice | None = None
        self.setToolTip("The model whose codes you explore: shipped, your own, a run, or the one in training.")
        self.setAccessibleName("Model")
        self.setPlaceholderText("Choose a model")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        wheel_guard.guard(self)
        self.activated.connect(self._activated)

    def choices(self) -> list[Choice]:
        """What is listed, in order."""
        return list(self._choices)

    def current(self) -> Choice | None:
        """What is chosen."""
        return self._current

    def set_live(self, run: Path | None) -> None:
        """A training runs into the folder ``run`` (None: none does any more)."""
        self._live = None
        if run is not None and (card := _card_of(run)) is not None:
            self._live = Choice(f"{card.name} · training now", LIVE, card, run)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the lists again; what was chosen stays chosen while it is there."""
        before = self._current
        found = [self._live] if self._live is not None else []
        found += [Choice(card.name, str(path), card, path) for card, path in library.list_models()]
        known = {choice.title for choice in found}
        for run in runs.list_runs(self._runs)[0]:
            if (self._live is None or run.folder != self._live.folder) and (choice := _of_run(run)) is not None:
                found.append(choice if choice.title not in known else _renamed(choice))
        self._choices = [choice for choice in found if _has_codes(choice.card)]
        self.blockSignals(True)
        self.clear()
        for choice in self._choices:
            self.addItem(choice.title)
            index = self.count() - 1
            about = choice.card.record
            self.setItemData(index, f"{about.title} · {choice.card.size} px · {_place(choice)}", _TOOLTIP)
        index = self._index_of(before)
        self.setCurrentIndex(index)
        self.blockSignals(False)
        self._current = self._choices[index] if index >= 0 else None
        if before is not None and self._current is None:
            self.gone.emit(before)
        elif before is not None and self._current is not None and self._current.model != before.model:
            self.chosen.emit(self._current)

    def choose(self, model: str) -> bool:
        """Choose the entry of a model folder (or LIVE) as a person would; whether there is one."""
        for index, choice in enumerate(self._choices):
            if choice.model == model:
                self.setCurrentIndex(index)
                self._current = choice
                self.chosen.emit(choice)
                return True
        return False

    def showPopup(self) -> None:
        """Runs may have come or gone since the list was made."""
        self.refresh()
        super().showPopup()

    def _index_of(self, choice: Choice | None) -> int:
        if choice is None:
            return -1
        for index, other in enumerate(self._choices):
            if other.model == choice.model:
                return index
        # a run that has gone on has a newer moment; a live model whose training ended is its run
        for index, other in enumerate(self._choices):
            if other.folder == choice.folder:
                return index
        return -1

    @Slot(int)
    def _activated(self, index: int) -> None:
        self._current = self._choices[index]
        self.chosen.emit(self._current)


_TOOLTIP = Qt.ItemDataRole.ToolTipRole


def _of_run(run: Run) -> Choice | None:
    steps = run.moments()
    if not steps:
        return None
    moment = run.moment(steps[-1])
    try:
        return Choice(run.name, str(moment), library.read_card(moment), run.folder)
    except StudioError:
        return None  # the run list of the Train tab says what is wrong with it


def _card_of(run: Path) -> Card | None:
    """The card of a run in training, from any of its moments."""
    try:
        steps = runs.open_run(run).moments()
        return library.read_card(runs.open_run(run).moment(steps[-1])) if steps else None
    except StudioError:
        return None


def _renamed(choice: Choice) -> Choice:
    return Choice(f"{choice.title} (run)", choice.model, choice.card, choice.folder)


def _place(choice: Choice) -> str:
    return "in training" if choice.model == LIVE else str(choice.folder)


def _has_codes(card: Card) -> bool:
    try:
        latent_space.describe(card)
    except (StudioError, KeyError, ValueError):
        return False
    return True
