"""New codes from old ones: A − B + C, averages, and what lies between two; the result at once as a picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import Refused
from studio.gui import theme
from studio.gui.latent.arithmetic_pages import AveragePage, BetweenPage, Outcome, SumPage
from studio.gui.latent.code_picture import CodePicture
from studio.gui.latent.code_slot import Selected
from studio.gui.latent.figure_slider import FigureSlider
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.latent.codes import Code

_PREVIEW = 136
_LONGEST = 60
"""letters in the name of a result"""


class ArithmeticBar(QWidget):
    """Computes a code and asks for its picture by ``preview_wanted``; :meth:`set_preview` brings it.

    ``selected`` tells which codes are selected on the shelf.
    """

    preview_wanted = Signal(object)

    def __init__(self, bench: Workbench, selected: Selected, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._selected = bench, selected
        self._result: Code | None = None
        self._model = ""
        self.sum, self.average = SumPage(bench, selected), AveragePage(bench, selected)
        self.between = BetweenPage(bench, selected)
        self._pages = (self.sum, self.average, self.between)
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.modes = QButtonGroup(self)
        self.keep_length = QCheckBox("Keep the length")
        self.truncation = FigureSlider(
            "Truncation", "Below 1 draws the result to the middle of the prior: safer, less varied.", (0.0, 1.5), 1.0
        )
        self.preview = CodePicture(empty_text="The result appears here.")
        self.name = QLabel(wordWrap=True)
        self.take = QPushButton("Take in hand")
        self.put = QPushButton("Put on the shelf")
        self._dress()
        self._lay_out()
        self._connect()
        self._follow_model()

    def result(self) -> Code | None:
        """The computed code, with its picture once it has come."""
        return self._result

    def set_preview(self, picture: np.ndarray | None, of: Code | None = None) -> None:
        """Show the picture (H, W, C) uint8 of the result; ``of`` tells which code it belongs to.

        A picture of an earlier result is shown while a drag goes on, but is never saved with the newest code.
        """
        if self._result is None or picture is None:
            return
        if of is self._result:
            self._result = _with_picture(self._result, picture)
        self.preview.set_code(self._result, picture)

    def choose(self, page: int) -> None:
        """Show A − B + C (0), the average (1) or between (2)."""
        self.modes.button(page).click()

    # -- building ---------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        self.keep_length.setToolTip(
            "Sums and averages of codes have another length than codes; on gives the result the mean length of what "
            "went into it."
        )
        self.take.setToolTip("Make the result the code in hand: what traversals, sliders and films start from.")
        self.put.setToolTip("Keep the result on the shelf.")
        self.preview.setFixedSize(_PREVIEW, _PREVIEW)
        self.preview.setAccessibleName("Result")
        theme.set_role(self.name, "muted")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setMinimumWidth(1)

    def _lay_out(self) -> None:
        modes = QHBoxLayout()
        modes.setSpacing(SMALL_SPACE)
        for number, (text, tip, page) in enumerate(self._modes()):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setToolTip(tip)
            button.setStyleSheet("padding: 4px 8px;")
            self.modes.addButton(button, number)
            self._stack.addWidget(page)
            modes.addWidget(button)
        modes.addStretch(1)
        beside = QVBoxLayout()
        beside.setSpacing(SMALL_SPACE)
        beside.addWidget(self.name, 1, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.take)
        beside.addWidget(self.put)
        result = QHBoxLayout()
        result.setSpacing(SPACE)
        result.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignTop)
        result.addLayout(beside, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(modes)
        column.addWidget(self._stack)
        column.addWidget(self.keep_length)
        column.addWidget(self.truncation)
        column.addLayout(result)
        column.addStretch(1)

    def _modes(self) -> tuple[tuple[str, str, QWidget], ...]:
        return (
            ("A − B + C", "Take B away from A and add C, each a code or the mean of several.", self.sum),
            ("Average", "The mean of several codes.", self.average),
            ("Between", "A point on the way from one code to another.", self.between),
        )

    def _connect(self) -> None:
        for page in self._pages:
            page.changed.connect(self._compute)
        self.modes.idClicked.connect(self._show_page)
        self.keep_length.toggled.connect(self._compute)
        self.truncation.value_changed.connect(self._compute)
        self.preview.message.connect(self._bench.message)
        self.take.clicked.connect(self._take)
        self.put.clicked.connect(self._put)
        self._bench.model_changed.connect(self._follow_model)

    # -- acting -----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _show_page(self, number: int) -> None:
        """Change the way, as the person asked; an empty one begins with the selection."""
        page = self._pages[number]
        if page.outcome(restore=False) is None and number:
            page.offer(self._selected())
        self._turn_to(page)

    def _turn_to(self, page: SumPage | AveragePage | BetweenPage) -> None:
        self._stack.setCurrentWidget(page)
        self._stack.setFixedHeight(page.sizeHint().height())
        self.keep_length.setVisible(page.restores)
        self._compute()

    @Slot()
    def _follow_model(self) -> None:
        space = self._bench.space
        if space is not None and space.model != self._model:
            self._model = space.model
            self.keep_length.setChecked(space.spherical)
        kind = space.prior.kind if space is not None and space.prior is not None else ""
        known = kind in ("normal", "uniform")
        self.truncation.set_why_not("" if known or space is None else "The codes of this model have no one middle.")
        self._turn_to(self._pages[max(0, self.modes.checkedId())])

    @Slot()
    def _compute(self) -> None:
        """Make the result from what is there now, and ask for its picture."""
        try:
            self._result = self._made()
        except Refused as error:  # a difference so large that it is no number any more
            self._bench.message.emit(str(error), "error")
            self._result = None
        for button in (self.take, self.put):
            button.setEnabled(self._result is not None)
        self.name.setText(self._result.name if self._result is not None else self._hint())
        if self._result is None:
            self.preview.set_code(None)
        else:
            # the picture of the result before stays until the new one has come
            self.preview.set_code(self._result, self.preview.picture())
            self.preview_wanted.emit(self._result)

    def _made(self) -> Code | None:
        page, space = self._pages[self._stack.currentIndex()], self._bench.space
        outcome: Outcome | None = page.outcome(self.keep_length.isChecked())
        if outcome is None or space is None:
            return None
        truncation = self.truncation.value() if self.truncation.isEnabled() else 1.0
        values = np.asarray(outcome.values * truncation, np.float32)
        source = outcome.name if truncation == 1.0 else f"{outcome.name}, truncation {truncation:.2f}"
        name = outcome.name if len(outcome.name) <= _LONGEST else outcome.name[: _LONGEST - 1] + "…"
        return Code(values, space.model, space.stamp, outcome.like.wanted, name, source)

    def _hint(self) -> str:
        """What to do first."""
        return (
            "Drag codes from the shelf to A, B and C.",
            "Select codes on the shelf and drag them here.",
            "Drag two codes from the shelf to the ends.",
        )[self._stack.currentIndex()]

    @Slot()
    def _take(self) -> None:
        if self._result is not None:
            self._bench.take(self._result, f"Take {self._result.name}")

    @Slot()
    def _put(self) -> None:
        if self._result is not None:
            self._bench.put(self._result)


def _with_picture(code: Code, picture: np.ndarray) -> Code:
    return Code(code.values, code.model, code.stamp, code.wanted, code.name, code.source, picture)
