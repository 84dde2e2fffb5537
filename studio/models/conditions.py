"""What a conditional model is asked for, from words to the numbers its nets see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.errors import Refused
from studio.models.family import Condition

if TYPE_CHECKING:
    import torch


def asked(condition: Condition, wanted: str, count: int) -> torch.Tensor:
    """(count, names) float32 for what a person wants: a class, or attributes joined by commas; "" for all in turn.

    In turn, picture i has name i modulo the number of names (attributes: that one alone). Raises :class:`Refused` with
    the known names.
    """
    import torch

    unit = torch.eye(len(condition.names))
    if not wanted.strip():
        return unit[torch.arange(count) % len(condition.names)]
    chosen = [_find(condition, word.strip()) for word in _words(condition, wanted)]
    return unit[chosen].amax(0).repeat(count, 1)


def _words(condition: Condition, wanted: str) -> list[str]:
    return [wanted] if condition.kind == "class" else [word for word in wanted.split(",") if word.strip()]


def _find(condition: Condition, word: str) -> int:
    if word not in condition.names:
        kind = "class" if condition.kind == "class" else "attribute"
        raise Refused(f"The model knows no {kind} {word!r}. Choose from: {', '.join(condition.names)}.")
    return condition.names.index(word)
