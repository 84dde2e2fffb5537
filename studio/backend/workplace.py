"""What the jobs of one program share: gate, opened models, the data read last, live snapshots of the training."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from studio.backend.ema import SnapshotBox
from studio.backend.gate import Gate

Value = TypeVar("Value")
OPEN_MODELS = 4


class Workplace:
    """Handed to every job's handler. ``card`` describes the training that runs (or ran last), if any."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.models: Recent[Any] = Recent(OPEN_MODELS)
        self.data: Recent[Any] = Recent(1)
        self.snapshots: SnapshotBox | None = None
        self.card: Any = None

    def live(self, card: Any) -> SnapshotBox:
        """A new training begins: the box for its snapshots."""
        self.card, self.snapshots = card, SnapshotBox()
        return self.snapshots


class Recent(Generic[Value]):
    """The few values used last, each made once; for any number of threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value for ``key``, made if it is not there; the one unused for longest goes."""
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
            return self._values[key]
