"""How many threads a computation takes. Imports torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use ``count`` threads for what the calling thread computes inside.

    Two threads wait for each other at every layer: on two cores of which a training takes one they are ten times slower
    than one (measured). And with one thread the same request always gives the same bits.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
