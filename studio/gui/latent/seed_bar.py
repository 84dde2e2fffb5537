"""Codes from seeds: a number, a dice, a walk between seeds, truncation, and what a conditional model is asked for."""

from __future__ import annotations

import random

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.figure_slider import FigureSlider
from studio.gui.latent.walk_pad import ROW, WalkPad
from studio.gui.latent.wanted_box import WantedBox
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.wheel_guard import guard

LARGEST = 999_999
"""the last seed that can be typed and walked to"""
_DICE = 10_000


class SeedBar(QWidget):
    """Says what a person asks for: a seed, a place between seeds, truncation, a class or attributes."""

    seed_wanted = Signal(int)
    walked = Signal(float, float)
    truncation_changed = Signal(float)
    wanted_changed = Signal(str)

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.seed_box = QSpinBox()
        self.dice = tool_button("Another seed", "dice-5-outline", "Make a picture from another seed")
        self.pad = WalkPad()
        self.place = QLabel()
        self.note = QLabel(wordWrap=True)
        self.wanted_box = WantedBox()
        self.truncation = FigureSlider(
            "Truncation",
            "Below 1 draws codes of seeds to the middle of the prior: safer, less varied; above 1 the reverse.",
            (0.05, 1.5),
            1.0,
        )
        self._dress()
        self._lay_out()
        self._connect()
        self._follow_model()

    def seed(self) -> int:
        """The seed in the box."""
        return self.seed_box.value()

    def set_seed(self, seed: int) -> None:
        """Show a seed and stand there, without a signal."""
        self.seed_box.blockSignals(True)
        self.seed_box.setValue(seed)
        self.seed_box.blockSignals(False)
        self.pad.set_place(seed, 0.0)
        self._tell_place()

    def wanted(self) -> str:
        """What a conditional model is asked for: a class, or attributes joined by commas."""
        return self.wanted_box.wanted()

    # -- building ---------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        self.seed_box.setLocale(QLocale.c())
        self.seed_box.setRange(0, LARGEST)
        self.seed_box.setKeyboardTracking(False)
        self.seed_box.lineEdit().setTextMargins(SMALL_SPACE, 0, 0, 0)
        self.seed_box.setFont(theme.tabular(self.seed_box.font()))
        self.seed_box.setMinimumWidth(self.fontMetrics().horizontalAdvance("999,999") + 44)
        self.seed_box.setToolTip("The seed: the same number gives the same picture on every machine")
        self.seed_box.setAccessibleName("Seed")
        self.place.setFont(theme.tabular(self.place.font()))
        self.place.setToolTip("Where you stand between the seeds")
        theme.set_role(self.note, "muted")
        guard(self.seed_box)

    def _lay_out(self) -> None:
        label = QLabel("Seed")
        label.setToolTip(self.seed_box.toolTip())
        label.setBuddy(self.seed_box)
        first = QHBoxLayout()
        first.setSpacing(SMALL_SPACE)
        first.addWidget(label)
        first.addSpacing(SMALL_SPACE)
        first.addWidget(self.seed_box, 1)
        first.addWidget(self.dice)
        beside = QVBoxLayout()
        beside.setSpacing(SMALL_SPACE)
        beside.addWidget(self.wanted_box)
        beside.addWidget(self.place)
        beside.addWidget(self.note, 1, Qt.AlignmentFlag.AlignTop)
        second = QHBoxLayout()
        second.setSpacing(SPACE)
        second.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignTop)
        second.addLayout(beside, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.truncation)

    def _connect(self) -> None:
        self.seed_box.valueChanged.connect(self._ask)
        self.dice.clicked.connect(self._throw)
        self.pad.walked.connect(self._walk)
        self.truncation.value_changed.connect(self.truncation_changed)
        self.wanted_box.wanted_changed.connect(self.wanted_changed)
        self._bench.model_changed.connect(self._follow_model)

    @Slot(int)
    def _ask(self, seed: int) -> None:
        self.set_seed(seed)
        self.seed_wanted.emit(seed)

    @Slot()
    def _throw(self) -> None:
        """Another seed than this one; small ones are easier to remember."""
        seed = random.randrange(_DICE - 1)
        self._ask(seed + (seed >= self.seed()))

    @Slot(float, float)
    def _walk(self, x: float, y: float) -> None:
        self._tell_place()
        self.walked.emit(x, y)

    def _tell_place(self) -> None:
        x, y = self.pad.place()
        whole = x == round(x) and y == round(y)
        text = f"seed {round(x) + ROW * round(y)}" if whole else f"x {x:.2f}   y {y:.2f}"
        self.place.setText(text.replace("-", "−"))

    @Slot()
    def _follow_model(self) -> None:
        """What there is to ask for depends on the model."""
        space = self._bench.space
        samples = space is not None and space.samples
        for widget in (self.seed_box, self.dice, self.pad, self.truncation, self.place):
            widget.setEnabled(samples)
        self.wanted_box.set_condition(space.condition if space is not None else None)
        if space is None:
            self.note.setText("Choose a model first.")
        elif samples:
            self.note.setText("Drag on the square to walk between seeds.")
        else:
            self.note.setText("This model has no codes of seeds. Click the map or search for a picture's code.")
        self._tell_place()
