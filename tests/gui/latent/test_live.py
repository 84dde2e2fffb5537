"""A model in training, looked at in the Latent tab of the whole window while it learns."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.gui import app as root
from studio.latent.jobs import LIVE
from studio.session import Session
from studio.training import runs
from tests.fakes import small
from tests.gui.latent.tab import LEFT, Tab

pytestmark = pytest.mark.gui
LONG = 60_000


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window = root.build(QApplication.instance(), Session(tmp_path / "runs"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    if window.isVisible():
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)


def go_to(qtbot, window, number):
    """Click a tab on the left edge."""
    qtbot.mouseClick(window._tabs.button(number), LEFT)


def start(qtbot, window):
    """Train until something can be looked at."""
    go_to(qtbot, window, 0)
    with qtbot.waitSignal(window.train.controller.moment_stored, timeout=LONG):
        qtbot.mouseClick(window.train.bar.start, LEFT)


def finish(qtbot, window):
    with qtbot.waitSignal(window.train.controller.ended, timeout=LONG):
        qtbot.mouseClick(window.train.bar.stop, LEFT)


def test_a_model_can_be_explored_while_it_learns_and_after(qtbot, window):
    controller = window.train.controller
    window.train.chooser.set_recipe(small("vae", "horizon=1000000"))
    go_to(qtbot, window, 1)
    tab = Tab(window.latent, window.workers, qtbot)
    start(qtbot, window)
    go_to(qtbot, window, 1)
    live = window.latent.models.choices()[0]
    assert live.model == LIVE
    assert "training now" in live.title
    tab.open(live.title)
    assert tab.bench.model == LIVE
    tab.until(lambda: not tab.view._source._requests.underway())
    taken = tab.click_map(0.3, 0.6)
    first = taken.picture
    qtbot.keyClick(tab.panel.code, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    tab.until(lambda: not np.array_equal(tab.bench.code.picture, first))
    shown = tab.view.grab().toImage()
    tab.until(lambda: tab.view.grab().toImage() != shown)
    assert np.array_equal(tab.bench.code.values, taken.values)
    finish(qtbot, window)
    (run,), _ = runs.list_runs(window.workers.session.runs)
    assert tab.bench.model == str(run.moment(run.moments()[-1]))
    assert window.latent.models.current().title == run.name
    assert [np.array_equal(code.values, taken.values) for code in tab.bench.codes] == [True]
    assert (run.folder / "shelf" / "shelf.json").is_file()
    tab.ready()
    last = tab.hand()
    assert np.array_equal(last.values, taken.values)
    assert last.stamp == tab.bench.space.stamp != ""
    assert np.array_equal(last.picture, tab.picture_of(taken.values))
    assert tab.of("error") == []
    assert controller.state == "idle"


def test_a_run_that_goes_on_is_followed(qtbot, window):
    window.train.chooser.set_recipe(small("vae", "horizon=1000000"))
    start(qtbot, window)
    finish(qtbot, window)
    (run,), _ = runs.list_runs(window.workers.session.runs)
    go_to(qtbot, window, 1)
    tab = Tab(window.latent, window.workers, qtbot)
    tab.opened(run.name)
    old = tab.bench.model
    taken = tab.click_map(0.3, 0.6)
    with qtbot.waitSignal(window.train.controller.moment_stored, timeout=LONG):
        window.train.resume_run(run, 2_000_000)
    assert tab.bench.model == LIVE
    assert window.latent.models.current().model == LIVE
    finish(qtbot, window)
    assert tab.bench.model not in (old, LIVE)
    assert np.array_equal(tab.hand().values, taken.values)
    tab.ready()
