"""The link of the seed bar to the session: codes of seeds, and of places between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.events import Failed
from studio.gui.latent.seed_bar import SeedBar
from studio.gui.latent.workbench import Workbench
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.search_jobs import WalkRequest

BEGIN = "begin"
"""the code that is in hand when a model is opened: something to look at and to start from"""


class Seeds(QObject):
    """Takes the code of a seed in hand, the first one by itself; a walk over the pad is one step to undo.

    ``message`` (text, level).
    """

    message = Signal(str, str)

    def __init__(self, bench: Workbench, bar: SeedBar, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._bar = bench, bar
        self._worker = workers.latest()
        self._place: tuple[float, float] | None = None
        self._values = b""
        self._serial = 0
        self._merge = self._complaint = ""
        self._truncation = 1.0
        bar.seed_wanted.connect(self._seed)
        bar.walked.connect(self._walk)
        bar.truncation_changed.connect(self._truncate)
        bar.wanted_changed.connect(self._want)
        bench.model_changed.connect(self._forget)
        self._worker.rendered.connect(self._take)
        self._worker.failed.connect(self._complain)

    @Slot(int)
    def _seed(self, seed: int) -> None:
        self._ask(float(seed), 0.0, f"seed {seed}")

    @Slot(float, float)
    def _walk(self, x: float, y: float) -> None:
        self._ask(x, y, "walk")

    @Slot(float)
    def _truncate(self, truncation: float) -> None:
        self._truncation = truncation
        if self._place is not None and self._is_seed():
            self._ask(*self._place, "truncation")

    @Slot(str)
    def _want(self, wanted: str) -> None:
        code, space = self._bench.code, self._bench.space
        if self._place is not None and self._is_seed():
            self._ask(*self._place, f"class {wanted}")
        elif code is not None and space is not None and code.wanted != wanted:
            other = replace(code, wanted=wanted, stamp=space.stamp, picture=None)
            self._bench.take(other, f"Ask for {wanted or 'no attribute'}", f"class {wanted}")

    def _is_seed(self) -> bool:
        """Whether the code in hand is the one that was made here."""
        code = self._bench.code
        return code is not None and code.values.tobytes() == self._values

    def _ask(self, x: float, y: float, merge: str) -> None:
        self._serial += 1
        self._place, self._merge = (x, y), merge
        self._worker.submit(WalkRequest(self._bench.model, self._serial, x, y, self._truncation, self._bar.wanted()))

    @Slot(object)
    def _take(self, code: Any) -> None:
        space = self._bench.space
        if isinstance(code, Code) and space is not None and code.model == space.model and self._place is not None:
            self._complaint, self._values = "", code.values.tobytes()
            if self._merge == BEGIN:
                self._bench.begin(code)
            else:
                self._bench.take(code, f"Take {code.name or code.source}", self._merge)

    @Slot()
    def _forget(self) -> None:
        self._place, self._complaint = None, ""
        space = self._bench.space
        if space is not None and space.samples and self._bench.code is None:
            self._ask(float(self._bar.seed()), 0.0, BEGIN)

    @Slot(object)
    def _complain(self, failure: Failed) -> None:
        if self._place is not None and failure.reason != self._complaint:  # once, however long somebody walks
            self._complaint = failure.reason
            self.message.emit(failure.reason, "error")
