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
    """Handed to every job's handler. ``training``: card and snapshots of the training that runs (or ran last)."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.models: Recent[Any] = Recent(OPEN_MODELS)
        self.data: Recent[Any] = Recent(1)
        self.training: tuple[Any, SnapshotBox] | None = None

    def live(self, card: Any) -> SnapshotBox:
        """A new training begins: the box for its snapshots."""
        box = SnapshotBox()
        self.training = (card, box)  # in one go: a renderer must not pair one run's card with another's weights
        return box


class Recent(Generic[Value]):
    """The few values used last, each made once; making one does not keep others waiting who want another."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value for ``key``, made if it is not there; the one unused for longest goes."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
            value = make()
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._limit:
                    self._values.popitem(last=False)
                self._making.pop(key, None)
            return value
