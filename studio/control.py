"""The second door of a running job: how a person stops, pauses and steps it. The first door is the sink."""

from __future__ import annotations

import threading
from collections import deque

from studio.errors import Cancelled


class Control:
    """Shared by the one who runs a job and the one who steers it; every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._pause = False
        self._steps: deque[str] = deque()
        self._marks = self._resumes = 0

    def stop(self) -> None:
        """Ask the job to end at the next safe place; it saves what it has."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Ask the job to stand still with everything in memory."""
        with self._changed:
            self._pause = True

    def resume(self) -> None:
        """Let a paused job go on; single steps not done yet are forgotten."""
        with self._changed:
            self._pause = False
            self._resumes += 1
            self._steps.clear()
            self._changed.notify_all()

    def step(self, phase: str = "") -> None:
        """Let a paused job do one step: of the phase named, or of all phases when it is empty."""
        with self._changed:
            self._steps.append(phase)
            self._changed.notify_all()

    def mark(self) -> None:
        """Ask the job to keep the present moment for good."""
        with self._changed:
            self._marks += 1
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop

    @property
    def paused(self) -> bool:
        """Whether somebody asked to stand still."""
        return self._pause

    @property
    def marked(self) -> bool:
        """Whether a mark was asked for and not taken yet."""
        return self._marks > 0

    def raise_if_stopped(self) -> None:
        """Raise :class:`Cancelled` in a job that has nothing to save when stopped."""
        if self._stop:
            raise Cancelled("Stopped.")

    def take_mark(self) -> bool:
        """Whether a mark was asked for since the last call."""
        with self._changed:
            wanted, self._marks = self._marks > 0, 0
            return wanted

    def wait_for_step(self) -> str | None:
        """In a paused job: wait for the next thing to do. A phase name ("" = all), or None to look again."""
        with self._changed:
            seen = self._resumes  # resumed and paused again before this thread woke: it must still wake
            self._changed.wait_for(
                lambda: self._stop or not self._pause or self._steps or self._marks or self._resumes != seen
            )
            return self._steps.popleft() if self._steps and not self._stop else None
