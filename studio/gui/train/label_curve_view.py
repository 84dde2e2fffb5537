"""The window of a label curve: what a trained encoder is worth when labels are few (lecture system L3)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from studio.errors import StudioError, sentence
from studio.events import CurvePoint, Done, Failed, Message, Progress
from studio.gui import theme
from studio.gui.tokens import SPACE
from studio.gui.train.label_curve_form import LabelCurveForm
from studio.gui.train.label_curve_plot import LabelCurvePlot
from studio.gui.widgets import picture_actions
from studio.gui.workers import JobThread, Workers
from studio.training import label_plan
from studio.training.runs import Run

BUSY = "A training is under way in the Train tab. Stop it or wait for its end, then start the curve."
FORM_WIDTH = 368


class LabelCurveView(QDialog):
    """Stays beside the main window; closed while it works, it goes on and is shown again when asked for.

    ``message`` (text, level) for the toasts, ``activity`` for the status bar, ``point_done`` after each training,
    ``ended`` with the final event.
    """

    message = Signal(str, str)
    activity = Signal(str)
    point_done = Signal()
    ended = Signal(object)

    def __init__(self, workers: Workers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Label curve")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setModal(False)
        self.resize(960, 600)
        self._workers = workers
        self._thread: JobThread | None = None
        self._points: list[label_plan.Point] = []
        self._name = ""
        self._training = False
        self.form, self.plot = LabelCurveForm(), LabelCurvePlot()
        self.start = _button("Start", "play", "Train every point that is not there yet.", "primary")
        self.stop = _button("Stop", "stop", "Stop after this step. Finished points are kept, and Start goes on.")
        self.save = _button("Save picture…", "image-outline", "Save the curve as it is seen here.")
        self._bar, self._text = QProgressBar(), QLabel()
        self._lay_out()
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self._stop)
        self.save.clicked.connect(self._save)
        self.form.changed.connect(self._refresh)
        self.finished.connect(self._on_closed)

    @property
    def running(self) -> bool:
        """Whether a curve is being made."""
        return self._thread is not None

    def open_for(self, run: Run) -> None:
        """Show the window for an encoder; while a curve is made, that one. Raises :class:`StudioError`."""
        if not self.running:
            known = self.form.run
            if known is None or known.folder != run.folder or known.state.step != run.state.step:
                self.form.set_run(run)
                self.plot.begin(())
                self._show_progress(0, 1, "")
            self._refresh()
        self.show()
        self.raise_()
        self.activateWindow()

    def set_training(self, under_way: bool) -> None:
        """Whether the Train tab trains: one training at a time."""
        self._training = under_way
        self._refresh()

    def text(self) -> str:
        """What stands beside the progress bar."""
        return self._text.text()

    @Slot()
    def begin(self) -> None:
        """Make the curve with what is set."""
        if self.running or not self.start.isEnabled():
            return
        job = self.form.job()
        self._points, self._name = label_plan.points(job), job.name
        self.plot.begin(job.counts)
        self._show_progress(0, len(self._points), "Getting ready …")
        self._thread = self._workers.start_job(job)
        self._thread.said.connect(self._hear)
        self._thread.ended.connect(self._end)
        self._refresh()
        self._thread.start()

    def _lay_out(self) -> None:
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setMinimumWidth(80)
        self._bar.setAccessibleName("Progress")
        self._text.setFont(theme.tabular(self._text.font()))
        self._text.setMinimumWidth(1)
        frame, bottom = QFrame(), QFrame()
        for panel in (frame, bottom):
            theme.set_role(panel, "panel")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        inside.addWidget(self.plot)
        self.form.setFixedWidth(FORM_WIDTH)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.form)
        top.addWidget(frame, 1)
        row = QHBoxLayout(bottom)
        row.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.start)
        row.addWidget(self.stop)
        row.addSpacing(SPACE)
        row.addWidget(self._bar, 1)
        row.addWidget(self._text)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(top, 1)
        column.addWidget(bottom)
        self._show_progress(0, 1, "")

    @Slot()
    def _refresh(self) -> None:
        """Say what is wrong, what is there already, and enable what makes sense now."""
        found, note = ([], "") if self.running else self._looked_over()
        self.form.show_problems(found)
        self.form.show_note(note)
        self.form.set_read_only(self.running)
        self.start.setEnabled(self.form.run is not None and not (self.running or self._training or found))
        self.stop.setEnabled(self._thread is not None and not self._thread.control.stopped)
        self.save.setEnabled(any(self.plot.points(start) for start in label_plan.STARTS))

    def _looked_over(self) -> tuple[list[str], str]:
        """The problems with what is set, and a remark."""
        if self.form.run is None:
            return [], ""
        found = self.form.problems()
        if found:
            return found, ""
        try:
            there, whole = self.form.trained()
        except (StudioError, OSError) as error:
            return [sentence(error)], ""
        if self._training:
            return [], BUSY
        return [], f"{there} of {whole} points are trained already and will be used." if there else ""

    @Slot(object)
    def _hear(self, event: Any) -> None:
        match event:
            case Progress():
                self._show_point(event.done, event.total or 0)
            case CurvePoint():
                self.plot.add(event)
                self.save.setEnabled(True)
                self.point_done.emit()
            case Message() if event.level != "info":
                self.message.emit(event.text, event.level)

    @Slot(object)
    def _end(self, final: Any) -> None:
        self._thread = None
        if isinstance(final, Done):
            self._bar.setValue(self._bar.maximum())
        self._text.setText("Done." if isinstance(final, Done) else "Stopped. Start goes on.")
        self._refresh()
        if isinstance(final, Failed):
            self._text.setText("")
            self.form.show_problems([final.reason])
        self.activity.emit("")
        self.ended.emit(final)

    def _show_point(self, done: int, total: int) -> None:
        if self._thread is not None and not self._thread.control.stopped:
            self._show_progress(done, total, f"Point {done + 1} of {total}: {self._points[done].title()}")
        self.activity.emit(f"label curve: {done + 1} of {total}")

    def _show_progress(self, done: int, total: int, text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._text.setText(text)

    @Slot()
    def _stop(self) -> None:
        if self._thread is not None:
            self._thread.control.stop()
            self._text.setText("Stopping …")
            self._refresh()

    @Slot()
    def _save(self) -> None:
        picture_actions.save(self, self.plot.picture(), f"{self._name}.png", self.message.emit)

    @Slot(int)
    def _on_closed(self, result: int) -> None:
        del result
        if self.running:
            self.message.emit("The label curve goes on. The button Label curve… shows it again.", "info")


def _button(text: str, icon: str, tip: str, role: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setIcon(theme.icon(icon, "on_accent" if role == "primary" else "text"))
    button.setIconSize(QSize(16, 16))
    button.setToolTip(tip)
    button.setAutoDefault(False)  # Return in a field is no Start
    if role:
        theme.set_role(button, role)
    return button
