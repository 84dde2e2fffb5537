"""The shelf: the codes a person keeps of a model, to be taken in hand, combined, ordered, and carried elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from studio.errors import Refused, StudioError, sentence
from studio.gui import theme
from studio.gui.latent import code_actions, code_mime
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.code_mime import Dropped
from studio.gui.latent.shelf_list import ShelfList
from studio.gui.latent.shelf_model import ShelfModel
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import dialogs
from studio.latent.codes import Code

EMPTY = "Click the map or drop a picture: the codes you keep stand here, for every tab, and stay with the model."
OPENS = "Codes and pictures (*.png *.json *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff)"


class ShelfView(QWidget):
    """The codes of the workbench.

    ``pictures_wanted`` (list of codes) those that have no picture yet, each once; ``picture_dropped`` (Path or QImage)
    a plain picture, whose code has to be searched for.
    """

    pictures_wanted = Signal(list)
    picture_dropped = Signal(object)
    selection_changed = Signal()
    film_wanted = Signal(list)
    """the selected codes, in the order of the shelf"""

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._asked: dict[int, Code] = {}
        self.model = ShelfModel(bench, self)
        self.list = ShelfList(self.model, EMPTY)
        self.title = QLabel("Shelf")
        self.keep = tool_button("Keep", "tray-plus", "Put the code in hand on the shelf")
        self.open = tool_button("Add files", "folder-open-outline", "Put codes from files on the shelf")
        self.film = tool_button("Film", "movie-open-outline", "Make a film from code to code: select two or more")
        self.remove = tool_button("Remove", "delete-outline", "Take the selected codes off the shelf (Delete)")
        self._lay_out()
        self._connect()
        self._follow_shelf()

    def selected(self) -> list[Code]:
        """The selected codes, in the order of the shelf."""
        return self.list.codes()

    def request_pictures(self) -> None:
        """Ask for the picture of every code that has none, also of those asked for before (another model is open)."""
        self._asked.clear()
        self._ask()

    def menu(self) -> QMenu:
        """The right-click menu of the selected codes."""
        menu = QMenu(self)
        chosen = self.selected()
        if len(chosen) == 1:
            self._entry(menu, "hand-back-right-outline", "Take in hand", lambda: self._take(self.list.rows()[0]))
            self._entry(menu, "rename-outline", "Rename", self._edit_name)
        if chosen:
            self._entry(menu, "content-duplicate", "Duplicate", self._duplicate)
            menu.addSeparator()
        if len(chosen) == 1:
            code_actions.add_file_entries(menu, self, chosen[0], self._bench.message.emit)
        elif chosen:
            self._entry(menu, "content-copy", f"Copy {len(chosen)} codes", self._copy)
            self._entry(menu, "content-save-outline", f"Save {len(chosen)} codes…", self._save_all)
        self._entry(menu, "content-paste", "Paste", self._paste, _can_paste())
        if chosen:
            menu.addSeparator()
            self._entry(menu, "delete-outline", "Remove", self._remove)
        return menu

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        theme.set_role(self.title, "headline")
        head = QHBoxLayout()
        head.setSpacing(SMALL_SPACE)
        head.addWidget(self.title, 1)
        for button in (self.keep, self.open, self.film, self.remove):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE)
        column.addLayout(head)
        column.addWidget(self.list, 1)

    def _connect(self) -> None:
        self._bench.shelf_changed.connect(self._follow_shelf)
        self._bench.code_changed.connect(self._follow_code)
        self._bench.model_changed.connect(self._follow_code)
        self.list.selection_changed.connect(self._enable)
        self.list.selection_changed.connect(self.selection_changed)
        self.list.chosen.connect(self._take)
        self.list.dropped.connect(self._drop)
        self.list.moved.connect(self._move)
        self.list.copied.connect(self._copy)
        self.list.pasted.connect(self._paste)
        self.list.deleted.connect(self._remove)
        self.list.menu_wanted.connect(self._show_menu)
        self.keep.clicked.connect(self._keep)
        self.open.clicked.connect(self._open)
        self.film.clicked.connect(self._film)
        self.remove.clicked.connect(self._remove)

    # -- following --------------------------------------------------------------------------------------------------

    @Slot()
    def _follow_shelf(self) -> None:
        kept = {id(code) for code in self.selected()}
        if self.model.follow():
            self.list.select([row for row, code in enumerate(self.model.codes) if id(code) in kept])
            self.selection_changed.emit()  # the list says nothing where a reset has ended the selection
        codes = self.model.codes
        self.title.setText(f"Shelf · {len(codes)}" if codes else "Shelf")
        self._enable()
        self._ask()

    @Slot()
    def _follow_code(self) -> None:
        self.list.viewport().update()
        self._enable()

    def _ask(self) -> None:
        missing = [code for code in self.model.codes if code.picture is None]
        new = [code for code in missing if id(code) not in self._asked]
        self._asked = {id(code): code for code in missing}
        if new:
            self.pictures_wanted.emit(new)

    @Slot()
    def _enable(self) -> None:
        self.keep.setEnabled(self._bench.code is not None)
        self.open.setEnabled(self._bench.space is not None)
        self.remove.setEnabled(bool(self.list.rows()))
        self.film.setEnabled(len(self.list.rows()) > 1)

    # -- acting -----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _take(self, row: int) -> None:
        code = self.model.codes[row]
        self._bench.take(code, f"Take {code.name}")

    @Slot()
    def _keep(self) -> None:
        if self._bench.code is not None:
            with self._select_new():
                self._bench.put(self._bench.code)

    @Slot()
    def _open(self) -> None:
        path = dialogs.ask_open(self, "Put a code on the shelf", kinds=OPENS)
        if path is not None:
            self._add(lambda: [item] if (item := code_mime.read_file(path)) is not None else [], None)

    @Slot(object, int)
    def _drop(self, mime: QMimeData, place: int) -> None:
        self._add(lambda: code_mime.codes_from_mime(mime), place)

    @Slot()
    def _paste(self) -> None:
        mime = QGuiApplication.clipboard().mimeData()
        self._add(lambda: code_mime.codes_from_mime(mime), None)

    def _add(self, read: Callable[[], list[Dropped]], place: int | None) -> None:
        try:
            found = read()
        except Refused as error:
            self._bench.message.emit(str(error), "error")
            return
        codes = [item for item in found if isinstance(item, Code)]
        with self._select_new(), self._one_edit(f"Put {len(codes)} codes on the shelf", len(codes)):
            for code in codes:
                if self._bench.put(code, place) and place is not None:
                    place += 1
        others = [item for item in found if isinstance(item, Path | QImage)]
        if others:
            self.picture_dropped.emit(others[0])
        if not found:
            self._bench.message.emit("There is no code and no picture in it.", "warning")
        elif len(others) > 1:
            self._bench.message.emit("A code is searched for one picture at a time: the first was taken.", "info")

    @Slot(object, int)
    def _move(self, rows: list[int], place: int) -> None:
        """Move rows before ``place``, keeping their order; nothing happens where they stand there already."""
        moved = [self.model.codes[row] for row in rows]
        if rows == list(range(rows[0], rows[0] + len(rows))) and rows[0] <= place <= rows[-1] + 1:
            return
        with self._one_edit(f"Move {len(rows)} codes", len(rows)):
            for code in moved:
                row = next(i for i, other in enumerate(self._bench.codes) if other is code)
                if row < place:
                    self._bench.move(row, place - 1)
                else:
                    self._bench.move(row, place)
                    place += 1
        kept = {id(code) for code in moved}
        self.list.select([i for i, code in enumerate(self.model.codes) if id(code) in kept])

    @Slot()
    def _film(self) -> None:
        self.film_wanted.emit(self.selected())

    @Slot()
    def _remove(self) -> None:
        rows = self.list.rows()
        with self._one_edit(f"Remove {len(rows)} codes", len(rows)):
            for row in reversed(rows):
                self._bench.remove(row)
        if rows and self.model.codes:
            self.list.select([min(rows[0], len(self.model.codes) - 1)])

    @Slot()
    def _copy(self) -> None:
        if self.selected():
            code_mime.copy_codes(self.selected())

    def _duplicate(self) -> None:
        rows = self.list.rows()
        with self._select_new(), self._one_edit(f"Duplicate {len(rows)} codes", len(rows)):
            for row in reversed(rows):
                self._bench.put(self.model.codes[row], row + 1, "Duplicate")

    def _edit_name(self) -> None:
        self.list.edit(self.model.index(self.list.rows()[0]))

    def _save_all(self) -> None:
        folder = dialogs.ask_folder(self, "Save codes in a folder")
        if folder is None:
            return
        try:
            files = code_mime.write_codes(folder, self.selected())
        except (StudioError, OSError) as error:
            self._bench.message.emit(sentence(error), "error")
        else:
            self._bench.message.emit(f"Saved {len(files)} codes in {folder}.", "info")

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _entry(self, menu: QMenu, icon: str, text: str, act: Callable[[], Any], enabled: bool = True) -> None:
        action = menu.addAction(theme.icon(icon), text)
        action.setEnabled(enabled)
        action.triggered.connect(lambda: act())

    @contextmanager
    def _select_new(self) -> Iterator[None]:
        """Select the codes that come onto the shelf."""
        before = self.model.codes
        yield
        known = {id(code) for code in before}
        rows = [row for row, code in enumerate(self.model.codes) if id(code) not in known]
        if rows:
            self.list.select(rows)

    @contextmanager
    def _one_edit(self, what: str, count: int) -> Iterator[None]:
        """Several edits that are undone together."""
        if count > 1:
            self._bench.undo.beginMacro(what)
        try:
            yield
        finally:
            if count > 1:
                self._bench.undo.endMacro()


def _can_paste() -> bool:
    mime = QGuiApplication.clipboard().mimeData()
    return mime is not None and code_mime.can_read(mime)
