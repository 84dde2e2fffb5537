"""The search for a picture's code: what is wanted, what has been found so far, and how the error falls."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.events import Searching
from studio.gui import theme
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.code_mime import Dropped
from studio.gui.latent.code_picture import CodePicture
from studio.gui.latent.error_curve import ErrorCurve
from studio.gui.latent.target_picture import TargetPicture
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.wheel_guard import guard
from studio.latent.codes import Code

WAYS = {
    "both": ("Encoder, then optimise", "The encoder's code, made better step by step."),
    "encoder": ("Encoder", "What the model's encoder says at once."),
    "optimisation": ("Optimisation", "Step by step from random codes; works for every model."),
}
_SIDE = 136
"""px: pictures are at least this high"""


class SearchView(QWidget):
    """``search_wanted`` (file or (H, W, 3) uint8, encoder | optimisation | both, steps) and ``stop_wanted``.

    Give it :meth:`show_progress` on the way, :meth:`set_busy` False and :meth:`show_found` at the end. What belongs to
    an earlier picture or another model is ignored.
    """

    search_wanted = Signal(object, str, int)
    stop_wanted = Signal()

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._running = self._awaits = False
        self.target = TargetPicture()
        self.best = CodePicture("What is found appears here and comes nearer.")
        self.paste = tool_button("Paste", "content-paste", "Search for the picture on the clipboard (Ctrl+V)")
        self.open = tool_button("Open", "folder-open-outline", "Search for the picture in a file")
        self.way = QComboBox()
        self.steps = QSpinBox()
        self.start = QPushButton("Search")
        self.stop = QPushButton("Stop")
        self.progress = QProgressBar()
        self.curve = ErrorCurve()
        self.take = QPushButton("Take in hand")
        self.put = QPushButton("Put on the shelf")
        self._dress()
        self._lay_out()
        self._connect()
        self._follow_model()

    def set_target(self, picture: Dropped | np.ndarray) -> None:
        """Search for this next, as if it had been dropped here."""
        self.target.set_target(picture)

    def is_running(self) -> bool:
        """Whether a search goes on."""
        return self._running

    @Slot(object)
    def show_progress(self, event: Searching) -> None:
        """The best code so far."""
        space = self._bench.space
        if not self._awaits or space is None or len(event.code) != space.size:
            return
        self.progress.setRange(0, max(1, event.total))
        self.progress.setValue(event.step)
        self.curve.add(event.step, event.errors)
        source = f"{self._source()}, {event.how}".removesuffix(", ")
        code = Code(event.code, space.model, space.stamp, "", self.target.name(), source, event.picture)
        if space.condition is None:
            self._show(code, f"error {event.error:.4f}")
        else:  # which class it is drawn for is known at the end: until then it is a picture, and no code to take
            self.best.set_code(None, event.picture, f"error {event.error:.4f}")

    @Slot(object)
    def show_found(self, code: Code, note: str = "") -> None:
        """The search has ended, or was stopped, with this code; ``note`` stands below it (its error)."""
        self._set_running(False)
        if not self._awaits:
            return
        self._awaits = False
        name, source = code.name or self.target.name(), code.source or self._source()
        self._show(dataclasses.replace(code, name=name, source=source), note or None)

    @Slot(bool)
    def set_busy(self, busy: bool) -> None:
        """Whether a search runs; the best so far stays when it has ended without a result."""
        if busy != self._running:
            self._set_running(busy)

    # -- building ---------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        for way, (title, help) in WAYS.items():
            self.way.addItem(title, way)
            self.way.setItemData(self.way.count() - 1, help, Qt.ItemDataRole.ToolTipRole)
        self.way.setAccessibleName("Way of searching")
        self.steps.setLocale(QLocale.c())
        self.steps.setRange(10, 10_000)
        self.steps.setSingleStep(50)
        self.steps.setValue(300)
        self.steps.setSuffix(" steps")
        self.steps.setToolTip("How many steps the optimisation takes: more come nearer, and take longer")
        self.steps.setAccessibleName("Steps")
        self.steps.lineEdit().setTextMargins(SMALL_SPACE, 0, 0, 0)
        self.steps.setMinimumWidth(self.fontMetrics().horizontalAdvance("10000 steps") + 44)
        theme.set_role(self.start, "primary")
        self.stop.setToolTip("Stop and keep the best code so far")
        self.take.setToolTip("Make the code found the code in hand")
        self.put.setToolTip("Keep the code found on the shelf")
        self.progress.setAccessibleName("Progress of the search")
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.best.setAccessibleName("Best picture so far")
        for view in (self.target, self.best):
            view.setMinimumSize(64, _SIDE)
        guard(self.way)
        guard(self.steps)

    def _lay_out(self) -> None:
        pictures = QGridLayout()
        pictures.setSpacing(SPACE)
        pictures.addWidget(self.target, 0, 0)
        pictures.addWidget(self.best, 0, 1)
        pictures.setColumnStretch(0, 1)
        pictures.setColumnStretch(1, 1)
        first, second = self._line(self.way, self.open, self.paste), self._line(self.steps, self.start, self.stop)
        last = self._line(self.take, self.put)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(pictures, 2)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.progress)
        column.addWidget(self.curve, 1)
        column.addLayout(last)

    def _line(self, first: QWidget, *others: QWidget) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(SMALL_SPACE)
        line.addWidget(first, 1)
        for widget in others:
            line.addWidget(widget, 1 if isinstance(widget, QPushButton) else 0)
        return line

    def _connect(self) -> None:
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.target.paste)
        self.paste.clicked.connect(self.target.paste)
        self.open.clicked.connect(self.target.ask)
        self.target.given.connect(self._on_target)
        self.target.message.connect(self._bench.message)
        self.best.message.connect(self._bench.message)
        self.way.currentIndexChanged.connect(self._enable)
        self.start.clicked.connect(self._start)
        self.stop.clicked.connect(self.stop_wanted)
        self.take.clicked.connect(self._take)
        self.put.clicked.connect(self._put)
        self._bench.model_changed.connect(self._follow_model)

    # -- reacting ---------------------------------------------------------------------------------------------------

    @Slot()
    def _start(self) -> None:
        target = self.target.target()
        if target is None or self._bench.space is None:
            return
        self._show(None, "")
        self.curve.clear(self.steps.value() if self.way.currentData() != "encoder" else 0)
        self._awaits = True
        self._set_running(True)
        self.progress.setRange(0, 0)  # busy until the first news
        self.search_wanted.emit(target, self.way.currentData(), self.steps.value())

    @Slot()
    def _on_target(self) -> None:
        """What was found for another picture is not for this one."""
        self._give_up()
        self._enable()

    @Slot()
    def _follow_model(self) -> None:
        """Codes of another model mean nothing here; what it cannot do is disabled."""
        self._give_up()
        encodes = self._bench.space is not None and self._bench.space.encodes
        model = self.way.model()
        assert isinstance(model, QStandardItemModel)
        for row, (way, (_, help)) in enumerate(WAYS.items()):
            possible = encodes or way == "optimisation"
            model.item(row).setEnabled(possible)
            self.way.setItemData(row, help if possible else "This model has no encoder.", Qt.ItemDataRole.ToolTipRole)
        self.way.setCurrentIndex(self.way.findData("both" if encodes else "optimisation"))
        self.way.setToolTip("How to search" if encodes else "How to search. This model has no encoder.")
        self._enable()

    def _give_up(self) -> None:
        """Nobody wants what is being searched for any more."""
        self._awaits = False
        if self._running:
            self.stop_wanted.emit()
            self._set_running(False)
        self.curve.clear()
        self._show(None, "")

    def _show(self, code: Code | None, caption: str | None) -> None:
        self.best.set_code(code, caption=caption)
        self.take.setEnabled(code is not None)
        self.put.setEnabled(code is not None)

    def _set_running(self, running: bool) -> None:
        self._running = running
        self.progress.setRange(0, 1)
        self.progress.reset()
        self._enable()

    @Slot()
    def _enable(self) -> None:
        ready = self._bench.space is not None and self.target.target() is not None
        self.start.setEnabled(ready and not self._running)
        self.start.setToolTip(
            "Search for the code of this picture" if ready else "Choose a model and drop a picture above first"
        )
        self.stop.setEnabled(self._running)
        self.way.setEnabled(not self._running)
        self.steps.setEnabled(not self._running and self.way.currentData() != "encoder")

    def _source(self) -> str:
        """Where a code found here comes from."""
        return f"search for {self.target.name()}"

    @Slot()
    def _take(self) -> None:
        code = self.best.code()
        if code is not None:
            self._bench.take(code, f"Take {code.name}")

    @Slot()
    def _put(self) -> None:
        code = self.best.code()
        if code is not None:
            self._bench.put(code)
