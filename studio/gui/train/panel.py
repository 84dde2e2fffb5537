"""The Train tab: composes its controls and connects them to the controller."""

from __future__ import annotations

import contextlib
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QSplitter, QTabWidget, QVBoxLayout, QWidget

from studio.errors import StudioError, sentence
from studio.events import Failed, Started
from studio.gui import theme
from studio.gui.tokens import SPACE
from studio.gui.train import controller as states
from studio.gui.train.chooser import Chooser
from studio.gui.train.control_bar import STEP_BOTH, ControlBar
from studio.gui.train.controller import TrainController
from studio.gui.train.data_reader import DataReader
from studio.gui.train.data_view import DataView
from studio.gui.train.label_curve_view import LabelCurveView
from studio.gui.train.log_view import LogView
from studio.gui.train.loss_plot import LossPlot
from studio.gui.train.picture_jobs import PictureJobs
from studio.gui.train.pictures_view import PicturesView
from studio.gui.train.run_list import RunList
from studio.gui.workers import Workers
from studio.training import encoders, runs
from studio.training.history import History
from studio.training.jobs import TrainJob
from studio.training.runs import Run

FILMS = "Film (*.mp4);;Animation (*.gif)"


class TrainPanel(QWidget):
    """Everything about training. ``message`` (text, level) for the toasts, ``activity`` for the status bar."""

    message = Signal(str, str)
    activity = Signal(str)

    def __init__(self, workers: Workers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workers, self._session = workers, workers.session
        self.controller = TrainController(workers, self)
        self.chooser, self.bar, self.plot = Chooser(), ControlBar(), LossPlot()
        self.pictures, self.runs, self.data, self.log = PicturesView(), RunList(), DataView(), LogView()
        self.picture_jobs = PictureJobs(self.pictures, workers, self)
        self.reader = DataReader(self.data, workers, self)
        self.label_curve: LabelCurveView | None = None
        self._complained: set[str] = set()
        self.chooser.forms["model"].set_models(self._models)
        self._lay_out()
        self._connect()
        self.refresh_runs()

    # -- what the window calls --------------------------------------------------------------------------------------

    def refresh_runs(self) -> None:
        """Read the list of runs again."""
        found, damaged = runs.list_runs(self._session.runs)
        self.runs.set_runs(found)
        for text in damaged:
            if text not in self._complained:
                self._complained.add(text)
                self.log.add(text, "warning")

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for widget, title, icon in (
            (self.runs, "Runs", "history"),
            (self.data, "Data", "image-multiple-outline"),
            (self.log, "Log", "text-long"),
        ):
            self.tabs.addTab(widget, theme.icon(icon, "muted"), title)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.setChildrenCollapsible(False)
        upper.addWidget(self.plot)
        upper.addWidget(self.pictures)
        upper.setSizes([400, 540])
        right = QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.addWidget(upper)
        right.addWidget(self.tabs)
        right.setSizes([430, 190])
        right.setStretchFactor(0, 1)
        self.chooser.setFixedWidth(368)
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.chooser)
        top.addWidget(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(top, 1)
        column.addWidget(self.bar)

    def _connect(self) -> None:
        bar, control = self.bar, self.controller
        bar.start_clicked.connect(self.start)
        bar.pause_clicked.connect(control.pause)
        bar.resume_clicked.connect(control.resume)
        bar.stop_clicked.connect(control.stop)
        bar.mark_clicked.connect(control.mark)
        bar.step_chosen.connect(control.step)
        control.state_changed.connect(self._show_state)
        control.loading.connect(bar.show_loading)
        control.started.connect(self._show_started)
        control.progressed.connect(bar.show_progress)
        control.progressed.connect(self._show_progress)
        control.previewed.connect(self.pictures.show_preview)
        control.moment_stored.connect(self.pictures.add_moment)
        control.moment_stored.connect(self._update_run)
        control.evaluated.connect(self._show_evaluation)
        control.message.connect(self._show_message)
        control.ended.connect(self._show_end)
        self.chooser.data_changed.connect(self.data.show_stale)
        self.data.read_clicked.connect(self.read_data)
        self.pictures.scrubbed.connect(self.plot.set_marker)
        self.pictures.message.connect(self.message)
        self.picture_jobs.message.connect(self.message)
        self.runs.open_clicked.connect(self.open_run)
        self.runs.resume_clicked.connect(self.resume_run)
        self.runs.duplicate_clicked.connect(self._duplicate)
        self.runs.curve_clicked.connect(self.open_label_curve)
        self.runs.delete_clicked.connect(self._ask_delete)
        self.runs.compare_changed.connect(self._compare)

    # -- training ---------------------------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Begin a new run with what is set, or list what is wrong with it."""
        found = self.chooser.problems()
        self.chooser.show_problems(found)
        if found:
            what = "One setting has" if len(found) == 1 else f"{len(found)} settings have"
            self.message.emit(
                f"{what} to be changed before the training can start: see the list on the left.", "warning"
            )
            return
        if self._curve_is_made():
            return
        self.controller.start(TrainJob(self.chooser.recipe(), self._session.runs, window_open=True))

    @Slot(object, int)
    def resume_run(self, run: Run, target: int) -> None:
        """Go on with a stored run up to step ``target``; what was changed of its settings in the form is applied."""
        if self.controller.state != states.IDLE or self._curve_is_made():
            return
        shown = self.pictures.run
        changes = run.recipe.changes_to(self.chooser.recipe()) if shown is not None and shown.name == run.name else ()
        if run.recipe.family != self.chooser.recipe().family:
            changes = ()
        job = TrainJob(
            run.recipe, run.folder.parent, run.name, steps=target, resume=True, changes=changes, window_open=True
        )
        if not changes:
            self.chooser.set_recipe(run.recipe)
        self.controller.start(job)

    @Slot(str)
    def _show_state(self, state: str) -> None:
        self.bar.show_state(state)
        self.chooser.set_read_only(state != states.IDLE)
        self.pictures.set_training(state in (states.RUNNING, states.PAUSED))
        if self.label_curve is not None:
            self.label_curve.set_training(state != states.IDLE)
        if state in (states.PAUSED, states.RUNNING):
            self._update_run()
        words = {states.PAUSED: "paused", states.STOPPING: "saving", states.STARTING: "getting ready"}
        self.activity.emit(words.get(state, ""))

    @Slot(object)
    def _show_started(self, event: Started) -> None:
        assert self.controller.history is not None
        about = runs.open_run(event.run).recipe.about
        self.plot.set_curves(event.curves, self.controller.history, about.figure_plot)
        for values in runs.open_run(event.run).evaluations():
            self._add_evaluation(values["step"], values)
        self.pictures.show_run(event.run, event.real, training=True)
        phases = runs.open_run(event.run).recipe
        labels = {phase.name: phase.label for phase in phases.about.phases(phases.model)}
        every = [("", STEP_BOTH)] if len(event.phases) > 1 else []
        self.bar.set_phases([(name, labels[name] or name) for name in event.phases] + every)
        self.refresh_runs()
        self.runs.select(event.run.name)

    @Slot(object)
    def _show_progress(self, event: object) -> None:
        self.plot.mark_dirty()
        if self.controller.state == states.RUNNING:
            self.activity.emit(f"{self.bar.rate:,.0f} images/s")

    @Slot()
    def _update_run(self) -> None:
        """Bring the line of the run that trains up to date."""
        if self.controller.about is not None:
            with contextlib.suppress(StudioError, OSError):  # only the list: the training speaks for itself
                self.runs.update_run(runs.open_run(self.controller.about.run))

    @Slot(object)
    def _show_evaluation(self, event: Any) -> None:
        self._add_evaluation(event.step, event.values)
        figures = ", ".join(f"{name} {value:.4f}" for name, value in event.values.items())
        self.log.add(f"step {event.step:,}, epoch {event.epoch:g}: {figures}")

    def _add_evaluation(self, step: int, values: dict[str, Any]) -> None:
        shown = {name: float(value) for name, value in values.items() if name not in ("step", "epoch")}
        self.plot.add_evaluation(step, shown)

    @Slot(str, str)
    def _show_message(self, text: str, level: str) -> None:
        self.log.add(text, level)
        if level == "warning":
            self.message.emit(text, level)

    @Slot(object)
    def _show_end(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.bar.clear()
            self.log.add(final.details or final.reason, "error")
            self.message.emit(final.reason, "error")
        else:
            self.message.emit(final.text, "info")
        self.activity.emit("")
        self.refresh_runs()

    # -- runs -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def open_run(self, run: Run) -> None:
        """Show a stored run: its settings, curves and moments."""
        if self.controller.state != states.IDLE:
            self.message.emit("A training is under way: stop it before opening another run.", "warning")
            return
        try:
            known = run.recipe.about.curves(run.recipe.model)
            history = run.history() or History([c.name for c in known])
            real = run.real()
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")
            return
        self.chooser.set_recipe(run.recipe)
        curves = tuple(c for c in known if c.name in history.columns)
        self.plot.set_curves(curves, history, run.recipe.about.figure_plot)
        for values in run.evaluations():
            self._add_evaluation(values["step"], values)
        self.pictures.show_run(run.folder, real, training=False)
        self.log.add(f"Opened {run.name}: {run.state.status} at step {run.state.step:,}.")

    @Slot(object)
    def _duplicate(self, run: Run) -> None:
        if self.controller.state == states.IDLE:
            self.chooser.set_recipe(run.recipe)
            self.message.emit(f"The settings of {run.name} are in the form. Start makes a new run of them.", "info")

    @Slot(object)
    def _compare(self, chosen: list[Run]) -> None:
        found = []
        for run in chosen:
            try:
                history = run.history()
            except (StudioError, OSError) as error:
                self.message.emit(sentence(error), "error")
                continue
            if history is not None:
                found.append((run.name, history))
        self.plot.set_comparison(found)

    @Slot(object)
    def _ask_delete(self, run: Run) -> None:
        text = f"Delete the run {run.name} with its checkpoints, pictures and curves? This cannot be undone."
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        if QMessageBox.question(self, "Delete run", text, yes | no, no) == yes:
            try:
                runs.delete(run)
            except (StudioError, OSError) as error:
                self.message.emit(sentence(error), "error")
            if self.pictures.run is not None and not self.pictures.run.folder.exists():
                self.pictures.clear()
            self.refresh_runs()

    # -- what is built on a run -------------------------------------------------------------------------------------

    @Slot(object)
    def open_label_curve(self, run: Run) -> None:
        """Open the window in which a trained encoder is compared with training from scratch."""
        if self.label_curve is None:
            self.label_curve = view = LabelCurveView(self._workers, self)
            view.message.connect(self.message)
            view.activity.connect(self.activity)
            view.point_done.connect(self.refresh_runs)
            view.ended.connect(self._show_curve_end)
            view.set_training(self.controller.state != states.IDLE)
        try:
            self.label_curve.open_for(run)
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")

    @Slot(object)
    def _show_curve_end(self, final: Any) -> None:
        failed = isinstance(final, Failed)
        text = final.reason if failed else final.text
        self.log.add((final.details or text) if failed else text, "error" if failed else "info")
        self.message.emit(text, "error" if failed else "info")
        self.refresh_runs()

    def _curve_is_made(self) -> bool:
        """Whether a label curve trains; then says that there is one training at a time."""
        busy = self.label_curve is not None and self.label_curve.running
        if busy:
            self.message.emit("A label curve is being made: stop it, or wait for its end.", "warning")
        return busy

    def _models(self) -> list[tuple[str, str]]:
        """What a setting that names a trained model offers."""
        return [(found.name, found.about) for found in encoders.listed(self._session.runs)]

    # -- data -------------------------------------------------------------------------------------------------------

    @Slot()
    def read_data(self) -> None:
        """Read the chosen pictures in the background and show them; asked again, stop reading."""
        self.reader.toggle(self.chooser.recipe())
