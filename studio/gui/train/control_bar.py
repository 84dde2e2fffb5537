"""Start, Pause, Stop, Step and how far it is: always visible, outside any scroll area."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QProgressBar, QPushButton, QWidget

from studio.events import Progress, TrainEvent
from studio.gui import theme
from studio.gui.tokens import SPACE
from studio.gui.train.controller import IDLE, PAUSED, RUNNING, STARTING, STOPPING

STEP_BOTH = "One step of all"


class ControlBar(QFrame):
    """Buttons and progress; says what was clicked and knows nothing of how it is done."""

    start_clicked = Signal()
    pause_clicked = Signal()
    resume_clicked = Signal()
    stop_clicked = Signal()
    mark_clicked = Signal()
    step_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self.start = self._button("Start", "play", "Begin a new run with these settings (Ctrl+Return).", "primary")
        self.pause = self._button("Pause", "pause", "Stand still after this step, with everything in memory (Ctrl+P).")
        self.stop = self._button("Stop", "stop", "End the run. A checkpoint is written, and it can go on later.")
        self.step = self._button("Step", "skip-next", "While paused: move one network once, or each of them once.")
        self.mark = self._button("", "star-outline", "Keep this moment of the run for good.")
        self.mark.setAccessibleName("Keep this moment")
        self.start.setShortcut("Ctrl+Return")
        self.pause.setShortcut("Ctrl+P")
        self._menu = QMenu(self)
        self.step.setMenu(self._menu)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setMinimumWidth(120)
        self._bar.setAccessibleName("Progress")
        self._text = QLabel()
        self._text.setFont(theme.tabular(self._text.font()))
        self._text.setMinimumWidth(1)
        self._rate = 0.0
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        for button in (self.start, self.pause, self.stop, self.step, self.mark):
            row.addWidget(button)
        row.addSpacing(SPACE)
        row.addWidget(self._bar, 1)
        row.addWidget(self._text, 0, Qt.AlignmentFlag.AlignRight)
        self.start.clicked.connect(self.start_clicked)
        self.pause.clicked.connect(self._pause_or_resume)
        self.stop.clicked.connect(self.stop_clicked)
        self.mark.clicked.connect(self.mark_clicked)
        self._state = IDLE
        self.show_state(IDLE)

    def set_phases(self, phases: list[tuple[str, str]]) -> None:
        """What Step offers: (phase, text) pairs; "" stands for all."""
        self._menu.clear()
        for phase, text in phases:
            action = QAction(text, self._menu)
            action.setData(phase)
            action.triggered.connect(self._chosen)
            self._menu.addAction(action)

    def steps(self) -> dict[str, QAction]:
        """The entries of Step by phase."""
        return {action.data(): action for action in self._menu.actions()}

    @Slot(str)
    def show_state(self, state: str) -> None:
        """Enable what makes sense now."""
        self._state = state
        self.start.setEnabled(state == IDLE)
        self.pause.setEnabled(state in (RUNNING, PAUSED))
        self.pause.setText("Resume" if state == PAUSED else "Pause")
        self.pause.setIcon(theme.icon("play" if state == PAUSED else "pause"))
        self.pause.setShortcut("Ctrl+P")  # setText forgets it
        self.stop.setEnabled(state in (STARTING, RUNNING, PAUSED))
        self.stop.setText("Stopping…" if state == STOPPING else "Stop")
        self.step.setEnabled(state == PAUSED)
        self.mark.setEnabled(state in (RUNNING, PAUSED))
        if state == STARTING:
            self._bar.setRange(0, 0)
            self._text.setText("Getting ready …")
            self._rate = 0.0
        elif state == IDLE and self._bar.maximum() == 0:
            self.clear()

    @Slot(object)
    def show_loading(self, event: Progress) -> None:
        """How far the reading of pictures is."""
        self._bar.setRange(0, event.total or 0)
        self._bar.setValue(event.done)
        total = f" of {event.total:,}" if event.total else ""
        self._text.setText(f"{event.what.capitalize()}: {event.done:,}{total}")

    @Slot(object)
    def show_progress(self, event: TrainEvent) -> None:
        """How far the training is."""
        self._bar.setRange(0, event.target)
        self._bar.setValue(event.step)
        # a smooth figure: single reports are a tenth of a second long
        self._rate = event.pictures_per_second if not self._rate else 0.9 * self._rate + 0.1 * event.pictures_per_second
        speed = event.step / event.seconds if event.seconds else 0.0
        left = f"{duration((event.target - event.step) / speed)} left" if speed and event.step < event.target else ""
        parts = [f"step {event.step:,} of {event.target:,}", left, f"{self._rate:,.0f} images/s"]
        self._text.setText("  ·  ".join(part for part in parts if part))

    def clear(self) -> None:
        """Nothing is under way and nothing was done."""
        self._bar.setRange(0, 1)
        self._bar.setValue(0)
        self._text.setText("")

    def text(self) -> str:
        """What stands beside the progress bar."""
        return self._text.text()

    @property
    def rate(self) -> float:
        """Images a second, smoothed."""
        return self._rate

    def _button(self, text: str, icon: str, tip: str, role: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setIcon(theme.icon(icon, "on_accent" if role == "primary" else "text"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        if role:
            theme.set_role(button, role)
        return button

    @Slot()
    def _pause_or_resume(self) -> None:
        (self.resume_clicked if self._state == PAUSED else self.pause_clicked).emit()

    @Slot()
    def _chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.step_chosen.emit(action.data())


def duration(seconds: float) -> str:
    """Seconds as a person says them: 48 s, 3:07, 2 h 05."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d}"
