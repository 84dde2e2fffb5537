"""Long work of a model done in parts, so that a training beside it goes on and Stop is heard. Torch-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from studio.backend.gate import Gate
from studio.control import Control

Part = TypeVar("Part")


def in_turns(parts: Iterable[Part], gate: Gate, control: Control) -> Iterator[Part]:
    """The parts of a lazy sequence, each made while holding the gate; a stop raises Cancelled before the next one."""
    source = iter(parts)
    while True:
        control.raise_if_stopped()
        with gate.guest():
            try:
                part = next(source)
            except StopIteration:
                return
        yield part
