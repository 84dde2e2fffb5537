"""What a loader is given: the settings, and the two doors to whoever waits for the pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from studio.data.config import DataConfig
from studio.errors import Cancelled, Refused
from studio.events import Progress

MEMORY_SHARE = 0.6
_PAUSE = 0.05  # seconds between two reports


@dataclass
class Reading:
    """One reading of a source. ``held_out`` says whether a test set of the source is wanted too."""

    config: DataConfig
    size: int
    progress: Callable[[Progress], None] | None = None
    stopped: Callable[[], bool] | None = None
    held_out: bool = True
    _told: float = field(default=float("-inf"), repr=False)

    def report(self, what: str, done: int, total: int | None) -> None:
        """Tell how far it is, at most about 20 times a second; the end is always told."""
        now = time.monotonic()
        if self.progress is not None and (done == total or now - self._told >= _PAUSE):
            self._told = now
            self.progress(Progress(what, done, total))

    def check(self) -> None:
        """Raise :class:`Cancelled` once the person stopped the reading."""
        if self.stopped is not None and self.stopped():
            raise Cancelled("Reading the pictures was stopped.")

    def require_memory(self, count: int, channels: int) -> None:
        """Raise :class:`Refused` when ``count`` pictures would take too much of the free memory."""
        needed = count * self.size**2 * channels
        free = psutil.virtual_memory().available
        if needed > MEMORY_SHARE * free:
            raise Refused(
                f"{count:,} pictures of {self.size}×{self.size} pixels need {_gib(needed)} of memory and only "
                f"{_gib(MEMORY_SHARE * free)} can be used. Choose a smaller size, grey, or set a limit on the pictures."
            )


def _gib(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
