"""One picture, large: beside the window, to be looked at closely."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.gui.tokens import SPACE
from studio.gui.widgets.image_view import ImageView


class PictureWindow(QDialog):
    """Shows ``picture`` (H, W, 1 or 3) uint8; the wheel zooms, a right click copies or saves."""

    def __init__(self, picture: np.ndarray, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.resize(544, 544)
        self.view = ImageView(zoomable=True)
        self.view.set_picture(picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.addWidget(self.view)
