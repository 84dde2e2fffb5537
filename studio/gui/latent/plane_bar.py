"""Which plane the map shows: two dimensions, two principal directions, or one through three codes of the shelf."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import wheel_guard
from studio.latent.latent_space import LatentSpace

QUANTILES, AXES, PRINCIPAL, THREE, NEIGHBOURS = "quantiles", "axes", "principal", "three", "neighbours"
TITLES = {
    QUANTILES: "Quantiles",
    AXES: "Dimensions",
    PRINCIPAL: "PCA",
    THREE: "Three codes",
    NEIGHBOURS: "t-SNE",
}
TIPS = {
    QUANTILES: "Two dimensions in steps of equal probability: every part of the map stands for equally many codes, "
    "as in the lecture's picture.",
    AXES: "Two dimensions of the code, to scale and without end. The other numbers are those of the code in hand.",
    PRINCIPAL: "The two directions along which the model's pictures differ most.",
    THREE: "Select three codes on the shelf: the map shows everything between them and beyond.",
    NEIGHBOURS: "Only dots: pictures that are alike lie together. There are no codes between them.",
}


class PlaneBar(QWidget):
    """The kind of plane and its two numbers; ``changed`` when either changes by hand."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = QComboBox()
        self.first, self.second = QSpinBox(), QSpinBox()
        self.kind.setAccessibleName("Plane")
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for box, name in ((self.first, "First axis"), (self.second, "Second axis")):
            box.setAccessibleName(name)
            box.setToolTip(f"{name}: the number of the dimension or direction.")
            box.setRange(1, 2)
            box.setFixedWidth(56)
            wheel_guard.guard(box)
            box.valueChanged.connect(self._change)
        self.second.setValue(2)
        wheel_guard.guard(self.kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        for widget in (self.kind, self.first, self.second):
            row.addWidget(widget)
        self.kind.activated.connect(self._change)  # also for what is chosen already: it is then tried again
        self.set_space(None)

    def set_space(self, space: LatentSpace | None) -> None:
        """Offer what makes sense for a model. A plane that has to be looked for first is not kept for another one."""
        before = self.chosen() if self.chosen() in (QUANTILES, AXES) else ""
        kinds = list(TITLES) if space is not None and space.size > 1 else [NEIGHBOURS] if space is not None else []
        if space is not None and (space.prior is None or space.prior.kind != "normal"):
            kinds = [kind for kind in kinds if kind != QUANTILES]
        if space is not None and space.size == 2:
            kinds = [kind for kind in kinds if kind != THREE]
        self.blockSignals(True)
        self.kind.clear()
        for kind in kinds:
            self.kind.addItem(TITLES[kind], kind)
            self.kind.setItemData(self.kind.count() - 1, TIPS[kind], 3)
        self.kind.setCurrentIndex(max(0, self.kind.findData(before)))
        size = space.size if space is not None else 2
        for box in (self.first, self.second):
            box.setMaximum(max(2, size))
        if self.first.value() == self.second.value():
            self.first.setValue(1)
            self.second.setValue(2)
        self.blockSignals(False)
        self._show()

    def chosen(self) -> str:
        """The kind of plane, "" without a model."""
        return str(self.kind.currentData() or "")

    def choose(self, kind: str) -> None:
        """Choose a kind as a person would."""
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self._change()

    def axes(self) -> tuple[int, int]:
        """The two numbers, counted from 0."""
        return self.first.value() - 1, self.second.value() - 1

    @Slot()
    def _change(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        numbered = self.chosen() in (QUANTILES, AXES, PRINCIPAL)
        choice = self.first.maximum() > 2 or self.chosen() == PRINCIPAL  # a plane of two has only one pair of axes
        for box in (self.first, self.second):
            box.setVisible(numbered and choice)
        self.kind.setToolTip(TIPS.get(self.chosen(), "Which part of the code space the map shows."))
