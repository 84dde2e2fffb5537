from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.gui import app as root
from studio.gui import settings, theme
from studio.gui.train import controller as states
from studio.session import Session
from studio.training import runs
from tests.fakes import small


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    import sys

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window = root.build(QApplication.instance(), Session(tmp_path / "runs"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    if window.isVisible():
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)


def test_it_fits_a_small_screen(window):
    window.resize(1280, 720)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 720
    assert window.train.bar.isVisible()


def test_closing_while_a_run_trains_saves_it(qtbot, window):
    window.train.chooser.set_recipe(small("dcgan", "horizon=1000000"))
    with qtbot.waitSignal(window.train.controller.progressed, timeout=60_000):
        qtbot.mouseClick(window.train.bar.start, Qt.MouseButton.LeftButton)
    window.close()
    assert window.isVisible(), "it waits until the run is saved"
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)
    (run,), damaged = runs.list_runs(window.workers.session.runs)
    assert not damaged
    assert run.state.status == "stopped"
    assert runs.numbered(run.folder / "checkpoints") == [run.state.step]


def test_closing_while_paused(qtbot, window):
    window.train.chooser.set_recipe(small("gan", "horizon=1000000"))
    with qtbot.waitSignal(window.train.controller.progressed, timeout=60_000):
        qtbot.mouseClick(window.train.bar.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.train.bar.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.train.controller.state == states.PAUSED, timeout=60_000)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=60_000)


def test_the_theme_is_switched_and_remembered(qtbot, window):
    dark = theme.is_dark()
    qtbot.mouseClick(window.theme_button, Qt.MouseButton.LeftButton)
    assert theme.is_dark() != dark
    assert settings.read()["dark"] == theme.is_dark()


def test_a_damaged_settings_file_is_forgotten(own_home):
    (own_home / settings.FILE).write_text("{")
    assert settings.read() == {}
    settings.write(dark=True)
    assert settings.read() == {"dark": True}


def test_the_status_bar_tells_device_and_memory(qtbot, window):
    with qtbot.waitSignal(window.workers.warm_up().ready, timeout=60_000) as ready:
        window.workers._threads[-1].start()
    window._warm(*ready.args)
    assert "precision" in window._device.text()
    assert "GB" in window._memory_text.text()


def test_messages_become_toasts(window):
    window.train.message.emit("Something to know.", "info")
    assert window.toasts.messages() == ["Something to know."]
    window.toasts.clear()


def test_help_tells_about_the_tab(qtbot, window):
    page = window.show_help()
    assert "timeline" in page.text.toPlainText()
    page.close()
