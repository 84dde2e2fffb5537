"""The small parts around the map: which plane, which data, and how a film shall run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from studio.data import registry
from studio.data.config import DataConfig
from studio.events import Progress
from studio.gui.latent import plane_bar
from studio.gui.latent.data_bar import SAMPLES, DataBar
from studio.gui.latent.film_dialog import FilmDialog
from studio.gui.latent.plane_bar import PlaneBar
from studio.gui.widgets import dialogs
from studio.latent.latent_space import LatentSpace
from studio.latent.search_jobs import LatentFilmJob
from studio.models.family import Prior
from tests.gui.conftest import wheel

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


def space(size, kind: str | None = "normal"):
    prior = None if kind is None else Prior(size, kind)
    return LatentSpace("m", "Model", size, prior, None, False, (8, 1))


# -- which plane ----------------------------------------------------------------------------------------------------


def kinds(bar):
    return [bar.kind.itemData(index) for index in range(bar.kind.count())]


@pytest.fixture
def planes(show):
    return show(PlaneBar(), 400, 50)


def test_only_planes_that_a_model_has_are_offered(planes):
    assert kinds(planes) == []
    assert planes.chosen() == ""
    planes.set_space(space(2))
    assert kinds(planes) == [plane_bar.QUANTILES, plane_bar.AXES, plane_bar.PRINCIPAL, plane_bar.NEIGHBOURS]
    planes.set_space(space(5, "uniform"))
    assert kinds(planes) == [plane_bar.AXES, plane_bar.PRINCIPAL, plane_bar.THREE, plane_bar.NEIGHBOURS]
    planes.set_space(space(5, None))
    assert plane_bar.QUANTILES not in kinds(planes)
    planes.set_space(space(1))
    assert kinds(planes) == [plane_bar.NEIGHBOURS]
    planes.set_space(None)
    assert kinds(planes) == []


def test_what_was_chosen_stays_if_it_can(planes, qtbot):
    planes.set_space(space(8))
    planes.choose(plane_bar.AXES)
    planes.second.setValue(7)
    with qtbot.assertNotEmitted(planes.changed):
        planes.set_space(space(9))
    assert (planes.chosen(), planes.axes()) == (plane_bar.AXES, (0, 6))
    planes.set_space(space(3))
    assert planes.axes() == (0, 2)


@pytest.mark.parametrize("kind", [plane_bar.PRINCIPAL, plane_bar.THREE, plane_bar.NEIGHBOURS])
def test_a_plane_that_has_to_be_looked_for_is_not_kept_for_another_model(planes, kind):
    planes.set_space(space(8))
    planes.choose(kind)
    planes.set_space(space(9))
    assert planes.chosen() == plane_bar.QUANTILES


def test_two_axes_are_never_the_same_after_a_change_of_model(planes):
    planes.set_space(space(8))
    planes.first.setValue(5)
    planes.second.setValue(6)
    planes.set_space(space(2))
    assert planes.axes() == (0, 1)


def test_numbers_are_asked_for_where_there_is_a_choice(planes):
    planes.set_space(space(2))
    assert not planes.first.isVisible()
    planes.choose(plane_bar.PRINCIPAL)
    assert planes.first.isVisible()
    planes.set_space(space(4))
    for kind, seen in ((plane_bar.AXES, True), (plane_bar.THREE, False), (plane_bar.NEIGHBOURS, False)):
        planes.choose(kind)
        assert planes.second.isVisible() is seen


def test_what_is_chosen_can_be_chosen_again(planes, qtbot):
    planes.set_space(space(4))
    planes.choose(plane_bar.THREE)
    planes.kind.setFocus()
    planes.kind.showPopup()
    with qtbot.waitSignal(planes.changed):
        qtbot.keyClick(planes.kind.view(), Qt.Key.Key_Return)
    assert planes.chosen() == plane_bar.THREE
    with qtbot.waitSignal(planes.changed):
        qtbot.keyClick(planes.kind, Qt.Key.Key_Up)
    assert planes.chosen() == plane_bar.PRINCIPAL


def test_the_wheel_changes_nothing_in_passing(planes, qtbot):
    planes.set_space(space(4))
    planes.second.clearFocus()
    with qtbot.assertNotEmitted(planes.changed):
        wheel(planes.kind)
        wheel(planes.first)


# -- which data -----------------------------------------------------------------------------------------------------


@pytest.fixture
def data(show):
    return show(DataBar(), 700, 60)


@pytest.mark.parametrize("source", registry.SOURCES, ids=lambda source: source.id)
def test_the_data_is_guessed_from_what_a_card_says(data, source):
    for words in (source.title, f"trained on {source.id} for an hour"):
        data.set_model(True, None, words)
        assert data.source.currentData() == source.id


def test_unknown_data_is_the_digits_and_without_an_encoder_samples(data):
    data.set_model(True, None, "my own holiday pictures")
    assert data.source.currentData() == "digits"
    data.set_model(False, DataConfig(source="mnist"), "MNIST")
    assert data.source.currentData() == SAMPLES
    assert data.config() is None


def test_the_data_of_a_run_is_used_as_it_was(data, tmp_path):
    own = DataConfig(source="folder", root=str(tmp_path), size=16, limit=100)
    data.set_model(True, own, "MNIST")
    chosen = data.config()
    assert (chosen.source, chosen.root, chosen.limit) == ("folder", str(tmp_path), 0)
    data.set_model(True, None, "MNIST")
    assert data.config().root == ""


def test_a_folder_is_asked_for_where_one_is_needed(data, qtbot, tmp_path, monkeypatch):
    data.set_model(True, None, "digits")
    assert not data.root.isVisible()
    choose(data, "folder")
    assert data.root.isVisible()
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: tmp_path)
    qtbot.mouseClick(data.browse, LEFT)
    assert Path(data.config().root) == tmp_path
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: None)
    qtbot.mouseClick(data.browse, LEFT)
    assert Path(data.config().root) == tmp_path
    choose(data, "mnist")
    data.download.setChecked(True)
    assert data.config().download


def choose(bar, source):
    bar.source.setCurrentIndex(bar.source.findData(source))
    bar.source.activated.emit(bar.source.currentIndex())


def test_one_button_reads_and_stops(data, qtbot):
    data.set_model(True, None, "digits")
    with qtbot.waitSignal(data.read_clicked) as heard:
        qtbot.mouseClick(data.read, LEFT)
    assert heard.args[0].source == "digits"
    data.set_busy(True)
    data.show_progress(Progress("encoding", 1200, 1797))
    assert data.note.text() == "encoding · 1,200 of 1,797"
    data.show_progress(Progress("reading", 7, None))
    assert data.note.text() == "reading · 7"
    assert data.read.text() == "Stop"
    with qtbot.waitSignal(data.stop_clicked), qtbot.assertNotEmitted(data.read_clicked):
        qtbot.mouseClick(data.read, LEFT)


# -- films ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize(("keys", "seconds", "fps"), [(2, 2.0, 24), (3, 0.1, 7), (5, 1.3, 30), (40, 0.1, 1)])
def test_the_dialog_says_how_many_pictures_there_will_be(qtbot, drawn, loop, keys, seconds, fps):
    from studio.latent.walk import frames_of

    dialog = FilmDialog(keys, drawn)
    qtbot.addWidget(dialog)
    dialog.seconds.setValue(seconds)
    dialog.fps.setValue(fps)
    dialog.loop.setChecked(loop)
    plan = dialog.plan()
    job = LatentFilmJob(
        "m",
        np.zeros((keys, 2)),
        Path("film.gif"),
        seconds=plan.seconds,
        fps=plan.fps,
        loop=plan.loop,
        length=plan.seconds if drawn else 0.0,
    )
    pictures = frames_of(job, keys)
    assert dialog.pictures() == pictures
    assert dialog.length.text() == f"{pictures / fps:.1f} seconds, {pictures:,} pictures"


def test_a_drawn_path_has_no_keys_to_blend(qtbot):
    drawn, keyed = FilmDialog(9, True), FilmDialog(9, False)
    for dialog in (drawn, keyed):
        qtbot.addWidget(dialog)
    assert not drawn.blend.isEnabled()
    assert not drawn.ease.isEnabled()
    keyed.blend.setCurrentIndex(keyed.blend.findData("slerp"))
    keyed.ease.setChecked(True)
    plan = keyed.plan()
    assert (plan.blend, plan.ease, plan.loop, plan.fps) == ("slerp", True, False, 24)
