"""Pictures for the panels of a workbench: of the code under the mouse, of the map's cells, of codes on the shelf."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.events import Decoded, Failed
from studio.gui.latent.workbench import Workbench
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.jobs import LIVE, CodesRequest


class Renderer(QObject):
    """Asks a worker for pictures of codes and hears what comes of it, of the present model only.

    ``failed`` a sentence, each once in a row; ``refused`` after every failure, also one that was told already.
    """

    failed = Signal(str)
    refused = Signal()

    def __init__(self, bench: Workbench, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._worker = bench, workers.latest()
        self._pending: list[tuple[int, str]] = []
        self._complaint = ""
        self._worker.rendered.connect(self._hear)
        self._worker.failed.connect(self._on_failed)
        bench.model_changed.connect(self._forget)

    def answered(self, decoded: Decoded) -> None:
        """A part of an answer has come."""

    def submit(self, codes: np.ndarray, wanted: str, serial: int) -> None:
        """Ask for the pictures of codes (N, D)."""
        model = self._bench.model
        # one may be rendered now; this one takes the place of any that waits
        self._pending = [*self._pending[:1], (serial, model)]
        self._worker.submit(CodesRequest(model, serial, codes, wanted))

    @Slot(object)
    def _hear(self, decoded: Decoded) -> None:
        whole = decoded.start + len(decoded.pictures) >= decoded.total
        done = decoded.serial if whole else decoded.serial - 1
        self._pending = [asked for asked in self._pending if asked[0] > done]
        if decoded.model == self._bench.model:
            self._complaint = ""
            self.answered(decoded)

    @Slot(object)
    def _on_failed(self, failure: Failed) -> None:
        model = self._pending.pop(0)[1] if self._pending else self._bench.model
        if model != self._bench.model:
            return  # nobody looks at it any more
        reason = failure.reason
        if model != LIVE and not Path(model).is_dir():
            reason = f"The model in {model} is no longer there. Choose another one."
        if reason != self._complaint:
            self._complaint = reason
            self.failed.emit(reason)
        self.refused.emit()

    @Slot()
    def _forget(self) -> None:
        self._complaint = ""


class CodeRenderer(Renderer):
    """The picture of one code, newest first: pictures of older ones may come before it while the mouse moves.

    ``shown`` a :class:`Code` and its picture (H, W, C) uint8.
    """

    shown = Signal(object, object)

    def __init__(self, bench: Workbench, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(bench, workers, parent)
        self._asked: dict[int, Code] = {}
        self._serial = 0

    def show(self, code: Code) -> None:
        """Render ``code`` (a batch of its own, so that its picture is always the same)."""
        self._serial += 1
        self._asked[self._serial] = code
        self.submit(code.values[None], code.wanted, self._serial)

    def answered(self, decoded: Decoded) -> None:
        """The picture has come."""
        code = self._asked.get(decoded.serial)
        self._asked = {serial: other for serial, other in self._asked.items() if serial > decoded.serial}
        if code is not None:
            self.shown.emit(code, decoded.pictures[0])


class CodeQueue(QObject):
    """The pictures of many codes, all of them, one after another; ``illustrated`` a code and its picture."""

    illustrated = Signal(object, object)

    def __init__(self, bench: Workbench, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Code] = deque()
        self._renderer = CodeRenderer(bench, workers, self)
        self._renderer.shown.connect(self._on_shown)
        self._renderer.refused.connect(self._on_refused)

    def add(self, codes: Sequence[Code]) -> None:
        """Render these too; those that wait already are not asked for again."""
        idle = not self._waiting
        known = {id(code) for code in self._waiting}
        self._waiting.extend(code for code in codes if id(code) not in known)
        if idle:
            self._next()

    def clear(self) -> None:
        """Forget what waits: another model is worked on."""
        self._waiting.clear()

    def _next(self) -> None:
        if self._waiting:
            self._renderer.show(self._waiting[0])

    @Slot(object, object)
    def _on_shown(self, code: Code, picture: np.ndarray) -> None:
        if self._waiting and self._waiting[0] is code:
            self._waiting.popleft()
            self.illustrated.emit(code, picture)
        self._next()

    @Slot()
    def _on_refused(self) -> None:
        """A code that cannot be shown does not keep the others from being shown."""
        if self._waiting:
            self._waiting.popleft()
        self._next()


class CellRenderer(Renderer):
    """The cells of a map: parts of the newest request, as they come. ``decoded`` a :class:`Decoded`."""

    decoded = Signal(object)

    def ask(self, codes: np.ndarray, wanted: str, serial: int) -> None:
        """The pictures of codes (N, D), the first ones first."""
        self.submit(codes, wanted, serial)

    def answered(self, decoded: Decoded) -> None:
        """Hand it on."""
        self.decoded.emit(decoded)
