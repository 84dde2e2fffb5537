"""The three ways to make a code from others: a sum, a mean, and a point between two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.gui.latent.code_slot import CodeSlot, Selected
from studio.gui.latent.figure_slider import FigureSlider
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.wheel_guard import guard
from studio.latent import arithmetic
from studio.latent.codes import Code


@dataclass(frozen=True, eq=False)
class Outcome:
    """``values`` (D,) float32 of a result, what to call it, and the code it takes its class from."""

    values: np.ndarray
    name: str
    like: Code


class SumPage(QWidget):
    """A − B + C; each slot may hold several codes, which are averaged first."""

    changed = Signal()
    restores = True

    def __init__(self, bench: Workbench, selected: Selected) -> None:
        super().__init__()
        helps = ("What to start from.", "What to take away.", "What to add instead.")
        named = zip("ABC", helps, strict=True)
        self.slots = [CodeSlot(title, help, bench, selected, one=False) for title, help in named]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        for sign, slot in zip(("", "−", "+"), self.slots, strict=True):
            if sign:
                row.addWidget(_sign(sign, slot), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(slot)
            slot.changed.connect(self.changed)
        row.addStretch(1)

    def offer(self, codes: list[Code]) -> None:
        """Fill empty slots with selected codes, one each."""
        for slot, code in zip(self.slots, codes, strict=False):
            slot.set_codes([code])

    def outcome(self, restore: bool) -> Outcome | None:
        """The sum, or None while neither A nor C holds anything."""
        means = [_mean(slot, restore) if slot.codes else None for slot in self.slots]
        plus = [mean for mean in (means[0], means[2]) if mean is not None]
        if not plus:
            return None
        minus = [means[1]] if means[1] is not None else []
        first = next(slot for slot in (self.slots[0], self.slots[2]) if slot.codes)
        alone = len(plus) == 1 and not minus  # not even rounded
        values = plus[0] if alone else arithmetic.combine(plus, minus, restore)
        return Outcome(values, self._name(), first.codes[0])

    def _name(self) -> str:
        a, b, c = (slot.name() for slot in self.slots)
        if a and b and c:
            return f"{a} − {b} + {c}"
        start = " + ".join(part for part in (a, c) if part)
        return f"{start} − {b}" if b else start


class AveragePage(QWidget):
    """The mean of any number of codes."""

    changed = Signal()
    restores = True

    def __init__(self, bench: Workbench, selected: Selected) -> None:
        super().__init__()
        self.slot = CodeSlot("Codes", "Their average.", bench, selected, one=False)
        note = QLabel("The average of several codes shows what they have in common.", wordWrap=True)
        note.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.slot)
        row.addWidget(note, 1, Qt.AlignmentFlag.AlignTop)
        self.slot.changed.connect(self.changed)

    def offer(self, codes: list[Code]) -> None:
        """Average the selected codes."""
        if len(codes) > 1:
            self.slot.set_codes(codes)

    def outcome(self, restore: bool) -> Outcome | None:
        """The mean, or None without codes."""
        if not self.slot.codes:
            return None
        return Outcome(_mean(self.slot, restore), self.slot.name(), self.slot.codes[0])


class BetweenPage(QWidget):
    """A point of the way from one code to another."""

    changed = Signal()
    restores = False

    def __init__(self, bench: Workbench, selected: Selected) -> None:
        super().__init__()
        self._bench = bench
        self._model = ""
        self.start = CodeSlot("From", "Where the way begins.", bench, selected, one=True)
        self.end = CodeSlot("To", "Where the way ends.", bench, selected, one=True)
        self.share = FigureSlider("Way", "How far on the way from the first code to the second.", (0.0, 1.0), 0.5)
        self.kind = QComboBox()
        self.kind.addItem("slerp: round", "slerp")
        self.kind.addItem("lerp: straight", "lerp")
        self.kind.setAccessibleName("How to go")
        self.kind.setToolTip(
            "Slerp keeps the length that codes of a Gaussian in many dimensions have; lerp goes straight, which is "
            "right for the codes of an encoder."
        )
        guard(self.kind)
        self._lay_out()
        self.start.changed.connect(self.changed)
        self.end.changed.connect(self.changed)
        self.share.value_changed.connect(self.changed)
        self.kind.currentIndexChanged.connect(self.changed)
        bench.model_changed.connect(self._follow_model)
        self._follow_model()

    def offer(self, codes: list[Code]) -> None:
        """Go between the first two selected codes."""
        if len(codes) > 1:
            self.start.set_codes(codes[:1])
            self.end.set_codes(codes[1:2])

    def outcome(self, restore: bool) -> Outcome | None:
        """The point at the share of the way, or None until both ends are there."""
        del restore
        if not (self.start.codes and self.end.codes):
            return None
        share, a, b = self.share.value(), self.start.codes[0], self.end.codes[0]
        values = arithmetic.blend(self.kind.currentData(), a.values, b.values, share)
        return Outcome(values, f"{self.start.name()} → {self.end.name()} {share:.0%}", a if share < 0.5 else b)

    def _lay_out(self) -> None:
        ends = QHBoxLayout()
        ends.setSpacing(SMALL_SPACE)
        ends.addWidget(self.start)
        ends.addWidget(_sign("→", self.start), 0, Qt.AlignmentFlag.AlignTop)
        ends.addWidget(self.end)
        ends.addWidget(self.kind, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE)
        column.addLayout(ends)
        column.addWidget(self.share)

    @Slot()
    def _follow_model(self) -> None:
        """How to go by default depends on the model; what a person chose stays for its other moments."""
        if self._bench.space is not None and self._bench.space.model != self._model:
            self._model = self._bench.space.model
            self.kind.setCurrentIndex(self.kind.findData(self._bench.space.blend))


def _mean(slot: CodeSlot, restore: bool) -> np.ndarray:
    """The mean of what a slot holds; one code is left as it is."""
    values = slot.values()
    return values[0] if len(values) == 1 else arithmetic.average(values, restore)


def _sign(text: str, beside: CodeSlot) -> QLabel:
    label = QLabel(text)
    label.setFixedHeight(beside.target.height())
    label.setProperty("role", "headline")
    return label
