"""Seeds. Every request has a generator of its own: torch's global one is shared by all threads."""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: object) -> int:
    """An independent 63-bit seed for a purpose (``derive(7, "order", epoch)``), the same on every machine."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
