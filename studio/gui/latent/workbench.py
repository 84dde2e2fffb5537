"""What all tabs work on together: the chosen model, the code in hand, the shelf. Every edit of it can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio.errors import Refused, StudioError, sentence
from studio.latent import latent_space, shelf
from studio.latent.codes import Code
from studio.latent.jobs import LIVE
from studio.latent.latent_space import LatentSpace
from studio.latent.shelf import Direction, Shelf
from studio.models.library import Card

REMEMBERED = 100
"""pictures of codes that undo and redo need not make again"""


@dataclass(frozen=True, eq=False)
class State:
    """What an edit changes: the code in hand (None: nothing yet) and what lies on the shelf."""

    code: Code | None = None
    shelf: Shelf = field(default_factory=Shelf)


class Workbench(QObject):
    """Holds one model's :class:`State`; panels read it, ask for changes, and hear what changed.

    ``model_changed`` another model (or moment) is worked on; ``code_changed`` and ``shelf_changed`` after every edit,
    undo and redo; ``message`` (text, level).
    """

    model_changed = Signal()
    code_changed = Signal()
    shelf_changed = Signal()
    message = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(1000)
        stack = self.undo
        # it empties itself when it is deleted, and says so to views that are half gone
        self.destroyed.connect(lambda: stack.blockSignals(True))
        self.model = ""
        """a model folder, or LIVE; what :class:`studio.latent.jobs.CodesRequest` wants"""
        self.card: Card | None = None
        self.space: LatentSpace | None = None
        self.selected: tuple[Code, ...] = ()
        """the codes that are selected on the shelf"""
        self._state = State()
        self._home: Path | None = None
        self._folder: Path | None = None
        self._illustrated: dict[tuple[str, ...], Code] = {}
        self._last: _Edit | None = None

    # -- what there is ----------------------------------------------------------------------------------------------

    @property
    def code(self) -> Code | None:
        """The code in hand: what traversals, search and film start from."""
        return self._state.code

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes on the shelf."""
        return self._state.shelf.codes

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions on the shelf."""
        return self._state.shelf.directions

    # -- the model --------------------------------------------------------------------------------------------------

    def open(self, model: str, card: Card, folder: Path) -> None:
        """Work on a model: ``model`` is its folder or LIVE, ``folder`` that of the model or the live run.

        Raises :class:`Refused` when it has no codes; then nothing changes. The moments of one run share shelf, code in
        hand and history.
        """
        space = latent_space.describe(card)
        if model == LIVE:
            space = replace(space, stamp="")
        place = shelf.folder_of(folder) if model != LIVE else folder / shelf.FOLDER
        same = place == self._folder and self.space is not None and self.space.size == space.size
        found, problems = (self._state.shelf, []) if same else shelf.read(place)
        self.model, self.card, self.space, self._home, self._folder = model, card, space, folder, place
        if same:
            self._state = replace(self._state, code=_of_moment(self.code, space.stamp))
        else:
            self._begin(State(None, found))
            for problem in problems:
                self.message.emit(problem, "warning")
        self.model_changed.emit()
        self.shelf_changed.emit()
        self.code_changed.emit()

    def close(self) -> None:
        """No model any more."""
        self.model, self.card, self.space, self._home, self._folder = "", None, None, None, None
        self._begin(State())
        self.model_changed.emit()
        self.shelf_changed.emit()
        self.code_changed.emit()

    # -- edits ------------------------------------------------------------------------------------------------------

    def begin(self, code: Code) -> None:
        """Take a code in hand where there is none yet: no edit, so nothing to undo."""
        if self.code is None and self._fits(code):
            self._enter(replace(self._state, code=code))

    def take(self, code: Code, what: str = "Choose a code", merge: str = "") -> bool:
        """Take a code in hand; one of another model is refused with a message. Edits with equal ``merge`` become one.

        Returns whether it was taken.
        """
        if not self._fits(code):
            return False
        self._edit(what, replace(self._state, code=code), merge)
        return True

    def put(self, code: Code, place: int | None = None, what: str = "Put on the shelf") -> bool:
        """Put a code on the shelf, at the end or before ``place``; returns whether it fits this model."""
        if not self._fits(code):
            return False
        named = code.named(shelf.free_name((other.name for other in self.codes), code.name or code.source or "code"))
        at = len(self.codes) if place is None else place
        self._set_shelf(what, codes=(*self.codes[:at], named, *self.codes[at:]))
        return True

    def remove(self, index: int) -> None:
        """Take a code off the shelf."""
        codes = self.codes
        self._set_shelf(f"Remove {codes[index].name}", codes=codes[:index] + codes[index + 1 :])

    def rename(self, index: int, name: str) -> None:
        """Give a code on the shelf another name; a taken one gets a number."""
        others = [code.name for i, code in enumerate(self.codes) if i != index]
        renamed = self.codes[index].named(shelf.free_name(others, name.strip() or "code"))
        self._set_shelf("Rename", codes=(*self.codes[:index], renamed, *self.codes[index + 1 :]))

    def move(self, index: int, to: int) -> None:
        """Move a code so that it stands at ``to``."""
        codes = list(self.codes)
        codes.insert(to, codes.pop(index))
        self._set_shelf("Move", codes=tuple(codes))

    def illustrate(self, code: Code, picture: np.ndarray) -> None:
        """A picture of a code has come: no edit, so nothing to undo."""
        shown, state = replace(code, picture=picture), self._state
        self._illustrated[_key(code)] = shown
        while len(self._illustrated) > REMEMBERED:
            del self._illustrated[next(iter(self._illustrated))]
        codes = tuple(shown if other is code else other for other in state.shelf.codes)
        # what has not changed stays the same object: it is neither written nor shown anew
        kept = replace(state.shelf, codes=codes) if any(other is shown for other in codes) else state.shelf
        self._enter(State(shown if state.code is code else state.code, kept))

    def add_direction(self, direction: Direction) -> None:
        """Put a direction on the shelf."""
        name = shelf.free_name((other.name for other in self.directions), direction.name)
        self._set_shelf(f"New direction {name}", directions=(*self.directions, direction.named(name)))

    def remove_direction(self, index: int) -> None:
        """Take a direction off the shelf."""
        rest = self.directions[:index] + self.directions[index + 1 :]
        self._set_shelf(f"Remove {self.directions[index].name}", directions=rest)

    def rename_direction(self, index: int, name: str) -> None:
        """Give a direction another name."""
        others = [direction.name for i, direction in enumerate(self.directions) if i != index]
        renamed = self.directions[index].named(shelf.free_name(others, name.strip() or "direction"))
        self._set_shelf("Rename", directions=(*self.directions[:index], renamed, *self.directions[index + 1 :]))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _begin(self, state: State) -> None:
        """Another model: nothing of the one before can be undone."""
        self._state, self.selected = state, ()
        self._illustrated.clear()
        self._last = None
        self.undo.clear()

    def _fits(self, code: Code) -> bool:
        if self.space is None:
            self.message.emit("Choose a model first.", "warning")
            return False
        try:
            warning = self.space.check(code)
        except Refused as error:
            self.message.emit(str(error), "error")
            return False
        if warning:
            self.message.emit(warning, "warning")
        return True

    def _set_shelf(
        self, what: str, codes: tuple[Code, ...] | None = None, directions: tuple[Direction, ...] | None = None
    ) -> None:
        old = self._state.shelf
        new = Shelf(old.codes if codes is None else codes, old.directions if directions is None else directions)
        self._edit(what, replace(self._state, shelf=new))

    def _edit(self, what: str, state: State, merge: str = "") -> None:
        last, stack = self._last, self.undo
        if merge and last is not None and last.merge == merge and stack.index() == stack.count():
            # not by Qt's mergeWith: PySide keeps every command that was merged away (measured: 5 KB each)
            last.after = state
            self._enter(state)
            return
        self._last = _Edit(self, what, self._state, state, merge)
        stack.push(self._last)

    def _enter(self, state: State) -> None:
        """Become ``state``, tell who listens, and keep the shelf on disk."""
        old, self._state = self._state, state
        if state.shelf is not old.shelf:
            self._write()
            self.shelf_changed.emit()
        if state.code is not old.code:
            self.code_changed.emit()

    def _go_to(self, state: State) -> None:
        """Become an earlier or later state, with the pictures that have come since then."""
        self._enter(State(self._shown(state.code) if state.code is not None else None, self._shown_shelf(state.shelf)))

    def _shown(self, code: Code) -> Code:
        return self._illustrated.get(_key(code), code) if code.picture is None else code

    def _shown_shelf(self, old: Shelf) -> Shelf:
        codes = tuple(self._shown(code) for code in old.codes)
        now = self._state.shelf
        if now.directions is old.directions and _are(codes, now.codes):
            return now
        return old if _are(codes, old.codes) else replace(old, codes=codes)

    def _write(self) -> None:
        if self._folder is None or self._home is None:
            return
        if not self._home.is_dir():  # writing would make an empty folder where a model was
            self.message.emit(f"The shelf could not be saved: {self._home} is no longer there.", "error")
            return
        try:
            shelf.write(self._folder, self._state.shelf)
        except (StudioError, OSError) as error:
            self.message.emit(f"The shelf could not be saved: {sentence(error)}", "error")


def _of_moment(code: Code | None, stamp: str) -> Code | None:
    """A code in hand that goes along to other weights of its model, which will make another picture of it."""
    return code if code is None or code.stamp == stamp else replace(code, stamp=stamp, picture=None)


def _key(code: Code) -> tuple[str, ...]:
    """What makes a code this one and no other, its picture apart."""
    return (code.model, code.stamp, code.wanted, code.name, code.source, code.values.tobytes().hex())


def _are(some: tuple[Code, ...], others: tuple[Code, ...]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


class _Edit(QUndoCommand):
    """A change from one state to another; of a drag's many changes only the last state is kept."""

    def __init__(self, bench: Workbench, what: str, before: State, after: State, merge: str) -> None:
        super().__init__(what)
        self._bench, self._before = bench, before
        self.after, self.merge = after, merge

    def redo(self) -> None:
        """Do it (again)."""
        self._bench._go_to(self.after)

    def undo(self) -> None:
        """As it was before."""
        self._bench._go_to(self._before)
