"""The link of the traversal view to the session: rows through the code in hand, along dimensions or directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QInputDialog

from studio.errors import Refused
from studio.events import Failed
from studio.gui.latent.map_panel import MapPanel
from studio.gui.latent.traversal_view import DIMENSIONS, MINE, PRINCIPAL, TraversalView
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.map_jobs import COLUMNS, Traversal, TraverseJob

AT_ONCE = 64
"""rows that are shown of a model with many dimensions: the strongest"""


@dataclass(frozen=True, eq=False)
class Ways:
    """The directions of the rows (K, D), None for the axes; their σ (K,), None for the prior's; their names."""

    directions: np.ndarray | None
    spreads: np.ndarray | None
    names: tuple[str, ...]


class Traversals(QObject):
    """Makes the rows anew when the view asks, and when the code in hand changes while it is looked at.

    Principal directions are those of the data laid over the map; without any they are found in samples.
    ``measured``: how much each dimension changes the picture, (D,), 0 for those that were not shown.
    """

    message = Signal(str, str)
    measured = Signal(object)

    def __init__(
        self,
        bench: Workbench,
        view: TraversalView,
        data: MapPanel,
        workers: Workers,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bench, self._view, self._map = bench, view, data
        self.job = OneJob(workers, self)
        self._asked: tuple[Code, Ways, np.ndarray] | None = None
        self._codes: list[tuple[Code, ...]] = []
        self._changes = np.zeros(0)
        self._serial = 0
        view.refresh_wanted.connect(self.refresh)
        view.shown.connect(self._show)
        view.picked.connect(self._pick)
        view.put_wanted.connect(self._put)
        view.rename_wanted.connect(self._rename)
        view.remove_wanted.connect(bench.remove_direction)
        view.message.connect(self.message)
        bench.model_changed.connect(self._forget)
        bench.code_changed.connect(self._follow)
        bench.shelf_changed.connect(self._follow_directions)
        data.embedded.connect(self._follow_data)
        self.job.said.connect(self._hear)
        self.job.ended.connect(self._end)

    @Slot()
    def refresh(self) -> None:
        """Make the rows of what is chosen, through the code in hand."""
        code, space = self._bench.code, self._bench.space
        if code is None or space is None:
            self._view.clear()
            return
        ways = self._ways()
        if ways is None:
            return
        self._serial += 1
        count = len(ways.names)
        self._asked, self._codes = (code, ways, np.linspace(-self._view.reach(), self._view.reach(), COLUMNS)), []
        self._changes = np.zeros(count)
        self._view.set_rows_expected(min(count, AT_ONCE))
        self.job.start(
            TraverseJob(
                self._bench.model,
                code.values,
                ways.directions,
                ways.spreads,
                self._view.reach(),
                rows=AT_ONCE,
                wanted=code.wanted,
                serial=self._serial,
            )
        )

    def _data_spreads(self) -> np.ndarray | None:
        """σ (D,) of the codes of data along each dimension, for a model that has no prior to say it."""
        found, space = self._map.over.embedding, self._bench.space
        if found is None or found.sampled or space is None or space.prior is not None:
            return None
        return np.maximum(found.codes.std(0), 1e-6)

    def _ways(self) -> Ways | None:
        """The directions that are chosen; None when they have to be found first."""
        space = self._bench.space
        assert space is not None
        source = self._view.source()
        if source == DIMENSIONS:
            return Ways(None, self._data_spreads(), tuple(f"z{index + 1}" for index in range(space.size)))
        if source == MINE:
            mine = self._bench.directions
            if not mine:
                self._view.clear()
                return None
            return Ways(
                np.stack([way.vector for way in mine]), np.ones(len(mine), np.float32), tuple(way.name for way in mine)
            )
        found = self._map.over.embedding
        if found is None:
            self._map.over.embed_default()
            return None
        try:
            main = found.principal
        except Refused as error:
            self.message.emit(str(error), "warning")
            self._view.clear()
            return None
        names = tuple(f"PCA {index + 1}" for index in range(len(main.directions)))
        return Ways(main.directions, main.spreads, names)

    @Slot()
    def _show(self) -> None:
        """The view has come to light: bring it up to date."""
        if not self._walks():
            self.refresh()

    @Slot()
    def _follow(self) -> None:
        """Another code in hand, unless it is one of the rows' own."""
        if self._view.isVisible() and not self._walks():
            self.refresh()

    def _walks(self) -> bool:
        """Whether the code in hand is one of the rows' own: they stay, since they are what the person walks along."""
        code = self._bench.code
        known = [] if self._asked is None else [self._asked[0], *(other for row in self._codes for other in row)]
        return code is not None and any(_alike(code, other) for other in known)

    @Slot()
    def _follow_directions(self) -> None:
        before = self._view.source()
        self._view.set_source_available(
            MINE, "" if self._bench.directions else "There are no directions on the shelf yet: lasso dots on the map."
        )
        mine = tuple(way.name for way in self._bench.directions)
        shown = self._asked[1].names if self._asked is not None else ()
        changed = before == MINE and (self._view.source() != MINE or mine != shown)
        if self._view.isVisible() and changed:
            self.refresh()

    @Slot()
    def _follow_data(self) -> None:
        source, space = self._view.source(), self._bench.space
        scaled = source == DIMENSIONS and space is not None and space.prior is None
        if self._view.isVisible() and (source == PRINCIPAL or scaled):
            self.refresh()

    @Slot()
    def _forget(self) -> None:
        self.job.drop()
        self._asked, self._codes = None, []
        self._view.clear()

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if not isinstance(event, Traversal) or event.serial != self._serial or self._asked is None:
            return
        base, ways, offsets = self._asked
        names = [f"{base.name or base.source} {ways.names[event.index]} {offset:+.1f}σ" for offset in offsets]
        row = zip(event.codes, names, event.pictures, strict=True)
        codes = tuple(
            Code(values, base.model, base.stamp, base.wanted, name, name, picture) for values, name, picture in row
        )
        self._codes.append(codes)
        self._changes[event.index] = event.change
        self._view.add_row(ways.names[event.index], event.change, event.pictures, event.index, codes)

    @Slot(int, int)
    def _pick(self, row: int, column: int) -> None:
        self._bench.take(self._codes[row][column], "Choose in a traversal")

    @Slot(int, int)
    def _put(self, row: int, column: int) -> None:
        self._bench.put(self._codes[row][column])

    @Slot(int)
    def _rename(self, index: int) -> None:
        old = self._bench.directions[index].name
        name, chosen = QInputDialog.getText(self._view, "Rename direction", "Name:", text=old)
        if chosen and name.strip() and name.strip() != old:
            self._bench.rename_direction(index, name)

    @Slot(object)
    def _end(self, final: Any) -> None:
        if isinstance(final, Failed):
            self._asked, self._codes = None, []
            self._view.clear()
            self.message.emit(final.reason, "error")
        elif self._asked is not None and self._asked[1].directions is None:
            self.measured.emit(self._changes)


def _alike(code: Code, other: Code) -> bool:
    """Whether two codes make the same picture."""
    return code.wanted == other.wanted and np.array_equal(code.values, other.values)
