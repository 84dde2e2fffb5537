"""The left column: which family, which pictures, which preset, and the forms of all their settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import models
from studio.data import registry
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets import dialogs, wheel_guard
from studio.gui.widgets.config_form import ConfigForm
from studio.training import recipe as recipes
from studio.training.recipe import Recipe

CUSTOM = ""


class Chooser(QFrame):
    """Shows a recipe and lets it be changed: ``changed`` after every edit, ``data_changed`` for other pictures."""

    changed = Signal()
    data_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self.setAcceptDrops(True)
        self.family, self.source, self.preset = QComboBox(), QComboBox(), QComboBox()
        self.root = QLineEdit()
        self._browse = QToolButton()
        self._summary = QLabel()
        self._problems = QLabel()
        self.forms = {part: ConfigForm() for part in recipes.PARTS}
        self._filling = False
        self._fill_pickers()
        self._lay_out()
        self._connect()
        self.set_recipe(recipes.from_preset("dcgan", "digits"))

    def recipe(self) -> Recipe:
        """What is set now, right or wrong."""
        return Recipe(self.family.currentData(), *(self.forms[part].config() for part in recipes.PARTS))

    def set_recipe(self, recipe: Recipe, preset: str | None = None) -> None:
        """Show another recipe; ``preset`` is its preset's id (None: find it, or call it custom)."""
        self._filling = True
        self.family.setCurrentIndex(self.family.findData(recipe.family))
        self._fill_presets(recipe, preset)
        self.source.setCurrentIndex(self.source.findData(recipe.data.source))
        self.root.setText(recipe.data.root)
        for part, form in self.forms.items():
            form.set_config(getattr(recipe, part))
        self.forms["data"].set_visible_options(recipe.data_options())
        self._filling = False
        self._show_source()
        self.show_problems([])
        self.data_changed.emit()

    def problems(self) -> list[str]:
        """Everything wrong with what is set, each as a sentence."""
        return [problem for form in self.forms.values() for problem in form.problems()]

    def show_problems(self, found: list[str]) -> None:
        """List them under the pickers; an empty list clears it."""
        self._problems.setText("\n".join(f"• {problem}" for problem in found))
        self._problems.setVisible(bool(found))

    def set_read_only(self, read_only: bool) -> None:
        """While a run is under way its settings cannot be changed."""
        for widget in (self.family, self.source, self.preset, self.root, self._browse):
            widget.setEnabled(not read_only)
        for form in self.forms.values():
            form.set_read_only(read_only)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A folder may be dropped here."""
        if self.root.isEnabled() and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Train on the dropped folder (a file means its folder)."""
        path = Path(next(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()))
        self.choose_folder(path if path.is_dir() else path.parent)
        event.acceptProposedAction()

    def choose_folder(self, folder: Path) -> None:
        """Train on the pictures in ``folder``."""
        if registry.source(self.source.currentData()).root == "none":
            self.source.setCurrentIndex(self.source.findData("folder"))
        self.root.setText(str(folder))
        self._edited_root()

    # -- building ---------------------------------------------------------------------------------------------------

    def _fill_pickers(self) -> None:
        for family in models.FAMILIES:
            self.family.addItem(family.title, family.id)
            self.family.setItemData(self.family.count() - 1, family.summary, Qt.ItemDataRole.ToolTipRole)
        for source in registry.SOURCES:
            self.source.addItem(source.title, source.id)
            self.source.setItemData(self.source.count() - 1, source.summary, Qt.ItemDataRole.ToolTipRole)
        self.family.setToolTip("The family of models to train.")
        self.source.setToolTip("The pictures to learn from. You can also drop a folder on this column.")
        self.preset.setToolTip("A proven starting point; every setting can still be changed below.")
        self.root.setToolTip("The folder with the pictures. One subfolder a class, or all pictures in one folder.")
        self.root.setPlaceholderText("Folder with the pictures")
        self._browse.setToolTip("Choose the folder.")
        self._browse.setIcon(theme.icon("folder-open-outline"))
        self._browse.setIconSize(QSize(18, 18))
        self._browse.setAccessibleName("Choose the folder")

    def _lay_out(self) -> None:
        pickers = QGridLayout()
        pickers.setHorizontalSpacing(SPACE)
        pickers.setVerticalSpacing(SPACE)
        pickers.setColumnMinimumWidth(0, 124)
        pickers.setColumnStretch(1, 1)
        for row, (text, widget) in enumerate((("Model", self.family), ("Data", self.source))):
            pickers.addWidget(QLabel(text), row, 0)
            pickers.addWidget(widget, row, 1)
            wheel_guard.guard(widget)
        folder = QHBoxLayout()
        folder.setSpacing(SMALL_SPACE)
        folder.addWidget(self.root, 1)
        folder.addWidget(self._browse)
        pickers.addLayout(folder, 2, 1)
        pickers.addWidget(QLabel("Preset"), 3, 0)
        pickers.addWidget(self.preset, 3, 1)
        wheel_guard.guard(self.preset)
        self._summary.setWordWrap(True)
        theme.set_role(self._summary, "small")
        self._problems.setWordWrap(True)
        self._problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.set_role(self._problems, "danger")
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(0)
        for form in self.forms.values():
            column.addWidget(form)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(SPACE, SPACE, SMALL_SPACE, SPACE)
        whole.setSpacing(SPACE)
        whole.addLayout(pickers)
        whole.addWidget(self._summary)
        whole.addWidget(self._problems)
        whole.addWidget(scroll, 1)

    def _connect(self) -> None:
        self.family.currentIndexChanged.connect(self._picked_family)
        self.source.currentIndexChanged.connect(self._picked_source)
        self.preset.currentIndexChanged.connect(self._picked_preset)
        self.root.textChanged.connect(self._typed_root)
        self.root.editingFinished.connect(self._edited_root)
        self._browse.clicked.connect(self._choose)
        for form in self.forms.values():
            form.changed.connect(self._edited)
        self.forms["data"].changed.connect(self._edited_data)

    def _fill_presets(self, recipe: Recipe, wanted: str | None) -> None:
        self.preset.clear()
        for preset in recipe.about.presets:
            self.preset.addItem(preset.title, preset.id)
            self.preset.setItemData(self.preset.count() - 1, preset.help, Qt.ItemDataRole.ToolTipRole)
        self.preset.addItem("Custom", CUSTOM)
        found = wanted if wanted is not None else self._matching(recipe)
        self.preset.setCurrentIndex(max(0, self.preset.findData(found)))

    @staticmethod
    def _matching(recipe: Recipe) -> str:
        for preset in recipe.about.presets:
            if _without_place(recipes.from_preset(recipe.family, preset.id)) == _without_place(recipe):
                return preset.id
        return CUSTOM

    # -- reacting ---------------------------------------------------------------------------------------------------

    @Slot()
    def _picked_family(self) -> None:
        if not self._filling:
            old = self.recipe().data
            new = recipes.for_data(self.family.currentData(), old.source)
            self.set_recipe(dataclasses.replace(new, data=dataclasses.replace(new.data, root=old.root)))
            self.changed.emit()

    @Slot()
    def _picked_source(self) -> None:
        if not self._filling:
            # a root belongs to its source: MNIST's folder is no folder of photographs
            self.set_recipe(recipes.for_data(self.family.currentData(), self.source.currentData()))
            self.changed.emit()

    @Slot()
    def _picked_preset(self) -> None:
        if not self._filling and self.preset.currentData() != CUSTOM:
            old = self.recipe().data
            new = recipes.from_preset(self.family.currentData(), self.preset.currentData())
            if new.data.source == old.source:
                new = dataclasses.replace(new, data=dataclasses.replace(new.data, root=old.root))
            self.set_recipe(new, self.preset.currentData())
            self.changed.emit()

    @Slot()
    def _edited(self) -> None:
        recipe = self.recipe()
        self._filling = True
        self.preset.setCurrentIndex(max(0, self.preset.findData(self._matching(recipe))))
        self._filling = False
        self.forms["data"].set_visible_options(recipe.data_options())
        if self._problems.isVisible():
            self.show_problems(self.problems())
        self.changed.emit()

    @Slot()
    def _edited_data(self) -> None:
        self.data_changed.emit()

    @Slot(str)
    def _typed_root(self, text: str) -> None:
        # the folder is a setting like the others; its line stands beside the sources because it belongs to them
        if not self._filling:
            self.forms["data"].field("root").set_value(text.strip())

    @Slot()
    def _edited_root(self) -> None:
        if not self._filling:
            self._edited()
            self.data_changed.emit()

    @Slot()
    def _choose(self) -> None:
        folder = dialogs.ask_folder(self, "Folder with the pictures", self.root.text())
        if folder is not None:
            self.choose_folder(folder)

    def _show_source(self) -> None:
        source = registry.source(self.source.currentData())
        for widget in (self.root, self._browse):
            widget.setVisible(source.root != "none")
        self._summary.setText(models.family(self.family.currentData()).summary)


def _without_place(recipe: Recipe) -> Any:
    return dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, root=""))
