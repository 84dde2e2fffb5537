"""The label curve as a person makes it: from the run list, with real trainings of a few steps."""

from __future__ import annotations

import json
import shutil

import pytest
from PySide6.QtCore import Qt

from studio.events import Done, Failed, Stopped
from studio.gui.train import controller as states
from studio.gui.train.panel import TrainPanel
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.imaging import grids
from studio.session import Session
from studio.training import runs
from studio.training.jobs import TrainJob
from tests.fakes import small

pytestmark = pytest.mark.gui

WAIT = 60_000


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Runs to build on, and one that nothing can be built on."""
    folder = tmp_path_factory.mktemp("trained")
    session = Session(folder)
    session.do(TrainJob(small("autoencoder", "limit=200"), folder, "encoder", steps=2))
    session.do(TrainJob(small("pixelcnn"), folder, "without", steps=1))
    return folder


@pytest.fixture
def panel(qtbot, tmp_path, trained):
    folder = tmp_path / "runs"
    shutil.copytree(trained, folder)
    workers = Workers(Session(folder))
    panel = TrainPanel(workers)
    qtbot.addWidget(panel)
    panel.resize(1200, 700)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    workers.shut_down()
    if panel.label_curve is not None:
        panel.label_curve.close()
    panel.close()


def click(qtbot, button):
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def typed(qtbot, form, name, text):
    editor = form.field(name).editor
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)


def opened(qtbot, panel, run="encoder"):
    panel.runs.select(run)
    click(qtbot, panel.runs.curve)
    view = panel.label_curve
    qtbot.waitExposed(view)
    typed(qtbot, view.form.settings, "labels", "2,all")
    typed(qtbot, view.form.settings, "steps", "2")
    typed(qtbot, view.form.settings, "batch", "8")
    view.form.forms["training"].field("threads").set_value(1)
    return view


def finish(qtbot, view):
    with qtbot.waitSignal(view.ended, timeout=WAIT) as ended:
        click(qtbot, view.start)
    return ended.args[0]


def test_the_button_tells_which_runs_it_is_for(qtbot, panel):
    assert not panel.runs.curve.isEnabled()
    panel.runs.select("without")
    assert not panel.runs.curve.isEnabled()
    assert "no features" in panel.runs.curve.toolTip()
    panel.runs.select("encoder")
    assert panel.runs.curve.isEnabled()
    assert "Accuracy over labels" in panel.runs.curve.toolTip()
    assert panel.runs.minimumSizeHint().width() < 600, "the buttons wrap where the window is narrow"


def test_the_window_begins_with_the_run_and_its_pictures(qtbot, panel):
    panel.runs.select("encoder")
    click(qtbot, panel.runs.curve)
    view = panel.label_curve
    qtbot.waitExposed(view)
    assert not view.isModal()
    job = view.form.job()
    assert job.recipe.about.parent(job.recipe.model) == "encoder"
    assert (job.recipe.data.source, job.recipe.data.size, job.recipe.data.limit) == ("digits", 8, 200)
    assert job.counts == (10, 30, 100, 300, 0)
    assert job.name == "encoder-labels"
    assert job.out.is_relative_to(panel._session.runs / "encoder")
    assert view.start.isEnabled()
    assert not view.stop.isEnabled()
    assert not view.save.isEnabled()


def test_each_point_appears_as_its_training_ends_and_the_files_are_written(qtbot, panel, tmp_path, monkeypatch):
    view = opened(qtbot, panel)
    seen = []
    view.point_done.connect(lambda: seen.append(sum(len(view.plot.points(s)) for s in ("pretrained", "scratch"))))
    final = finish(qtbot, view)
    assert isinstance(final, Done), final
    assert seen == [1, 2, 3, 4]
    assert list(view.plot.points("scratch")) == [2, 0]
    assert list(view.plot.points("scratch").values()) == final.result["scratch"]
    out = panel._session.runs / "encoder" / "label-curves" / "encoder-labels"
    assert json.loads((out / "accuracy.json").read_text()) == final.result
    assert grids.load_png(out / "accuracy.png").shape[2] == 3
    names = {panel.runs.table.item(row, 1).text() for row in range(panel.runs.table.rowCount())}
    assert {"encoder-labels-pretrained-2", "encoder-labels-scratch-all"} <= names
    assert runs.list_runs(panel._session.runs)[1] == [], "the results are no damaged run"
    assert "4 of 4 points are trained already" in view.form.note()
    assert "Done" in view.text()
    assert "The curve is in" in panel.log.toPlainText()

    typed(qtbot, view.form.settings, "labels", "no labels")
    asked = []
    monkeypatch.setattr(dialogs, "ask_save", lambda *a, **k: asked.append(a[2]) or tmp_path / "curve.png")
    with qtbot.waitSignal(panel.message) as message:
        click(qtbot, view.save)
    assert "Saved curve.png" in message.args[0]
    assert asked == ["encoder-labels.png"], "the curve that is seen, whatever is being typed"
    assert grids.load_png(tmp_path / "curve.png").shape[0] > 100


def test_points_that_are_there_are_used_again(qtbot, panel):
    view = opened(qtbot, panel)
    finish(qtbot, view)
    before = runs.open_run(panel._session.runs / "encoder-labels-scratch-2").state.updated
    typed(qtbot, view.form.settings, "labels", "2,5,all")
    assert "4 of 6 points" in view.form.note()
    finish(qtbot, view)
    assert list(view.plot.points("scratch")) == [2, 5, 0]
    assert runs.open_run(panel._session.runs / "encoder-labels-scratch-2").state.updated == before


def test_other_settings_need_another_name(qtbot, panel):
    view = opened(qtbot, panel)
    finish(qtbot, view)
    typed(qtbot, view.form.settings, "steps", "3")
    assert "its Length differs" in view.form.note()
    assert not view.start.isEnabled()
    typed(qtbot, view.form.settings, "name", "longer")
    assert view.start.isEnabled()


def test_wrong_settings_are_said_while_typing(qtbot, panel):
    view = opened(qtbot, panel)
    labels = view.form.settings.field("labels").editor
    typed(qtbot, view.form.settings, "labels", "10,x")
    assert "“x” is no number" in view.form.note()
    assert labels.property("wrong") is True
    assert not view.start.isEnabled()
    typed(qtbot, view.form.settings, "labels", "10")
    assert labels.property("wrong") is False
    assert view.start.isEnabled()
    typed(qtbot, view.form.settings, "name", "a/b")
    assert "cannot be a name" in view.form.note()
    view.form.choose_source("folder")
    assert any("folder" in problem for problem in view.form.problems())


def test_other_pictures_keep_the_size_and_colour_of_the_encoder(qtbot, panel, tmp_path):
    view = opened(qtbot, panel)
    view.form.choose_source("folder")
    qtbot.keyClicks(view.form.root, str(tmp_path))
    data = view.form.job().recipe.data
    assert (data.source, data.root, data.size, data.colour) == ("folder", str(tmp_path), 8, "grey")
    assert view.form.root.isVisible()
    view.form.choose_source("digits")
    assert not view.form.root.isVisible()


def test_a_curve_is_stopped_and_goes_on(qtbot, panel):
    view = opened(qtbot, panel)
    typed(qtbot, view.form.settings, "steps", "100000")
    with qtbot.waitSignal(view.activity, timeout=WAIT) as activity:
        click(qtbot, view.start)
    assert activity.args[0] == "label curve: 1 of 4"
    assert view.text() == "Point 1 of 4: 2 labels a class, from the trained encoder"
    assert not view.form.settings.field("labels").editor.isEnabled()
    first = panel._session.runs / "encoder-labels-pretrained-2" / "history.csv"
    qtbot.waitUntil(first.exists, timeout=WAIT)
    with qtbot.waitSignal(view.ended, timeout=WAIT) as ended:
        click(qtbot, view.stop)
    assert isinstance(ended.args[0], Stopped)
    assert "goes on" in view.text()
    assert view.start.isEnabled()
    assert runs.open_run(first.parent).state.status == "stopped"
    with qtbot.waitSignal(view.activity, timeout=WAIT):
        click(qtbot, view.start)
    with qtbot.waitSignal(view.ended, timeout=WAIT):
        click(qtbot, view.stop)


def test_a_refusal_is_shown_where_the_person_looks(qtbot, panel):
    view = opened(qtbot, panel)
    typed(qtbot, view.form.settings, "batch", "100")
    final = finish(qtbot, view)
    assert isinstance(final, Failed)
    assert "batch of 100 is larger than the data" in view.form.note()
    assert "larger than the data" in panel.log.toPlainText()
    assert view.start.isEnabled()


def test_one_training_at_a_time(qtbot, panel):
    view = opened(qtbot, panel)
    panel.chooser.set_recipe(small("gan", "horizon=10000000"))
    with qtbot.waitSignal(panel.controller.started, timeout=WAIT):
        click(qtbot, panel.bar.start)
    assert not view.start.isEnabled()
    assert "A training is under way" in view.form.note()
    with qtbot.waitSignal(panel.controller.ended, timeout=WAIT):
        click(qtbot, panel.bar.stop)
    assert view.start.isEnabled()
    typed(qtbot, view.form.settings, "steps", "100000")
    with qtbot.waitSignal(view.activity, timeout=WAIT):
        click(qtbot, view.start)
    with qtbot.waitSignal(panel.message) as message:
        click(qtbot, panel.bar.start)
    assert "label curve is being made" in message.args[0]
    assert panel.controller.state == states.IDLE
    with qtbot.waitSignal(view.ended, timeout=WAIT):
        click(qtbot, view.stop)


def test_closed_while_it_works_it_goes_on_and_is_shown_again(qtbot, panel):
    view = opened(qtbot, panel)
    typed(qtbot, view.form.settings, "steps", "100000")
    with qtbot.waitSignal(view.activity, timeout=WAIT):
        click(qtbot, view.start)
    with qtbot.waitSignal(panel.message) as message:
        view.close()
    assert "goes on" in message.args[0]
    assert view.running
    click(qtbot, panel.runs.curve)
    assert panel.label_curve is view
    assert view.isVisible()
    assert not view.form.settings.field("labels").editor.isEnabled()
    with qtbot.waitSignal(view.ended, timeout=WAIT):
        click(qtbot, view.stop)


def test_an_encoder_that_is_gone_is_said(qtbot, panel):
    panel.runs.select("encoder")
    shutil.rmtree(panel._session.runs / "encoder")
    with qtbot.waitSignal(panel.message) as message:
        click(qtbot, panel.runs.curve)
    assert "encoder" in message.args[0]
    assert message.args[1] == "error"


def test_the_classifier_is_built_on_a_run_of_the_list(qtbot, panel):
    panel.chooser.family.setCurrentIndex(panel.chooser.family.findData("classifier"))
    edit = panel.chooser.forms["model"].field("parent").editor
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(edit.view().isVisible)
    assert edit.suggestions()[0] == "encoder"
    assert "without" not in edit.suggestions()
    qtbot.keyClick(edit.view(), Qt.Key.Key_Home)
    qtbot.keyClick(edit.view(), Qt.Key.Key_Return)
    assert panel.chooser.recipe().model.parent == "encoder"
