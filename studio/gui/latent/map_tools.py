"""The line of tools above the map: which plane, what is drawn, what a drag does."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget

from studio.gui import theme
from studio.gui.latent.plane_bar import PlaneBar
from studio.gui.tokens import SMALL_SPACE, SPACE

MODES = {
    "move": ("cursor-move", "Move: drag to pan, wheel to zoom, click to take a code in hand."),
    "path": ("draw", "Path: draw a line over the map and make a film of what lies along it."),
    "lasso": ("lasso", "Lasso: draw around dots and make a direction that leads to them."),
}


class MapTools(QWidget):
    """``mode_chosen``: one of MODES."""

    mode_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.planes = PlaneBar()
        self.pictures = _button("image-multiple-outline", "Show the pictures of the codes.")
        self.dots = _button("scatter-plot", "Show the data as dots.")
        self.film = _button("movie-open-outline", "Export a film along the path that was drawn.", checkable=False)
        self.fit = _button("fit-to-page-outline", "Show the whole map again (Home).", checkable=False)
        self.modes = QButtonGroup(self)
        self.pictures.setChecked(True)
        self.dots.setChecked(True)
        self.film.setEnabled(False)
        self._lay_out()
        self.modes.buttonClicked.connect(self._choose)

    def mode_button(self, mode: str) -> QAbstractButton:
        """The button of a mode."""
        return next(button for button in self.modes.buttons() if button.objectName() == mode)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        row.addWidget(self.planes)
        row.addStretch(1)
        row.addWidget(self.pictures)
        row.addWidget(self.dots)
        row.addSpacing(SPACE)
        for mode, (icon, tip) in MODES.items():
            button = _button(icon, tip)
            button.setObjectName(mode)
            self.modes.addButton(button)
            row.addWidget(button)
        self.mode_button("move").setChecked(True)
        row.addSpacing(SPACE)
        row.addWidget(self.film)
        row.addWidget(self.fit)

    @Slot(QAbstractButton)
    def _choose(self, button: QAbstractButton) -> None:
        self.mode_chosen.emit(button.objectName())


def _button(icon: str, tip: str, checkable: bool = True) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setCheckable(checkable)
    button.setToolTip(tip)
    button.setAccessibleName(tip.rstrip("."))
    return button
