"""What the window remembers between two starts: a small JSON file; a damaged one is forgotten, never fatal."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from studio import atomic, resources

FILE = "window.json"


def read() -> dict[str, Any]:
    """The remembered values; empty when there are none or the file is damaged."""
    path = resources.user_folder() / FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def write(**values: Any) -> None:
    """Remember these values beside the others; a folder that cannot be written to costs no more than the memory."""
    with contextlib.suppress(OSError):
        atomic.write_json(resources.user_folder() / FILE, {**read(), **values})
