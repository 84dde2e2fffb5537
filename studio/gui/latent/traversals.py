"""The link of the traversal view to the session: rows through the code in hand, along dimensions or directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

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
        self._own = False
        view.refresh_wanted.connect(self.refresh)
        view.shown.connect(self._show)
        view.picked.connect(self._pick)
        view.put_wanted.connect(self._put)
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

    def _ways(self) -> Ways | None:
        """The directions that are chosen; None when they have to be found first."""
        space = self._bench.space
        assert space is not None
        source = self._view.source()
        if source == DIMENSIONS:
            return Ways(None, None, tuple(f"z{index + 1}" for index in range(space.size)))
        if source == MINE:
            mine = self._bench.directions
            if not mine:
                self._view.clear()
                return None
            return Ways(
                np.stack([way.vector for way in mine]), np.ones(len(mine), np.float32), tuple(way.name for way in mine)
            )
        found = self._map.embedding
        if found is None:
            self.message.emit("Looking for the principal directions …", "info")
            self._map.embed_default()
            return None
        main = found.principal
        names = tuple(f"PCA {index + 1}" for index in range(len(main.directions)))
        return Ways(main.directions, main.spreads, names)

    @Slot()
    def _show(self) -> None:
        """The view has come to light: bring it up to date."""
        if self._asked is None or self._asked[0] is not self._bench.code:
            self.refresh()

    @Slot()
    def _follow(self) -> None:
        """Another code in hand, unless it is one of the rows' own."""
        code = self._bench.code
        asked = self._asked[0] if self._asked is not None else None
        if code is not None and asked is not None and np.array_equal(code.values, asked.values):
            return
        if self._view.isVisible() and not self._own:
            self.refresh()

    @Slot()
    def _follow_directions(self) -> None:
        self._view.set_source_available(
            MINE, "" if self._bench.directions else "There are no directions on the shelf yet: lasso dots on the map."
        )
        if self._view.isVisible() and self._view.source() == MINE:
            self.refresh()

    @Slot()
    def _follow_data(self) -> None:
        if self._view.isVisible() and self._view.source() == PRINCIPAL:
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
        codes = tuple(self._code(base, ways, event.index, offset) for offset in offsets)
        self._codes.append(codes)
        self._changes[event.index] = event.change
        self._view.add_row(ways.names[event.index], event.change, event.pictures, event.index, codes)

    def _code(self, base: Code, ways: Ways, index: int, offset: float) -> Code:
        """The code of one picture of a row."""
        vector = np.eye(len(base), dtype=np.float32)[index] if ways.directions is None else ways.directions[index]
        spread = 1.0 if ways.spreads is None else float(ways.spreads[index])
        name = f"{base.name or base.source} {ways.names[index]} {offset:+.1f}σ"
        return Code(base.values + offset * spread * vector, base.model, base.stamp, base.wanted, name, name)

    @Slot(int, int)
    def _pick(self, row: int, column: int) -> None:
        self._own = True  # the rows stay: they are what the person walks along
        self._bench.take(self._codes[row][column], "Choose in a traversal")
        self._own = False

    @Slot(int, int)
    def _put(self, row: int, column: int) -> None:
        self._bench.put(self._codes[row][column])

    @Slot(object)
    def _end(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.message.emit(final.reason, "error")
        elif self._asked is not None and self._asked[1].directions is None:
            self.measured.emit(self._changes)
