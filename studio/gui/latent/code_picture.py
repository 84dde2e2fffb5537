"""One code as a picture: what is copied, saved and dragged out of it is the code itself."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from studio.gui.latent import code_actions
from studio.gui.latent.shelf_model import about
from studio.gui.widgets import picture_actions
from studio.gui.widgets.image_view import ImageView
from studio.latent.codes import Code


class CodePicture(ImageView):
    """Shows a code's picture; a drag takes the code along, "Save code…" writes PNG with code and model hash."""

    def __init__(self, empty_text: str = "No picture yet.", parent: QWidget | None = None) -> None:
        super().__init__(parent, empty_text=empty_text)
        self._code: Code | None = None

    def code(self) -> Code | None:
        """The code that is shown."""
        return self._code

    def set_code(self, code: Code | None, picture: np.ndarray | None = None, caption: str | None = None) -> None:
        """Show a code; ``picture`` (H, W, C) uint8 stands in for one that has none of its own yet."""
        self._code = code
        own = code.picture if code is not None else None
        self.set_picture(own if own is not None else picture, caption)
        self.setToolTip(about(code) if code is not None else "")

    def menu(self) -> QMenu:
        """Copy and save the code, and whatever a tab adds."""
        if self._code is None or self._code.picture is None:
            return super().menu()
        menu = QMenu(self)
        code_actions.add_file_entries(menu, self, self._code, self.message.emit)
        picture = self.picture()
        added = [entry for provider in self._providers for entry in provider(picture)] if picture is not None else []
        if added:
            menu.addSeparator()
            picture_actions.add_entries(menu, added)
        return menu

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the code out; pan an enlarged picture."""
        starts = picture_actions.is_drag(self._pressed_at, event.position().toPoint())
        if self._code is not None and self.zoom() == 1.0 and starts:
            self._pressed_at = None
            code_actions.drag_codes(self, [self._code])
        elif self._code is None or self.zoom() > 1.0:
            super().mouseMoveEvent(event)
