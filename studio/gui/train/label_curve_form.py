"""What a label curve is made of: the encoder, pictures with classes, numbers of labels, the classifier's settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import config as configs
from studio.data import registry
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets import dialogs, wheel_guard
from studio.gui.widgets.config_form import ConfigForm
from studio.models.library import Card
from studio.training import encoders, label_plan
from studio.training.jobs import LabelCurveJob
from studio.training.label_plan import CurveSettings
from studio.training.recipe import Recipe
from studio.training.runs import Run

_LABEL_WIDTH = 116
_FOLDER = "label-curves"
_TRAINING = ("schedule", "seed", "device", "precision", "threads")
_FIXED_DATA = {"size", "colour", "per_class", "attributes"}
"""data settings that the encoder or the curve decides"""


class LabelCurveForm(QFrame):
    """Shows one run as the encoder; ``changed`` after every edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self.run: Run | None = None
        self._card: Card | None = None
        self._recipe: Recipe | None = None
        self._encoder, self._about, self._note, self._problems = QLabel(), QLabel(), QLabel(), QLabel()
        self.source, self.root, self._browse = QComboBox(), QLineEdit(), QToolButton()
        self.settings = ConfigForm(CurveSettings())
        self.forms = {part: ConfigForm() for part in ("data", "model", "training")}
        self._filling = False
        self._set_up()
        self._lay_out()

    def set_run(self, run: Run) -> None:
        """Make another run the encoder, with its own pictures if those have classes. Raises :class:`StudioError`."""
        self._card = encoders.newest(run)
        self.run = run
        self._encoder.setText(run.name)
        self._about.setText(f"{encoders.describe(self._card)} · {run.state.step:,} steps")
        self._filling = True
        own = self.source.findData(run.recipe.data.source)
        self.source.setCurrentIndex(max(0, own))
        self.root.setText(run.recipe.data.root if own >= 0 else "")
        self.settings.set_config(CurveSettings())
        self._filling = False
        self._fill()

    def recipe(self) -> Recipe:
        """The recipe that all points share, with the settings as they stand."""
        assert self._recipe is not None
        parts = {part: form.config() for part, form in self.forms.items()}
        parts["data"] = dataclasses.replace(parts["data"], root=self.root.text().strip())
        chosen = self.settings.config()
        parts["training"] = dataclasses.replace(parts["training"], horizon=chosen.steps, batch=chosen.batch)
        return dataclasses.replace(self._recipe, **parts)

    def job(self) -> LabelCurveJob:
        """What is set now; :class:`StudioError` when the labels cannot be read."""
        assert self.run is not None
        chosen = self.settings.config()
        counts = label_plan.counts(chosen.labels)
        out = Path(chosen.out) if chosen.out else self._own_folder()
        return LabelCurveJob(self.recipe(), self.run.folder.parent, self._name(), counts, out, window_open=True)

    def problems(self) -> list[str]:
        """Everything wrong with what is set, each as a sentence."""
        if self.run is None:
            return []
        others = [p for part in ("model", "training") for p in self.forms[part].problems()]
        return [*self.settings.problems(), *configs.problems(self.recipe().data), *others]

    def show_problems(self, found: list[str]) -> None:
        """List them over the settings; an empty list clears it."""
        self._problems.setText("\n".join(f"• {problem}" for problem in found))
        self._problems.setVisible(bool(found))

    def show_note(self, text: str) -> None:
        """A remark under the encoder; empty for none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def note(self) -> str:
        """The remark, or the problems, that are shown."""
        return self._problems.text() or self._note.text()

    def trained(self) -> tuple[int, int]:
        """How many points are trained already, and of how many; :class:`StudioError` when a name is taken."""
        job = self.job()
        points = label_plan.points(job)
        found = [label_plan.stored(job.runs, point) for point in points]
        return sum(run is not None and run.state.status == "done" for run in found), len(points)

    def set_read_only(self, read_only: bool) -> None:
        """While the curve is made its settings cannot be changed."""
        for widget in (self.source, self.root, self._browse):
            widget.setEnabled(not read_only)
        for form in (self.settings, *self.forms.values()):
            form.set_read_only(read_only)

    def choose_source(self, source: str) -> None:
        """Take other pictures."""
        self.source.setCurrentIndex(self.source.findData(source))

    def _set_up(self) -> None:
        theme.set_role(self._encoder, "headline")
        theme.set_role(self._about, "small")
        theme.set_role(self._note, "muted")
        theme.set_role(self._problems, "danger")
        for label in (self._encoder, self._about, self._note, self._problems):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for source in registry.SOURCES:
            if source.labelled:
                self.source.addItem(source.title, source.id)
                self.source.setItemData(self.source.count() - 1, source.summary, Qt.ItemDataRole.ToolTipRole)
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.source.setToolTip("Pictures with classes, like those that the encoder was trained on.")
        self.source.setAccessibleName("Data")
        self.root.setPlaceholderText("Folder with the pictures")
        self.root.setToolTip("The folder with the pictures, one subfolder a class.")
        self.root.setAccessibleName("Folder")
        self._browse.setIcon(theme.icon("folder-open-outline"))
        self._browse.setIconSize(QSize(18, 18))
        self._browse.setToolTip("Choose the folder.")
        self._browse.setAccessibleName("Choose the folder")
        wheel_guard.guard(self.source)
        self.source.currentIndexChanged.connect(self._picked_source)
        self.root.textChanged.connect(self._edited)
        self._browse.clicked.connect(self._choose)
        for form in (self.settings, *self.forms.values()):
            form.changed.connect(self._edited)

    def _lay_out(self) -> None:
        folder = QHBoxLayout()
        folder.setSpacing(SMALL_SPACE)
        folder.addWidget(self.root, 1)
        folder.addWidget(self._browse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SMALL_SPACE)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, self.settings.field("labels").reset_button.sizeHint().width() + SMALL_SPACE)
        title = QLabel("Data")
        title.setFixedWidth(_LABEL_WIDTH)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.source, 0, 1)
        grid.addLayout(folder, 1, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(SPACE)
        column.addLayout(grid)
        column.addWidget(self.settings)
        more = QVBoxLayout()
        more.setSpacing(0)
        for form in self.forms.values():
            more.addWidget(form)
        column.addLayout(more)
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(SPACE, SPACE, SMALL_SPACE, SPACE)
        whole.setSpacing(SPACE)
        for label in (self._encoder, self._about, self._note, self._problems):
            whole.addWidget(label)
        whole.addWidget(scroll, 1)
        self.show_note("")
        self.show_problems([])

    def _fill(self) -> None:
        """Show the settings that suit the encoder and the chosen pictures."""
        if self.run is None or self._card is None:
            return
        source = registry.source(self.source.currentData())
        recipe = label_plan.recipe_for(encoders.name_of(self.run), self._card, source.id, self.run.recipe.data)
        self._recipe = recipe
        self._filling = True
        self.settings.set_config(dataclasses.replace(self.settings.config(), batch=recipe.training.batch))
        for part, form in self.forms.items():
            first = form.config() is None
            form.set_config(getattr(recipe, part))
            if first:
                form.fold()
        hidden = {label_plan.START, label_plan.model_option(recipe.about)}
        self.forms["model"].set_visible_options({o.name for o in configs.options(recipe.model)} - hidden)
        self.forms["training"].set_visible_options(_TRAINING)
        self.forms["data"].set_visible_options(recipe.data_options() - _FIXED_DATA)
        for widget in (self.root, self._browse):
            widget.setVisible(source.root != "none")
        self._filling = False
        self._edited()

    def _name(self) -> str:
        assert self.run is not None
        return self.settings.config().name or f"{self.run.name}-labels"

    def _own_folder(self) -> Path:
        assert self.run is not None
        return self.run.folder / _FOLDER / self._name()

    @Slot()
    def _picked_source(self) -> None:
        if not self._filling:
            self._filling = True
            self.root.clear()  # a folder belongs to its source
            self._filling = False
            self._fill()

    @Slot()
    def _edited(self) -> None:
        if not self._filling and self.run is not None:
            for setting, text in (("name", self._name()), ("out", str(self._own_folder()))):
                editor = self.settings.field(setting).editor
                if isinstance(editor, QLineEdit):
                    editor.setPlaceholderText(text)
            self.changed.emit()

    @Slot()
    def _choose(self) -> None:
        folder = dialogs.ask_folder(self, "Folder with the pictures", self.root.text())
        if folder is not None:
            self.root.setText(str(folder))
