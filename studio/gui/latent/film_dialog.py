"""How a film through codes shall run, and where to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.gui import theme
from studio.gui.tokens import SPACE, WIDE_SPACE
from studio.gui.widgets import wheel_guard

KINDS = {".mp4": "Film (MP4)", ".gif": "Animation (GIF)", "": "PNG pictures in a folder"}
BLENDS = {"auto": "as suits the model", "lerp": "straight (lerp)", "slerp": "along the shell (slerp)"}


@dataclass(frozen=True)
class FilmPlan:
    """What was chosen: ``seconds`` for each leg between two keys (for the whole of a drawn path)."""

    seconds: float
    fps: int
    blend: str
    ease: bool
    loop: bool
    suffix: str = ".mp4"
    """of the file; "" for a folder of PNG pictures"""


class FilmDialog(QDialog):
    """Asks for a :class:`FilmPlan`; it goes through ``keys`` codes, or along a ``drawn`` path."""

    def __init__(self, keys: int, drawn: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Film")
        self._drawn, self._keys = drawn, keys
        self.seconds, self.fps = QDoubleSpinBox(), QSpinBox()
        self.blend, self.ease, self.loop = QComboBox(), QCheckBox("Slow down at each key"), QCheckBox("Come back")
        self.kind, self.length = QComboBox(), QLabel()
        self._fill()
        self._lay_out()
        for signal in (self.seconds.valueChanged, self.fps.valueChanged, self.loop.toggled):
            signal.connect(self._show_length)
        self._show_length()

    def plan(self) -> FilmPlan:
        """What is set now."""
        return FilmPlan(
            self.seconds.value(),
            self.fps.value(),
            self.blend.currentData(),
            self.ease.isChecked(),
            self.loop.isChecked(),
            self.kind.currentData(),
        )

    def pictures(self) -> int:
        """How many pictures the film will have; keys fall on pictures, and the last one closes an open way."""
        leg = round(self.seconds.value() * self.fps.value())
        if self._drawn:
            return max(2, leg)
        closed = self.loop.isChecked()
        return max(1, leg) * (self._keys if closed else self._keys - 1) + (0 if closed else 1)

    def _fill(self) -> None:
        self.seconds.setRange(0.1, 600)
        self.seconds.setDecimals(1)
        self.seconds.setValue(6.0 if self._drawn else 2.0)
        self.seconds.setSuffix(" s")
        self.fps.setRange(1, 60)
        self.fps.setValue(24)
        self.fps.setSuffix(" pictures/s")
        for suffix, title in KINDS.items():
            self.kind.addItem(title, suffix)
        self.kind.setToolTip("What is written: a film, an animation for web pages, or single pictures.")
        for key, title in BLENDS.items():
            self.blend.addItem(title, key)
        self.blend.setEnabled(not self._drawn)
        self.ease.setEnabled(not self._drawn)
        self.seconds.setToolTip(
            "How long the film goes along the path." if self._drawn else "From one code to the next."
        )
        self.fps.setToolTip("Pictures a second.")
        self.blend.setToolTip(
            "What lies between two codes. Codes of a GAN lie on a shell: slerp stays on it. Encoded pictures fill a "
            "cloud: lerp goes straight through it."
        )
        self.ease.setToolTip("Begin and end each leg slowly, so that the eye can rest on the keys.")
        self.loop.setToolTip("Go back to the first code at the end, so that the film can run round and round.")
        for widget in (self.seconds, self.fps, self.blend, self.kind):
            wheel_guard.guard(widget)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.addRow("Write", self.kind)
        form.addRow("Length" if self._drawn else "Time a leg", self.seconds)
        form.addRow("Speed", self.fps)
        form.addRow("Between", self.blend)
        form.addRow("", self.ease)
        form.addRow("", self.loop)
        theme.set_role(self.length, "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_SPACE, WIDE_SPACE, WIDE_SPACE, WIDE_SPACE)
        column.setSpacing(WIDE_SPACE)
        column.addLayout(form)
        column.addWidget(self.length)
        column.addWidget(buttons)

    def _show_length(self) -> None:
        pictures = self.pictures()
        self.length.setText(f"{pictures / self.fps.value():.1f} seconds, {pictures:,} pictures")
