"""A field for the name of a trained model: any text, with the models that there are to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.gui import theme
from studio.gui.tokens import SPACE, WIDE_SPACE

Suggestion = tuple[str, str]
"""What to write for a model, and what it is in a few words."""
Suggestions = Callable[[], Sequence[Suggestion]]

_ABOUT = Qt.ItemDataRole.UserRole
_WIDEST = 640
_BARE = "QLineEdit { padding: 0; min-height: 0; border: none; background: transparent; }"
"""the box around it has frame and ground already"""


class ModelEdit(QComboBox):
    """An editable list. ``text_changed`` follows every change of the text, typed or chosen.

    The list is made when it is wanted, so that it knows the runs of this very moment.
    """

    text_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggest: Suggestions | None = None
        self._line, completer = QLineEdit(), QCompleter(self)
        self.setLineEdit(self._line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setItemDelegate(_TwoTexts(self))
        self._line.setStyleSheet(_BARE)
        self._line.setPlaceholderText("none")
        completer.setModel(self.model())
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self._line.textChanged.connect(self.text_changed)

    def set_suggestions(self, suggest: Suggestions | None) -> None:
        """Where the list comes from; it is asked each time it is wanted."""
        self._suggest = suggest
        if self.hasFocus():
            self._refresh()

    def text(self) -> str:
        """What stands here."""
        return self._line.text()

    def set_text(self, text: str) -> None:
        """Show a name, whether there is such a model or not."""
        self.setEditText(text)
        self._line.setCursorPosition(0)

    def suggestions(self) -> list[str]:
        """The names in the list."""
        return [self.itemText(index) for index in range(self.count())]

    def showPopup(self) -> None:
        """Runs may have come or gone since the list was made."""
        self._refresh()
        room = self.view().sizeHintForColumn(0) + 2 * WIDE_SPACE
        self.view().setMinimumWidth(min(_WIDEST, max(self.width(), room)))
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Completion while typing knows the models, too."""
        # while its list closes, what was chosen in it must still be there
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._refresh()
        super().focusInEvent(event)

    def _refresh(self) -> None:
        """Make the list again; the text stays as it is."""
        found = list(self._suggest()) if self._suggest is not None else []
        before, cursor = self.text(), self._line.cursorPosition()
        self.blockSignals(True)
        self._line.blockSignals(True)
        self.clear()
        for name, about in found:
            self.addItem(name)
            self.setItemData(self.count() - 1, about, _ABOUT)
            self.setItemData(self.count() - 1, f"{name}: {about}", Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(self.findText(before, Qt.MatchFlag.MatchExactly))
        self.setEditText(before)
        self._line.setCursorPosition(cursor)
        self._line.blockSignals(False)
        self.blockSignals(False)


class _TwoTexts(QStyledItemDelegate):
    """The name at the left and, paler at the right, what it is."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a line of the list."""
        super().paint(painter, option, index)
        painter.save()
        painter.setFont(option.font)
        painter.setPen(QColor(theme.tokens().muted))
        room: QRect = option.rect.adjusted(0, 0, -SPACE, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(index.data(_ABOUT)))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Wide enough for both texts."""
        size = super().sizeHint(option, index)
        about = option.fontMetrics.horizontalAdvance(str(index.data(_ABOUT)))
        return QSize(size.width() + 2 * WIDE_SPACE + about, size.height())
