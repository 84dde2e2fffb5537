"""A slider for each number of the code in hand."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.raw_row import RawRow
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE
from studio.latent.codes import Code

AT_ONCE = 64
"""rows; a code of more numbers shows the strongest, or what the filter says"""
EMPTY = "Take a code in hand: each of its numbers gets a slider here."


class RawSliders(QWidget):
    """Edits the code in hand; one drag, or one number typed, is one step to undo.

    ``edited`` (Code) after each change.
    """

    edited = Signal(object)

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._rows: list[RawRow] = []
        self._reach = 0.0
        self._changes: np.ndarray | None = None
        self._start: np.ndarray | None = None
        self._own: set[bytes] = set()
        self._series = 0
        self.filter = QLineEdit()
        self.reset = tool_button("Reset all", "undo-variant", "All numbers as the code came to hand")
        self.note, self._empty = QLabel(), QLabel(EMPTY)
        self._area = QScrollArea(widgetResizable=True)
        self._column = QVBoxLayout()
        self._lay_out()
        self.filter.textChanged.connect(self._refresh)
        self.reset.clicked.connect(self._reset_all)
        bench.code_changed.connect(self._follow)
        bench.model_changed.connect(self._follow_model)
        self._follow_model()

    def set_changes(self, changes: np.ndarray | None) -> None:
        """How much each number changes the picture (D,): the strongest come first. None: in their own order."""
        self._changes = None if changes is None else np.asarray(changes)
        self._refresh()

    def rows(self) -> list[RawRow]:
        """The rows that are shown, from above."""
        return [row for row in self._rows if not row.isHidden()]

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.filter.setPlaceholderText("Which numbers: 3, 10-20")
        self.filter.setClearButtonEnabled(True)
        self.filter.setToolTip("Show only these numbers of the code, for example: 3, 10-20")
        self.filter.setAccessibleName("Which numbers")
        theme.set_role(self.note, "small")
        theme.set_role(self._empty, "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QHBoxLayout()
        head.setSpacing(SMALL_SPACE)
        head.addWidget(self.filter, 1)
        head.addWidget(self.reset)
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(0, 0, SMALL_SPACE, 0)
        self._column.setSpacing(SMALL_SPACE)
        whole.addLayout(self._column)
        whole.addStretch(1)
        self._area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self._area, 1)
        column.addWidget(self._empty, 1)

    def _make_rows(self, count: int) -> None:
        """As many rows as are needed at once; they are used again for other numbers."""
        while len(self._rows) < count:
            row = RawRow(self._reach)
            row.slid.connect(self._slide)
            row.begun.connect(self._begin)
            self._rows.append(row)
            self._column.addWidget(row)

    # -- following --------------------------------------------------------------------------------------------------

    @Slot()
    def _follow_model(self) -> None:
        space = self._bench.space
        if self._changes is not None and (space is None or len(self._changes) != space.size):
            self._changes = None
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Another code is in hand; one that was made here (also one undone to) keeps what numbers go back to."""
        code = self._bench.code
        if code is None:
            self._start = None
        elif self._start is None or code.values.tobytes() not in self._own:
            self._start, self._own = code.values, {code.values.tobytes()}
        self._set_reach()
        self._refresh()

    def _set_reach(self) -> None:
        """How far the sliders go to each side of 0: at least as far as the code that came to hand."""
        if self._bench.space is None or self._start is None:
            return
        # an encoder without a prior puts codes anywhere
        reach = max(self._bench.space.reach, math.ceil(float(np.abs(self._start).max())))
        if reach == self._reach:
            return
        self._reach = reach
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows.clear()

    @Slot()
    def _refresh(self) -> None:
        code = self._bench.code
        shown, has = self._chosen(len(code)) if code is not None else [], code is not None
        for widget, seen in ((self._area, has), (self.note, has), (self._empty, not has)):
            widget.setVisible(seen)
        self.filter.setEnabled(has)
        self._make_rows(len(shown))
        for place, row in enumerate(self._rows):
            row.setVisible(place < len(shown))
        if code is not None and self._start is not None:
            for row, dimension in zip(self._rows, shown, strict=False):
                row.show_number(dimension, float(code.values[dimension]), float(self._start[dimension]))
            self._tell(code, shown)
        moved = code is not None and self._start is not None and not np.array_equal(code.values, self._start)
        self.reset.setEnabled(moved)

    def _chosen(self, size: int) -> list[int]:
        """Which numbers are shown, the strongest first where that is known."""
        wanted = wanted_numbers(self.filter.text(), size)
        wrong = wanted is None
        if bool(self.filter.property("wrong")) != wrong:
            self.filter.setProperty("wrong", wrong)
            theme.restyle(self.filter)
        if wanted:
            return wanted[:AT_ONCE]
        order = range(size) if self._changes is None else np.argsort(-self._changes, kind="stable").tolist()
        return list(order)[:AT_ONCE]

    def _tell(self, code: Code, shown: Sequence[int]) -> None:
        text = f"{len(shown)} of {len(code)} numbers" if len(shown) < len(code) else f"{len(code)} numbers"
        first = "" if self._changes is None or self.filter.text() else ", the strongest first"
        self.note.setText(f"{text}{first} · length {np.linalg.norm(code.values):.2f}")

    # -- acting -----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _begin(self, dimension: int) -> None:
        del dimension
        self._series += 1

    @Slot(int, float)
    def _slide(self, dimension: int, value: float) -> None:
        code = self._bench.code
        if code is None:
            return
        values = code.values.copy()
        values[dimension] = value
        name = f"z{dimension + 1}"
        self._take(values, f"Slide {name}", f"slide {name} {self._series}")

    @Slot()
    def _reset_all(self) -> None:
        if self._start is not None:
            self._take(self._start.copy(), "Reset the numbers", "")

    def _take(self, values: np.ndarray, what: str, merge: str) -> None:
        code, space = self._bench.code, self._bench.space
        if code is None or space is None:
            return
        origin = (code.name or code.source).removesuffix(_EDITED)
        # of this model as it is now, so that no warning comes at every tick
        new = Code(values, space.model, space.stamp, code.wanted, source=origin + _EDITED)
        self._own.add(new.values.tobytes())
        self._bench.take(new, what, merge)
        self.edited.emit(new)


_EDITED = ", edited"


def wanted_numbers(text: str, size: int) -> list[int] | None:
    """The numbers (from 0) that a text like "3, z7 10-20" names, in its order; [] for no text, None for nonsense."""
    found: list[int] = []
    for word in re.split(r"[,;\s]+", text.strip()):
        if not word:
            continue
        match = re.fullmatch(r"z?(\d{1,6})(?:[-–]z?(\d{1,6}))?", word, re.IGNORECASE)
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= size:
            return None
        found += range(first - 1, last)
    return list(dict.fromkeys(found))
