"""The runs: what was trained, how far, how well; to open, go on with, copy the settings of, build on, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.gui import theme
from studio.gui.tokens import SPACE
from studio.gui.widgets import wheel_guard
from studio.gui.widgets.flow import FlowLayout
from studio.training import encoders
from studio.training.runs import Run

COLUMNS = ("Compare", "Name", "Family", "Data", "Steps", "State", "Last losses", "Changed")
CURVE_TIP = "Accuracy over labels a class: classifiers on this trained model against classifiers from scratch."
WIDTHS = (80, 140, 116, 84, 68, 76, 150, 140)
COMPARE, NAME = 0, 1


class RunList(QWidget):
    """A row a run. The signals carry a :class:`Run` (``resume_clicked`` also the step to go on to)."""

    open_clicked = Signal(object)
    resume_clicked = Signal(object, int)
    duplicate_clicked = Signal(object)
    curve_clicked = Signal(object)
    delete_clicked = Signal(object)
    compare_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(0, len(COLUMNS))
        self._runs: list[Run] = []
        self._filling = False
        self._proposed = ""
        self.open = _button("Open", "folder-open-outline", "Show this run's curves, pictures and settings.")
        self.resume = _button("Go on to", "play", "Go on with this run up to the step beside the button.")
        self.target = QSpinBox()
        self.duplicate = _button(
            "Copy settings", "content-copy", "Put this run's settings into the form for a new run."
        )
        self.curve = _button("Label curve…", "chart-line", CURVE_TIP)
        self.delete = _button("Delete", "delete-outline", "Remove the run with everything in it.", "danger")
        self._stack = QStackedWidget()
        hint = QLabel("No runs yet. Choose a model and pictures on the left and press Start.")
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(hint, "muted")
        self._stack.addWidget(hint)
        self._stack.addWidget(self.table)
        self._set_up()
        self._lay_out()

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs, keeping selection and ticks by name."""
        chosen, ticked = self.selected(), {run.name for run in self.compared()}
        self._runs = list(runs)
        self._filling = True
        self.table.setRowCount(len(self._runs))
        for row, run in enumerate(self._runs):
            self._fill(row, run, run.name in ticked)
        self._filling = False
        self._stack.setCurrentIndex(1 if self._runs else 0)
        if chosen is not None:
            self.select(chosen.name)
        self._selection_changed()

    def update_run(self, run: Run) -> None:
        """Show where one run stands now, leaving all others alone (reading every run costs too much while training)."""
        for row, known in enumerate(self._runs):
            if known.name == run.name:
                self._runs[row] = run
                self._filling = True
                for column, text in enumerate(_texts(run)):
                    item = self.table.item(row, column)
                    if column > NAME and item is not None:
                        item.setText(text)
                        item.setToolTip(run.state.reason or text)
                self._filling = False

    def selected(self) -> Run | None:
        """The run of the chosen row."""
        rows = self.table.selectionModel().selectedRows()
        return self._runs[rows[0].row()] if rows and rows[0].row() < len(self._runs) else None

    def select(self, name: str) -> None:
        """Choose the row of a run."""
        for row, run in enumerate(self._runs):
            if run.name == name:
                self.table.selectRow(row)

    def compared(self) -> list[Run]:
        """The runs whose curves are to be drawn along."""
        ticked = []
        for row, run in enumerate(self._runs):
            item = self.table.item(row, COMPARE)
            if item is not None and item.checkState() == Qt.CheckState.Checked:
                ticked.append(run)
        return ticked

    def _set_up(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(list(COLUMNS))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setToolTip("Double click opens a run. Tick Compare to draw its curves beside the others'.")
        header = table.horizontalHeader()
        # fixed widths: fitting them to the contents measures every cell of every run at each change
        for column, width in enumerate(WIDTHS):
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(COLUMNS.index("Last losses"), QHeaderView.ResizeMode.Stretch)
        self.target.setRange(1, 100_000_000)
        self.target.setSuffix(" steps")
        self.target.setGroupSeparatorShown(True)
        self.target.lineEdit().setTextMargins(4, 0, 0, 0)
        self.target.setToolTip("The step to go on to.")
        self.target.setAccessibleName("Step to go on to")
        wheel_guard.guard(self.target)
        table.itemSelectionChanged.connect(self._selection_changed)
        table.itemChanged.connect(self._ticked)
        table.itemDoubleClicked.connect(self._open)
        table.customContextMenuRequested.connect(self._menu)
        self.open.clicked.connect(self._open)
        self.resume.clicked.connect(self._resume)
        self.duplicate.clicked.connect(self._duplicate)
        self.curve.clicked.connect(self._curve)
        self.delete.clicked.connect(self._delete)

    def _lay_out(self) -> None:
        wrapped = QWidget()  # in two rows where the window is narrow
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        wrapped.setSizePolicy(policy)
        flow = FlowLayout(wrapped)
        for widget in (self.open, self.resume, self.target, self.duplicate, self.curve):
            flow.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(wrapped, 1)
        buttons.addWidget(self.delete, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._stack, 1)
        column.addLayout(buttons)

    def _fill(self, row: int, run: Run, ticked: bool) -> None:
        for column, text in enumerate(_texts(run)):
            item = QTableWidgetItem(text)
            item.setToolTip(run.state.reason or text)
            self.table.setItem(row, column, item)
        tick = self.table.item(row, COMPARE)
        assert tick is not None
        tick.setFlags(tick.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        tick.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

    @Slot()
    def _selection_changed(self) -> None:
        run = self.selected()
        for button in (self.open, self.resume, self.duplicate, self.delete):
            idle = run is not None and run.state.status != "running"
            button.setEnabled(idle if button in (self.resume, self.delete) else run is not None)
        self.target.setEnabled(run is not None)
        reason = encoders.why_not(run) if run is not None else "Choose a run first."
        self.curve.setEnabled(not reason)
        self.curve.setToolTip(reason or CURVE_TIP)
        if run is not None and run.name != self._proposed:  # a number that somebody typed stays
            self._proposed = run.name
            horizon = run.recipe.training.horizon
            self.target.setValue(horizon if run.state.step < horizon else run.state.step + horizon)

    @Slot(QTableWidgetItem)
    def _ticked(self, item: QTableWidgetItem) -> None:
        if not self._filling and item.column() == COMPARE:
            self.compare_changed.emit(self.compared())

    @Slot()
    def _open(self) -> None:
        self._emit(self.open_clicked)

    @Slot()
    def _resume(self) -> None:
        run = self.selected()
        if run is not None:
            self.resume_clicked.emit(run, self.target.value())

    @Slot()
    def _duplicate(self) -> None:
        self._emit(self.duplicate_clicked)

    @Slot()
    def _curve(self) -> None:
        self._emit(self.curve_clicked)

    @Slot()
    def _delete(self) -> None:
        self._emit(self.delete_clicked)

    @Slot(QPoint)
    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, slot in (
            (self.open, self._open),
            (self.resume, self._resume),
            (self.duplicate, self._duplicate),
            (self.curve, self._curve),
            (self.delete, self._delete),
        ):
            action = menu.addAction(button.icon(), button.text(), slot)
            action.setEnabled(button.isEnabled())
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _emit(self, signal: object) -> None:
        run = self.selected()
        if run is not None:
            signal.emit(run)  # type: ignore[attr-defined]


def _texts(run: Run) -> tuple[str, ...]:
    state = run.state
    losses = "  ".join(f"{name} {value:.3g}" for name, value in state.losses.items())
    changed = state.updated.replace("T", " ")[:16]
    return (
        "",
        run.name,
        run.recipe.about.title,
        run.recipe.data.source,
        f"{state.step:,}",
        state.status,
        losses,
        changed,
    )


def _button(text: str, icon: str, tip: str, role: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setIcon(theme.icon(icon, "danger" if role == "danger" else "text"))
    button.setToolTip(tip)
    if role:
        theme.set_role(button, role)
    return button
