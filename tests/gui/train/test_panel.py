"""The Train tab as a person uses it: real widgets, real clicks, a real training on digits."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QMessageBox

from studio.events import Done, Failed, Stopped
from studio.gui.train import controller as states
from studio.gui.train.panel import TrainPanel
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.session import Session
from studio.training import runs
from tests.fakes import small

LONG = 10_000_000
WAIT = 60_000


@pytest.fixture
def panel(qtbot, tmp_path):
    workers = Workers(Session(tmp_path / "runs"))
    panel = TrainPanel(workers)
    qtbot.addWidget(panel)
    panel.resize(1200, 700)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    workers.shut_down()
    panel.close()


def click(qtbot, button):
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def wait_for(qtbot, panel, state):
    qtbot.waitUntil(lambda: panel.controller.state == state, timeout=WAIT)


def start(qtbot, panel, family="dcgan", *settings):
    panel.chooser.set_recipe(small(family, f"horizon={LONG}", *settings))
    with qtbot.waitSignal(panel.controller.started, timeout=WAIT):
        click(qtbot, panel.bar.start)


def finish(qtbot, panel):
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT) as ended:
        click(qtbot, panel.bar.stop)
    return ended.args[0]


def test_the_empty_tab_says_what_to_do(panel):
    assert panel.bar.start.isEnabled()
    for button in (
        panel.bar.pause,
        panel.bar.stop,
        panel.bar.step,
        panel.bar.mark,
        panel.runs.open,
        panel.pictures.film,
    ):
        assert not button.isEnabled()
    assert panel.pictures.samples.count() == 0


def test_train_pause_step_resume_stop(qtbot, panel):
    start(qtbot, panel)
    qtbot.waitUntil(lambda: panel.pictures.samples.count() == 64, timeout=WAIT)
    assert panel.pictures.real.count() > 0
    assert not panel.chooser.family.isEnabled()
    qtbot.waitUntil(lambda: "images/s" in panel.bar.text(), timeout=WAIT)

    click(qtbot, panel.bar.pause)
    wait_for(qtbot, panel, states.PAUSED)
    assert panel.bar.pause.text() == "Resume"
    before = len(panel.controller.history)
    for phase in ("discriminator", "generator", ""):
        with qtbot.waitSignal(panel.controller.progressed, timeout=WAIT):
            panel.bar.steps()[phase].trigger()
    assert len(panel.controller.history) == before + 3

    click(qtbot, panel.bar.pause)
    wait_for(qtbot, panel, states.RUNNING)
    qtbot.waitUntil(lambda: len(panel.controller.history) > before + 4, timeout=WAIT)
    final = finish(qtbot, panel)
    assert isinstance(final, Stopped)
    run = runs.open_run(final.result)
    assert run.state.step == len(panel.controller.history)
    assert np.array_equal(run.history().rows(), panel.controller.history.rows())
    assert panel.chooser.family.isEnabled()
    assert panel.runs.selected().name == run.name


def test_a_run_that_ends_by_itself(qtbot, panel):
    panel.chooser.set_recipe(small("vae", "horizon=5"))
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT) as ended:
        click(qtbot, panel.bar.start)
    assert isinstance(ended.args[0], Done)
    assert panel.bar.start.isEnabled()
    assert "step 5 of 5" in panel.bar.text()


def test_wrong_settings_are_listed_all_at_once(qtbot, panel):
    panel.chooser.set_recipe(small("gan", "d_rate=0", "latent=0", "batch=0"))
    with qtbot.waitSignal(panel.message) as message:
        click(qtbot, panel.bar.start)
    assert "3 settings" in message.args[0]
    assert panel.controller.state == states.IDLE
    for label in ("D learning rate", "Latent size", "Batch"):
        assert any(label in problem for problem in panel.chooser.problems())


def test_a_refusal_of_the_data_is_shown(qtbot, panel):
    panel.chooser.set_recipe(small("gan", "batch=100"))
    with qtbot.waitSignal(panel.message, timeout=WAIT) as message:
        click(qtbot, panel.bar.start)
    assert "larger than the data" in message.args[0]
    assert message.args[1] == "error"
    wait_for(qtbot, panel, states.IDLE)


def test_scrubbing_new_codes_and_back_to_live(qtbot, panel):
    start(qtbot, panel)
    qtbot.waitUntil(lambda: panel.pictures.timeline.count() >= 1, timeout=WAIT)
    click(qtbot, panel.bar.pause)
    wait_for(qtbot, panel, states.PAUSED)
    fixed = panel.pictures.samples.picture(0)
    with qtbot.waitSignal(panel.picture_jobs.renderer.rendered, timeout=WAIT):
        click(qtbot, panel.pictures.dice)
    assert panel.pictures.caption.text().startswith("New codes 1")
    assert not np.array_equal(panel.pictures.samples.picture(0), fixed)
    click(qtbot, panel.pictures.fixed)
    assert np.array_equal(panel.pictures.samples.picture(0), fixed)

    finish(qtbot, panel)
    timeline = panel.pictures.timeline
    qtbot.waitUntil(lambda: timeline.count() >= 2, timeout=WAIT)
    with qtbot.waitSignal(panel.pictures.scrubbed) as scrubbed:
        timeline.setFocus()
        qtbot.keyClick(timeline, Qt.Key.Key_Home)
    assert scrubbed.args[0] == 0
    first = panel.pictures.samples.picture(0)
    with qtbot.waitSignal(panel.picture_jobs.renderer.rendered, timeout=WAIT):
        click(qtbot, panel.pictures.dice)
    assert not np.array_equal(panel.pictures.samples.picture(0), first)


def test_a_stored_run_is_opened_resumed_copied_and_deleted(qtbot, panel, monkeypatch):
    panel.chooser.set_recipe(small("gan", "horizon=6"))
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
        click(qtbot, panel.bar.start)
    panel.chooser.set_recipe(small("vae"))
    panel.runs.select("gan-digits-1")
    click(qtbot, panel.runs.open)
    assert panel.chooser.recipe() == small("gan", "horizon=6")
    assert panel.pictures.timeline.count() == 2
    assert panel.pictures.real.count() > 0

    panel.runs.target.setValue(9)
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
        click(qtbot, panel.runs.resume)
    assert runs.open_run(panel._session.runs / "gan-digits-1").state.step == 9
    assert len(panel.controller.history) == 9

    panel.runs.select("gan-digits-1")
    panel.chooser.set_recipe(small("vae"))
    click(qtbot, panel.runs.duplicate)
    assert panel.chooser.recipe().family == "gan"

    monkeypatch.setattr(QMessageBox, "question", lambda *a: QMessageBox.StandardButton.No)
    click(qtbot, panel.runs.delete)
    assert (panel._session.runs / "gan-digits-1").exists()
    monkeypatch.setattr(QMessageBox, "question", lambda *a: QMessageBox.StandardButton.Yes)
    click(qtbot, panel.runs.delete)
    assert not (panel._session.runs / "gan-digits-1").exists()
    assert panel.runs.table.rowCount() == 0


def test_runs_are_compared(qtbot, panel):
    for _ in range(2):
        panel.chooser.set_recipe(small("gan", "horizon=4"))
        with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
            click(qtbot, panel.bar.start)
    with qtbot.waitSignal(panel.runs.compare_changed) as changed:
        panel.runs.table.item(1, 0).setCheckState(Qt.CheckState.Checked)
    assert [run.name for run in changed.args[0]] == ["gan-digits-1"]


def test_the_film_and_the_kept_moment(qtbot, panel, tmp_path, monkeypatch):
    panel.chooser.set_recipe(small("gan", "horizon=4"))
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
        click(qtbot, panel.bar.start)
    monkeypatch.setattr(dialogs, "ask_save", lambda *a, **k: tmp_path / "film.gif")
    with qtbot.waitSignal(panel.message, timeout=WAIT) as message:
        click(qtbot, panel.pictures.film)
    assert (tmp_path / "film.gif").stat().st_size > 100, message.args
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("mine", True))
    with qtbot.waitSignal(panel.message, timeout=WAIT) as message:
        click(qtbot, panel.pictures.keep)
    assert "mine is in your library" in message.args[0]


def test_the_data_view_shows_what_was_read_and_what_was_not(qtbot, panel, tmp_path):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(3):
            Image.effect_noise((20, 20), 50).save(tmp_path / "pets" / name / f"{i}.png")
    (tmp_path / "pets" / "cat" / "bad.png").write_text("no picture")
    panel.chooser.choose_folder(tmp_path / "pets")
    panel.tabs.setCurrentWidget(panel.data)
    click(qtbot, panel.data.read)
    qtbot.waitUntil(lambda: panel.data.pictures.count() == 6, timeout=WAIT)
    assert panel.data.classes.rowCount() == 2
    assert panel.data.refused.item(0, 0).text().endswith("bad.png")
    panel.chooser.choose_folder(tmp_path)
    assert panel.data.pictures.count() == 0


def test_a_folder_that_cannot_be_used_is_said(qtbot, panel, tmp_path):
    (tmp_path / "empty").mkdir()
    panel.chooser.choose_folder(tmp_path / "empty")
    panel.tabs.setCurrentWidget(panel.data)
    click(qtbot, panel.data.read)
    qtbot.waitUntil(lambda: "empty" in panel.data.summary.text(), timeout=WAIT)
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT) as ended:
        click(qtbot, panel.bar.start)
    assert isinstance(ended.args[0], Failed)
    assert ended.args[0].refused


def test_the_live_model_is_rendered_while_it_trains(qtbot, panel):
    start(qtbot, panel)
    qtbot.waitUntil(lambda: panel.pictures.dice.isEnabled(), timeout=WAIT)
    for seed in range(1, 4):
        with qtbot.waitSignal(panel.picture_jobs.renderer.rendered, timeout=WAIT):
            click(qtbot, panel.pictures.dice)
        assert f"New codes {seed}" in panel.pictures.caption.text()
    finish(qtbot, panel)


def test_a_click_shows_a_picture_large(qtbot, panel):
    from studio.gui.widgets.picture_window import PictureWindow

    panel.chooser.set_recipe(small("gan", "horizon=2"))
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
        click(qtbot, panel.bar.start)
    grid = panel.pictures.samples
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(5).center())
    (window,) = panel.pictures.findChildren(PictureWindow)
    assert np.array_equal(window.view.picture(), grid.picture(5))
    window.close()
