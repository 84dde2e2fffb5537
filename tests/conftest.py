"""Fixtures for every test: an own home folder, and checks that nothing is left running or open."""

from __future__ import annotations

import os
import sys
import threading
import traceback

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """No test reads or writes the developer's own runs and settings."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_dangling_threads(monkeypatch):
    """Fail the test that leaves a thread or an active timer behind, naming the line that started it (after napari)."""
    before = set(threading.enumerate())
    started = []
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QThread, QTimer

        for kind in (QThread, QTimer):
            original = kind.start

            def start(self, *args, _original=original):
                started.append((self, "".join(traceback.format_stack(limit=6)[:-1])))
                return _original(self, *args)

            monkeypatch.setattr(kind, "start", start)
    yield
    for thing, where in started:
        try:
            alive = thing.isRunning() if hasattr(thing, "isRunning") else thing.isActive() and not thing.isSingleShot()
        except RuntimeError:  # the C++ object is gone
            continue
        assert not alive, f"{thing} was left running; started at\n{where}"
    left = [t for t in threading.enumerate() if t not in before and not t.daemon and t.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture(autouse=True)
def no_leaked_windows():
    """Fail the test that leaves a visible top-level window."""
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if app is not None:
        left = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
        for widget in left:
            widget.close()
        assert not left, f"windows left open: {left}"
