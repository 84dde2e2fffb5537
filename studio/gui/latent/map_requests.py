"""Which cells of a map have been asked for and have not come yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from studio.latent.lattice import Key

REMEMBERED = 8
"""requests whose late answers are still of use"""
PATIENCE = 1.0
"""seconds without an answer after which a request counts as lost (another one took the mailbox)"""


class CellRequests:
    """Requests by serial number, each with its cells in the order of asking and the version that they will have."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.serial = 0
        self._clock = clock
        self._asked: dict[int, tuple[tuple[Key, ...], int]] = {}
        self._waiting: frozenset[Key] = frozenset()
        self._heard = 0.0

    def open(self, keys: Sequence[Key], version: int) -> int:
        """Ask for cells instead of what was waited for; returns the serial."""
        self.serial += 1
        self._asked[self.serial] = (tuple(keys), version)
        self._asked.pop(self.serial - REMEMBERED, None)
        self._waiting, self._heard = frozenset(keys), self._clock()
        return self.serial

    def answered(self, serial: int, start: int, count: int) -> tuple[tuple[Key, ...], int]:
        """What ``count`` pictures from ``start`` on are of, and their version; no cells of a forgotten request."""
        keys, version = self._asked.get(serial, ((), 0))
        came = keys[start : start + count]
        if serial == self.serial:
            self._waiting -= frozenset(came)
            self._heard = self._clock()
        return came, version

    def underway(self) -> bool:
        """Whether more answers will come."""
        return bool(self._waiting) and self._clock() - self._heard < PATIENCE

    def covers(self, keys: Sequence[Key], version: int) -> bool:
        """Whether all these are on their way already."""
        known = self._asked.get(self.serial)
        return known is not None and known[1] == version and self.underway() and self._waiting.issuperset(keys)

    def give_up(self) -> None:
        """Wait no longer; late answers are still taken."""
        self._waiting = frozenset()

    def forget(self) -> None:
        """Take no answers to what was asked so far."""
        self._asked.clear()
        self.give_up()
