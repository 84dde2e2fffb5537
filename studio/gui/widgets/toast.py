"""Short messages at the bottom right that never stand in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPropertyAnimation, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE, WIDE_SPACE

SECONDS = 6
_WIDTH = 360
_FADE_MS = 160
_ICONS = {"info": ("information-outline", "accent"), "warning": ("alert-outline", "warning"),
          "error": ("alert-circle-outline", "danger")}  # fmt: skip


class Toast(QFrame):
    """One message; ``gone`` when it has been closed or its time is up."""

    gone = Signal(object)

    def __init__(self, host: QWidget, text: str, level: str, action: tuple[str, Callable[[], Any]] | None) -> None:
        super().__init__(host)
        self.text, self.level = text, level
        self.setProperty("role", "raised")
        self.setFixedWidth(min(_WIDTH, max(160, host.width() - 2 * WIDE_SPACE)))
        self._action = action[1] if action else None
        self._timer = QTimer(self, singleShot=True, interval=SECONDS * 1000)
        self._timer.timeout.connect(self._fade_out)
        self._effect = QGraphicsOpacityEffect(self, opacity=1.0)
        self._effect.setEnabled(False)  # an effect costs a copy at every repaint: only while fading
        self.setGraphicsEffect(self._effect)
        self._fade = QPropertyAnimation(self._effect, b"opacity", self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setEndValue(0.0)
        self._fade.finished.connect(self.dismiss)
        self._build(text, action[0] if action else "")
        self.setAccessibleName(text)
        self._start()

    def dismiss(self) -> None:
        """Take the message away now."""
        self._timer.stop()
        self._fade.stop()
        self.hide()
        self.gone.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Wait while somebody reads."""
        super().enterEvent(event)
        self._timer.stop()
        self._fade.stop()
        self._effect.setEnabled(False)

    def leaveEvent(self, event: QEvent) -> None:
        """The time runs again."""
        super().leaveEvent(event)
        self._start()

    def hideEvent(self, event: Any) -> None:
        """Nothing ticks while nothing shows."""
        super().hideEvent(event)
        self._timer.stop()
        self._fade.stop()

    def showEvent(self, event: Any) -> None:
        """The time runs from when the message is seen."""
        super().showEvent(event)
        self._start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, and a bar in the colour of the level."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme.tokens(), _ICONS[self.level][1])))
        painter.drawRoundedRect(5, 8, 3, self.height() - 16, 1.5, 1.5)
        painter.end()

    def _start(self) -> None:
        if self.level != "error" and self.isVisible():
            self._timer.start()

    def _fade_out(self) -> None:
        self._effect.setOpacity(1.0)
        self._effect.setEnabled(True)
        self._fade.start()

    def _act(self) -> None:
        self.dismiss()
        if self._action is not None:
            self._action()

    def _build(self, text: str, action: str) -> None:
        icon = QLabel(self)
        icon.setPixmap(theme.icon(*_ICONS[self.level]).pixmap(QSize(20, 20), self.devicePixelRatioF()))
        label = QLabel(text, self, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        label.setMinimumWidth(1)
        close = QToolButton(self, autoRaise=True)
        close.setToolTip("Close")
        close.setIcon(theme.icon("close", "muted"))
        close.setObjectName("close")
        close.clicked.connect(self.dismiss)
        column = QVBoxLayout()
        column.setSpacing(SMALL_SPACE)
        column.addWidget(label)
        if action:
            button = QPushButton(action, self)
            button.setProperty("role", "link")
            button.clicked.connect(self._act)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE_SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)


class Toasts(QObject):
    """The messages of one host, newest lowest, ``bottom`` px above its edge.

    Older ones than the newest :attr:`MOST` are dropped, errors last.
    """

    MOST = 5

    def __init__(self, host: QWidget, bottom: int = WIDE_SPACE) -> None:
        super().__init__(host)
        self._host, self._bottom = host, bottom
        self._shown: list[Toast] = []
        host.installEventFilter(self)

    def show_message(
        self, text: str, level: str = "info", action: tuple[str, Callable[[], Any]] | None = None
    ) -> Toast:
        """Show ``text``; info and warning leave after 6 s, an error stays until it is closed.

        ``level`` is info, warning or error; ``action`` is a button's text and what it does. The same text again
        replaces the older message instead of piling up.
        """
        for old in [t for t in self._shown if t.text == text]:
            old.dismiss()
        toast = Toast(self._host, text, level if level in _ICONS else "info", action)
        self._shown.append(toast)
        toast.gone.connect(self._forget)
        while len(self._shown) > self.MOST:
            next((t for t in self._shown[:-1] if t.level != "error"), self._shown[0]).dismiss()
        toast.show()
        self._place()
        return toast

    def messages(self) -> list[str]:
        """The texts that are shown, oldest first."""
        return [toast.text for toast in self._shown]

    def clear(self) -> None:
        """Take every message away."""
        for toast in list(self._shown):
            toast.dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the corner of the host."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _forget(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._bottom
        for toast in reversed(self._shown):
            toast.setFixedWidth(min(_WIDTH, max(160, self._host.width() - 2 * WIDE_SPACE)))
            height = toast.heightForWidth(toast.width())
            toast.setGeometry(self._host.width() - WIDE_SPACE - toast.width(), bottom - height, toast.width(), height)
            toast.raise_()
            bottom -= height + SPACE
