"""Arrows point down: every module imports only floors below its own, and Qt stays under gui/."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import studio

ROOT = Path(studio.__file__).parent
FLOORS = [
    {"errors", "config", "events", "atomic", "resources", "control", "backend", "imaging"},
    {"models", "data", "portraiture"},
    {"training", "latent"},
    {"session", "installation"},
    {"gui", "cli", "commands", "terminal", "__main__"},
]
# Within a floor, these single modules are below the packages beside them.
BELOW = {
    ("cli", "terminal"),
    ("cli", "commands"),
    ("commands", "terminal"),
    ("data", "portraiture"),
    ("__main__", "cli"),
    ("__main__", "gui"),
}
GUI_ONLY = {"PySide6", "pyqtgraph", "qtawesome", "superqt"}
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def room_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_down(path):
    room = room_of(path)
    if room == "__init__":
        assert not {name for name in imports(path) if name.startswith("studio.")}
        return
    for name in imports(path):
        parts = name.split(".")
        if (
            parts[0] != "studio"
            or len(parts) < 2
            or (not (ROOT / parts[1]).exists() and not (ROOT / f"{parts[1]}.py").exists())
        ):
            continue
        other = parts[1]
        if other == room or (room, other) in BELOW:
            continue
        same_floor_helpers = floor(other) == 0 and floor(room) == 0
        assert floor(other) < floor(room) or same_floor_helpers, f"{path} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_qt_is_imported_by_the_gui_alone(path):
    if room_of(path) != "gui":
        assert not {name.split(".")[0] for name in imports(path)} & GUI_ONLY


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "gui"], ids=str)
def test_the_gui_touches_no_tensor(path):
    assert "torch" not in {name.split(".")[0] for name in imports(path)}


def test_only_the_terminal_prints():
    printers = {
        str(path)
        for path in MODULES
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printers <= {"cli.py", "__main__.py"}


@pytest.mark.parametrize(
    "module",
    ["studio.models", "studio.session", "studio.training.recipe", "studio.data.registry", "studio.models.library"],
)
def test_metadata_needs_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, check=False).returncode == 0


def test_the_window_comes_up_without_torch():
    code = (
        "import sys, studio.gui.app as a\nfrom PySide6.QtWidgets import QApplication\n"
        "from studio.session import Session\n"
        "q = QApplication([]); w = a.build(q, Session()); w.show(); q.processEvents(); w.grab()\n"
        "bad = 'torch' in sys.modules\nw.close()\nsys.exit(bad)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, check=False).returncode == 0
