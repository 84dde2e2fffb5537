"""``latent-studio doctor``: is everything here that the program needs, and does it fit together?"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from studio import resources
from studio.errors import StudioError, sentence
from studio.models import library


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    part: str
    ok: bool
    found: str
    remedy: str = ""


def check() -> list[Check]:
    """Look at every part; nothing is changed."""
    return [
        _guarded("Python", _python, "Install Python 3.11 or newer."),
        _guarded("torch and torchvision", _torch, "Reinstall them together: pip install --upgrade torch torchvision"),
        _guarded("window (PySide6)", _qt, "pip install 'PySide6-Essentials>=6.8,<6.12'"),
        _guarded("device", _device, "Update the graphics driver, or train on the CPU."),
        _guarded("data folder", _writable, "Set LATENT_STUDIO_HOME to a folder you may write to."),
        _guarded("shipped models", _models, "Reinstall latent-studio."),
    ]


def _guarded(part: str, look: Callable[[], str], remedy: str) -> Check:
    try:
        return Check(part, True, look())
    except (StudioError, ImportError, RuntimeError, OSError) as error:
        text = sentence(error) if isinstance(error, StudioError | OSError) else str(error)
        return Check(part, False, text, remedy)


def _python() -> str:
    return sys.version.split()[0]


def _torch() -> str:
    torch, vision = importlib.import_module("torch"), importlib.import_module("torchvision")
    importlib.import_module("torchvision.ops").nms  # noqa: B018 - a build that does not match torch fails here
    return f"torch {torch.__version__}, torchvision {vision.__version__}"


def _qt() -> str:
    return f"PySide6 {importlib.metadata.version('PySide6-Essentials')}"


def _device() -> str:
    from studio.backend.backend import Backend

    backend = Backend()
    return f"{backend.reason}; auto precision {backend.precision.name}"


def _writable() -> str:
    folder = resources.user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return str(folder)


def _models() -> str:
    found = [card.name for card, folder in library.list_models() if folder.parent == resources.shipped_weights()]
    if not found:
        raise RuntimeError(f"None found in {resources.shipped_weights()}.")
    return ", ".join(found)
