"""The Latent tab as a person uses it: real widgets, clicks and keys, and tiny models that were trained on digits."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from studio.data.config import DataConfig
from studio.gui import convert
from studio.gui.latent import plane_bar
from studio.gui.latent.film_dialog import FilmDialog
from studio.gui.latent.traversal_view import MINE, PRINCIPAL
from studio.gui.widgets import dialogs
from studio.imaging import grids
from studio.latent import codes
from studio.latent.codes import Code
from tests.gui.conftest import pictures
from tests.gui.latent.drops import code, drop, files, names, trigger
from tests.gui.latent.tab import CONTROL, LEFT, WAIT, ring

pytestmark = pytest.mark.gui


# -- models and their map ---------------------------------------------------------------------------------------------


def test_the_tab_begins_with_a_plane_of_codes(tab):
    assert tab.bench.space.size == 2
    assert tab.panel.models.current().model == tab.bench.model
    assert "code of 2" in tab.panel.about.text()


def test_a_chosen_model_gets_a_map_of_pictures(tab):
    tab.opened("vae")
    assert tab.bench.space.model == "vae"
    shown = tab.view.grab().toImage()
    tab.click(tab.map.tools.pictures)
    assert tab.view.grab().toImage() != shown
    tab.open("gan")
    assert "code of 4" in tab.panel.about.text()
    tab.click(tab.map.tools.pictures)
    tab.ready()
    assert tab.of("error") == []


def test_the_picture_under_the_mouse_is_that_of_its_code(tab):
    tab.opened("gan")
    tab.plane(plane_bar.AXES)
    here = tab.click_map(0.5, 0.5)
    QTest.mouseMove(tab.view, tab.at(2, -1))
    view, panel = tab.panel.code.view, tab.panel.code
    tab.until(lambda: panel.title.text() == "Under the mouse" and view.code().picture is not None)
    shown = view.code()
    assert shown.values[:2] == pytest.approx((2, -1), abs=0.1)
    assert np.array_equal(shown.picture, tab.picture_of(shown.values))
    QTest.mouseMove(tab.panel.models, QPoint(4, 4))
    tab.until(lambda: panel.title.text() == "Code in hand")
    assert view.code() is tab.bench.code
    assert np.array_equal(tab.bench.code.values, here.values)


def test_the_code_in_hand_gets_its_picture_however_the_mouse_moves_on(tab):
    tab.opened("gan")
    tab.plane(plane_bar.AXES)
    tab.qtbot.mouseClick(tab.view, LEFT, pos=tab.at(1, 1))
    for step in range(12):
        QTest.mouseMove(tab.view, tab.at(1 - step / 6, 0))
    taken = tab.hand()
    assert np.array_equal(taken.picture, tab.picture_of(taken.values))
    assert tab.panel.code.title.text() == "Under the mouse"


def test_a_click_and_ctrl_k_keep_a_code(tab):
    tab.opened("vae")
    taken = tab.click_map(0.7, 0.3)
    tab.qtbot.keyClick(tab.panel, Qt.Key.Key_K, CONTROL)
    (kept,) = tab.bench.codes
    assert np.array_equal(kept.values, taken.values)
    assert kept.source.startswith("map: z1 0.7")
    assert np.array_equal(kept.picture, tab.picture_of(taken.values))


def test_the_right_click_menu_of_the_map_keeps_a_place(tab):
    tab.opened("gan")
    tab.plane(plane_bar.AXES)
    trigger(tab.map.menu(1.0, -1.0), "Put on the shelf")
    assert tab.bench.codes[0].values[:2] == pytest.approx((1, -1))
    trigger(tab.map.menu(2.0, 0.0), "Take in hand")
    assert tab.bench.code.values[:2] == pytest.approx((2, 0))


def test_another_code_in_hand_moves_the_plane_of_two_dimensions(tab):
    tab.opened("gan")
    tab.plane(plane_bar.AXES)
    tab.ready()
    before = tab.view.grab().toImage()
    tab.bench.take(code(tab.bench, 5, picture=False))
    assert tab.map.plane.origin[2:] == pytest.approx(tab.bench.code.values[2:])
    tab.hand()
    tab.ready()
    assert tab.view.grab().toImage() != before


# -- undo -------------------------------------------------------------------------------------------------------------


def state(bench):
    """Everything that can be edited, as plain values."""
    hand = None if bench.code is None else (bench.code.name, bench.code.wanted, bench.code.values.tolist())
    shelf = [(item.name, item.wanted, item.values.tolist()) for item in bench.codes]
    return hand, shelf, [(way.name, way.vector.tolist()) for way in bench.directions]


def edit(tab, random):
    """One edit of a random kind, as the panels make it."""
    bench, numbers = tab.bench, tab.panel.numbers
    kinds = ["map", "keep", "row", "rename", "remove", "move", "direction", "less"]
    kind = kinds[random.integers(len(kinds))]
    if bench.code is None or kind == "map":
        x, y = random.uniform(-1, 1, 2)
        tab.map._choose(float(x), float(y))
    elif kind == "row":
        numbers._begin(0)
        numbers._slide(int(random.integers(4)), float(random.normal()))
    elif kind == "direction":
        tab.map._on_lasso(random.choice(len(tab.map.over.embedding), 50, replace=False))
    elif kind == "less" and bench.directions:
        bench.remove_direction(int(random.integers(len(bench.directions))))
    elif kind == "rename" and bench.codes:
        bench.rename(int(random.integers(len(bench.codes))), f"name {random.integers(5)}")
    elif kind == "remove" and len(bench.codes) > 1:
        bench.remove(int(random.integers(len(bench.codes))))
    elif kind == "move" and len(bench.codes) > 1:
        bench.move(*random.choice(len(bench.codes), 2, replace=False).tolist())
    else:
        bench.put(bench.code)


def test_a_hundred_edits_of_every_kind_are_undone_and_done_again_exactly(tab):
    tab.opened("gan")
    tab.map.over.embed(None)
    tab.until(lambda: tab.map.over.embedding is not None)
    random, states = np.random.default_rng(0), [state(tab.bench)]
    for _ in range(100):
        edit(tab, random)
        states.append(state(tab.bench))
    assert tab.bench.undo.count() == 100
    tab.illustrated()
    for expected in reversed(states[:-1]):
        tab.qtbot.keyClick(tab.panel, Qt.Key.Key_Z, CONTROL)
        assert state(tab.bench) == expected
    assert not tab.panel.code.undo.isEnabled()
    for expected in states[1:]:
        tab.qtbot.keyClick(tab.panel, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        assert state(tab.bench) == expected
    assert not tab.panel.code.redo.isEnabled()


def test_pictures_that_came_later_are_there_after_undo(tab):
    tab.opened("gan")
    for seed in (1, 2):
        tab.bench.put(code(tab.bench, seed, picture=False))
    tab.illustrated()
    tab.click(tab.panel.code.undo)
    assert [item.picture is not None for item in tab.bench.codes] == [True]
    tab.click(tab.panel.code.redo)
    assert [item.picture is not None for item in tab.bench.codes] == [True, True]


# -- data -------------------------------------------------------------------------------------------------------------


def test_data_lies_over_the_map_and_a_dot_is_a_code(tab):
    tab.opened("vae")
    assert tab.map.data.source.currentData() == "digits"  # what it learned from
    tab.lay_data()
    found = tab.map.over.embedding
    assert len(found.classes) == 10
    assert len(tab.view._dots) == len(found) == len(found.labels)
    assert not tab.view.legend.isHidden()
    place = tab.dot(7)
    index = tab.view.dot_at(place.toPointF())
    tab.qtbot.mouseClick(tab.view, LEFT, pos=place)
    assert np.array_equal(tab.hand().values, found.codes[index])
    assert tab.bench.code.source == f"digits picture {index + 1}"
    assert tab.bench.code.name.startswith(found.classes[found.labels[index]])
    tab.click(tab.map.tools.dots)
    assert len(tab.view._dots) == 0
    tab.click(tab.map.tools.dots)
    assert len(tab.view._dots) == len(found)


def test_a_lasso_makes_a_direction_that_traversals_show(tab):
    tab.opened("vae")
    tab.draw("lasso", ring(tab.at(0.5, 0.5), 40))
    assert "Show data" in tab.of("warning")[-1]
    tab.lay_data()
    tab.draw("lasso", ring(tab.at(0.5, 0.5), 60))
    (direction,) = tab.bench.directions
    chosen = tab.view._dots.selected
    assert direction.name.removeprefix("mostly ") in tab.map.over.embedding.classes
    others = np.delete(tab.map.over.embedding.codes, chosen, 0)
    step = tab.map.over.embedding.codes[chosen].mean(0) - others.mean(0)
    assert direction.vector == pytest.approx(step, abs=1e-4)
    tab.click_tool("move")
    taken = tab.click_map(0.4, 0.6)
    view = tab.show("Traversals")
    view.source_box.setCurrentIndex(view.source_box.findData(MINE))
    view.source_box.activated.emit(view.source_box.currentIndex())
    tab.until(lambda: [row.name for row in view.rows.rows] == [direction.name])
    last = view.rows.rows[0].codes[-1]
    assert last.values == pytest.approx(taken.values + 3 * direction.vector, rel=1e-5)
    tab.click(tab.panel.code.undo)  # the code
    tab.click(tab.panel.code.undo)  # the direction
    assert view.source() != MINE
    tab.until(lambda: "z1" in [row.name for row in view.rows.rows] or not view.rows.rows)


def test_tsne_moves_dots_until_it_is_stopped(tab):
    tab.opened("gan")
    tab.plane(plane_bar.NEIGHBOURS)  # reads samples first
    tab.until(lambda: len(tab.view._dots) > 0)
    first = tab.view._dots.points.copy()
    tab.until(lambda: not np.array_equal(tab.view._dots.points, first))
    assert tab.map.data.read.text() == "Stop"
    tab.click(tab.map.data.read)
    tab.until(lambda: not tab.map.over.neighbours.busy)
    assert "stopped" in tab.map.data.note.text()
    assert tab.map.data.read.text() == "Show data"
    assert tab.map.plane is None
    kept = tab.view._dots.points.copy()
    tab.plane(plane_bar.AXES)
    tab.ready()
    tab.plane(plane_bar.NEIGHBOURS)
    assert np.array_equal(tab.view._dots.points, kept)  # it is not begun anew
    assert tab.of("error") == []


def test_principal_directions_are_found_in_samples_without_an_encoder(tab):
    tab.opened("gan")
    tab.plane(plane_bar.PRINCIPAL)
    tab.until(lambda: tab.map.plane is not None and tab.map.plane.labels[0] == "PCA 1")
    assert tab.map.over.embedding.sampled
    assert tab.map.over.code(3).source == "samples picture 4"
    tab.open("vae")  # another model begins with a plane that costs nothing
    assert tab.map.over.embedding is None
    tab.plane(plane_bar.PRINCIPAL)
    tab.until(lambda: tab.map.plane is not None and tab.map.plane.labels[0] == "PCA 1")
    assert not tab.map.over.embedding.sampled


def test_data_that_is_not_there_is_replaced_by_samples_and_said(tab, monkeypatch, tmp_path):
    tab.opened("vae")
    missing = DataConfig(source="folder", root=str(tmp_path / "nowhere"))
    monkeypatch.setattr(tab.map.data, "config", lambda: missing)
    tab.plane(plane_bar.PRINCIPAL)
    tab.until(lambda: tab.map.over.embedding is not None)
    assert tab.map.over.embedding.sampled
    assert "Samples of the model are shown instead" in tab.of("info")[-1]
    tab.map.over.embed(missing)  # asked for by hand it is an error
    tab.until(lambda: bool(tab.of("error")))


def test_samples_of_a_conditional_model_are_of_all_classes_and_their_codes_ask_for_them(tab):
    tab.opened("asked")
    tab.map.over.embed(None)
    tab.until(lambda: tab.map.over.embedding is not None)
    found = tab.map.over.embedding
    index = int(np.flatnonzero(found.labels == 1)[0])
    assert len(np.unique(found.labels)) == len(found.classes)
    assert tab.map.over.code(index).wanted == found.classes[1]


def test_codes_go_to_tensorboard(tab, tmp_path):
    tab.opened("vae")
    tab.map.over.export(tmp_path / "log")
    tab.until(lambda: not tab.map.over.exporter.busy)
    assert any((tmp_path / "log").glob("events.out.tfevents.*"))
    assert tab.of("error") == []


def test_the_map_is_saved_as_a_picture(tab, tmp_path, monkeypatch):
    tab.opened("vae")
    monkeypatch.setattr(dialogs, "ask_save", lambda *args: tmp_path / "map.png")
    tab.map.ask_save()
    tab.until(lambda: not tab.map.saver.busy)
    assert grids.load_png(tmp_path / "map.png").shape[0] >= 20 * 8


def test_a_model_chosen_while_data_is_read_gets_its_own(tab):
    tab.opened("gan")
    tab.plane(plane_bar.PRINCIPAL)
    assert tab.map.over.embedder.busy
    tab.open("asked")
    tab.plane(plane_bar.PRINCIPAL)
    tab.until(lambda: tab.map.over.embedding is not None)
    assert tab.map.over.embedding.model == "asked"


# -- planes -----------------------------------------------------------------------------------------------------------


def test_a_plane_through_three_codes(tab):
    tab.opened("gan")
    tab.fill_shelf(3)
    tab.plane(plane_bar.THREE)
    assert "Select three codes" in tab.of("warning")[-1]
    assert tab.map.plane is None
    tab.select(0, 1, 2)
    tab.ready()
    for (x, y), kept in zip(((0, 0), (1, 0), (0, 1)), tab.bench.codes, strict=True):
        assert tab.map.code_at(x, y).values == pytest.approx(kept.values, abs=1e-5)
    assert np.array_equal(tab.click_map(0.0, 0.0).picture.shape, tab.bench.codes[0].picture.shape)
    assert tab.bench.code.values == pytest.approx(tab.bench.codes[0].values, abs=0.05)


def test_equal_codes_span_no_plane_and_it_is_said_once(tab):
    tab.opened("gan")
    tab.fill_shelf(2)
    tab.bench.put(tab.bench.codes[0])
    tab.illustrated()
    tab.select(0, 1, 2)
    tab.plane(plane_bar.THREE)
    assert [level for level, _ in tab.said] == ["warning"]
    assert "three different pictures" in tab.said[0][1]
    tab.plane(plane_bar.AXES)
    tab.ready()


def test_the_plane_can_be_chosen_again_by_hand(tab):
    tab.opened("gan")
    tab.fill_shelf(4)
    tab.select(0, 1, 2)
    tab.plane(plane_bar.THREE)
    tab.ready()
    tab.select(1, 2, 3)
    box = tab.map.planes.kind
    box.setFocus()
    box.showPopup()
    tab.qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    assert tab.map.plane.origin == pytest.approx(tab.bench.codes[1].values)
    tab.ready()


# -- films ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def film(tab, tmp_path, monkeypatch):
    """Answers the dialog with a second of film at 10 pictures a second, and says where to write it."""

    def answer(name, seconds=1.0, fps=10, loop=False):
        (tmp_path / "films").mkdir(exist_ok=True)

        def fill(dialog):
            dialog.seconds.setValue(seconds)
            dialog.fps.setValue(fps)
            dialog.loop.setChecked(loop)
            return QDialog.DialogCode.Accepted

        monkeypatch.setattr(FilmDialog, "exec", fill)
        monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "films" / name)
        return tmp_path / "films" / name

    return answer


def frames(path):
    """How many pictures a GIF or MP4 file has."""
    import imageio.v3 as imageio

    return len(imageio.imread(path, index=None if path.suffix == ".gif" else ...))


def test_a_drawn_path_becomes_a_film(tab, film):
    out = film("path.gif")
    tab.opened("vae")
    assert not tab.map.tools.film.isEnabled()
    start = tab.at(0.2, 0.2)
    tab.draw("path", [start + QPoint(8 * step, 5 * step) for step in range(20)])
    tab.click(tab.map.tools.film)
    tab.until(lambda: not tab.panel.films.job.busy)
    assert "is in" in tab.of("info")[-1]
    assert out.stat().st_size > 0
    tab.plane(plane_bar.AXES)  # another plane: the path means nothing on it
    assert not tab.map.tools.film.isEnabled()


def test_selected_codes_become_a_film(tab, film):
    out = film("codes.gif", seconds=0.4, loop=True)
    tab.opened("gan")
    tab.fill_shelf(3)
    tab.select(0, 1, 2)
    tab.click(tab.panel.shelf.film)
    tab.until(lambda: not tab.panel.films.job.busy)
    assert out.is_file()
    assert "(12 pictures)" in tab.of("info")[-1]
    assert tab.of("error") == []


def test_a_stopped_film_leaves_nothing(tab, film):
    out = film("long.gif", seconds=60, fps=60)
    tab.opened("gan")
    tab.fill_shelf(3)
    tab.select(0, 1, 2)
    assert not tab.panel.films.strip.isVisible()
    with tab.qtbot.waitSignal(tab.panel.films.progressed, timeout=WAIT):
        tab.click(tab.panel.shelf.film)
    tab.click(tab.panel.shelf.film)
    assert "being written" in tab.of("warning")[-1]
    tab.click(tab.panel.films.strip.stop)
    tab.until(lambda: not tab.panel.films.job.busy)
    assert list(out.parent.iterdir()) == []
    assert "nothing was written" in tab.of("info")[-1]
    assert not tab.panel.films.strip.isVisible()


def test_a_film_of_a_path_has_the_class_of_the_map(tab, film, monkeypatch):
    out = film("class.gif")
    tab.opened("asked")
    tab.ask_class("7")
    jobs = []
    monkeypatch.setattr(tab.panel.films, "write", jobs.append)
    start = tab.at(0.2, 0.2)
    tab.draw("path", [start + QPoint(8 * step, 5 * step) for step in range(20)])
    tab.click(tab.map.tools.film)
    assert (jobs[0].wanted, jobs[0].out) == ("7", out)


# -- traversals, numbers ----------------------------------------------------------------------------------------------


def test_rows_show_every_dimension_and_a_picture_is_a_code(tab):
    tab.opened("gan")
    taken = tab.click_map(0.5, 0.2)
    view = tab.show("Traversals")
    tab.until(lambda: len(view.rows.rows) == 4)
    assert sorted(row.name for row in view.rows.rows) == ["z1", "z2", "z3", "z4"]
    row = next(index for index, row in enumerate(view.rows.rows) if row.name == "z2")
    made, shown = tab.panel.traversals._serial, view.rows.rows[row]
    tab.qtbot.mouseClick(view.rows, LEFT, pos=view.rows.cell_rect(row, 5).center())
    picked = tab.hand()
    assert picked.values == pytest.approx(taken.values + 2 * np.eye(4)[1], abs=1e-6)
    off = np.abs(shown.pictures[5].astype(int) - tab.picture_of(picked.values))
    assert off.max() <= 1
    tab.show("Map")
    tab.ready()
    tab.show("Traversals")
    assert tab.panel.traversals._serial == made  # the rows stay: the person walks along them
    tab.until(lambda: not tab.panel.traversals.job.busy)  # only then all changes are known
    tab.show("Numbers")
    first = tab.panel.numbers.rows()[0].dimension()
    strongest = max(view.rows.rows, key=lambda row: row.change)
    assert strongest.name == f"z{first + 1}"


def test_rows_follow_another_code_and_principal_directions(tab):
    tab.opened("gan")
    view = tab.show("Traversals")
    assert not view.rows.rows
    tab.panel.seeds_bar.seed_box.setValue(4)
    tab.until(lambda: len(view.rows.rows) == 4)
    view.source_box.setCurrentIndex(view.source_box.findData(PRINCIPAL))
    view.source_box.activated.emit(view.source_box.currentIndex())
    tab.until(lambda: [row.name for row in view.rows.rows][:1] == ["PCA 1"])
    assert tab.of("error") == []


def test_sliding_a_number_is_one_step_to_undo(tab):
    tab.opened("gan")
    taken = tab.click_map(0.5, 0.2)
    numbers = tab.show("Numbers")
    slider = numbers.rows()[2].slider
    slider.setFocus()
    for _ in range(5):
        tab.qtbot.keyClick(slider, Qt.Key.Key_Right)
    moved = tab.hand()
    assert moved.values[2] > taken.values[2]
    tab.click(tab.panel.code.undo)
    assert np.array_equal(tab.bench.code.values, taken.values)


# -- search -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def photo(tmp_path, qapp):
    convert.to_qimage(pictures(1, 20)[0]).save(str(tmp_path / "photo.png"))
    return tmp_path / "photo.png"


def test_a_dropped_picture_is_searched_for_and_stop_keeps_the_best(tab, photo):
    tab.opened("gan")
    drop(tab.panel.shelf.list, files(photo))
    view = tab.panel.search_view
    assert tab.panel.tabs.currentWidget() is view
    view.steps.setValue(10_000)
    tab.click(view.start)
    tab.until(lambda: view.best.code() is not None and len(view.curve.points()[0]) > 5)
    tab.click(view.stop)
    tab.until(lambda: not tab.panel.searches.job.busy)
    best = view.best.code()
    assert "dB" in tab.of("info")[-1]
    assert np.array_equal(best.picture, tab.picture_of(best.values))
    tab.click(view.take)
    assert tab.bench.code.name == "photo"
    tab.click(view.put)
    assert names(tab.bench) == ["photo"]


def test_the_encoder_finds_a_code_at_once(tab, photo):
    tab.opened("vae")
    drop(tab.panel.shelf.list, files(photo))
    view = tab.panel.search_view
    view.way.setCurrentIndex(view.way.findData("encoder"))
    tab.click(view.start)
    tab.until(lambda: view.best.code() is not None and not view.is_running())
    assert len(view.best.code()) == 2


# -- arithmetic -------------------------------------------------------------------------------------------------------


def test_a_minus_b_plus_c_goes_back_on_the_shelf(tab):
    tab.opened("gan")
    tab.fill_shelf(3)
    bar = tab.panel.arithmetic
    bar.keep_length.setChecked(False)
    for row, slot in enumerate(bar.sum.slots):
        tab.select(row)
        tab.click(slot.use)
    tab.until(lambda: bar.result().picture is not None)
    a, b, c = (kept.values for kept in tab.bench.codes)
    result = bar.result()
    assert result.values == pytest.approx(a - b + c, abs=1e-5)
    assert np.array_equal(result.picture, tab.picture_of(result.values))
    tab.click(bar.put)
    assert names(tab.bench) == ["k0", "k1", "k2", "k0 − k1 + k2"]
    tab.click(bar.take)
    assert np.array_equal(tab.bench.code.values, result.values)


# -- seeds, truncation, classes ---------------------------------------------------------------------------------------


def seed(tab, number):
    """Type a seed and wait for its code."""
    box = tab.panel.seeds_bar.seed_box
    box.selectAll()
    tab.qtbot.keyClicks(box, str(number))
    tab.qtbot.keyClick(box, Qt.Key.Key_Return)
    tab.until(lambda: tab.bench.code is not None and tab.bench.code.name == f"seed {number}")
    return tab.hand()


def test_truncation_draws_the_code_of_a_seed_to_the_middle(tab):
    tab.opened("gan")
    whole = seed(tab, 7)
    slider = tab.panel.seeds_bar.truncation.slider
    slider.setFocus()
    for _ in range(10):
        tab.qtbot.keyClick(slider, Qt.Key.Key_Left)
    share = tab.panel.seeds_bar.truncation.value()
    assert share == pytest.approx(0.5)
    tab.until(lambda: np.allclose(tab.bench.code.values, share * whole.values, atol=1e-5))
    assert "truncation 0.5" in tab.bench.code.source
    tab.click(tab.panel.code.undo)
    assert np.array_equal(tab.bench.code.values, whole.values)
    here = tab.click_map(0.3, 0.3)  # no code of a seed: truncation waits for the next one
    tab.qtbot.keyClick(slider, Qt.Key.Key_Left)
    again = seed(tab, 8)
    assert not np.array_equal(again.values, here.values)


def test_a_walk_is_one_step_to_undo(tab):
    tab.opened("gan")
    before = seed(tab, 3)
    pad = tab.panel.seeds_bar.pad
    for _ in range(4):
        tab.qtbot.keyClick(pad, Qt.Key.Key_Right)
    tab.until(lambda: "3.4" in tab.bench.code.source)
    tab.click(tab.panel.code.undo)
    assert np.array_equal(tab.bench.code.values, before.values)


def test_a_conditional_model_is_asked_for_a_class(tab):
    tab.opened("asked")
    zero = seed(tab, 1)
    assert zero.wanted == "0"
    shown = tab.view.grab(QRect(60, 10, 200, 200)).toImage()
    tab.ask_class("7")
    tab.until(lambda: tab.bench.code.wanted == "7")
    assert tab.map.wanted == "7"
    assert np.array_equal(tab.bench.code.values, zero.values)
    assert np.array_equal(tab.hand().picture, tab.picture_of(zero.values, "7"))
    tab.ready()
    assert tab.view.grab(QRect(60, 10, 200, 200)).toImage() != shown
    chosen = tab.click_map(0.4, 0.4)
    assert chosen.wanted == "7"
    tab.ask_class("2")  # it is no seed's code: the same numbers, another class
    assert tab.bench.code.wanted == "2"
    assert np.array_equal(tab.bench.code.values, chosen.values)
    assert np.array_equal(tab.hand().picture, tab.picture_of(chosen.values, "2"))


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_saved_code_dropped_back_is_the_code(tab, tmp_path, monkeypatch):
    tab.opened("gan")
    taken = tab.click_map(0.123, 0.456)
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "mine.png")
    tab.click(tab.panel.code.save)
    assert drop(tab.panel.shelf.list, files(tmp_path / "mine.png"))
    (back,) = tab.bench.codes
    assert np.array_equal(back.values, taken.values)
    assert np.array_equal(back.picture, taken.picture)
    assert (back.model, back.stamp, back.source) == (taken.model, taken.stamp, taken.source)


def works(tab):
    """The tab still does what it is for."""
    tab.said.clear()
    tab.show("Map")
    tab.opened("gan")
    kept = len(tab.bench.codes)
    tab.click_map(0.6, 0.6)
    tab.qtbot.keyClick(tab.panel, Qt.Key.Key_K, CONTROL)
    assert len(tab.bench.codes) == kept + 1
    assert tab.of("error") == []


def test_a_code_of_another_model_is_refused_once(tab, tmp_path):
    tab.opened("vae")
    codes.save(tmp_path / "stranger.json", code(tab.bench, 1, "stranger"))
    tab.opened("gan")
    drop(tab.panel.shelf.list, files(tmp_path / "stranger.json"))
    (said,) = tab.of("error")
    assert "stranger" in said
    assert "vae" in said
    assert tab.bench.codes == ()
    works(tab)


def test_a_code_that_is_not_finite_is_refused_once(tab, tmp_path):
    import base64

    tab.opened("gan")
    values = codes.to_json(code(tab.bench, 1, "bad"))
    values["values"] = base64.b64encode(np.full(4, np.nan, "<f4").tobytes()).decode()
    (tmp_path / "bad.json").write_text(json.dumps(values))
    drop(tab.panel.shelf.list, files(tmp_path / "bad.json"))
    (said,) = tab.of("error")
    assert "not finite" in said
    works(tab)


def test_a_picture_that_cannot_be_decoded_is_refused_once(tab, tmp_path):
    tab.opened("gan")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no picture")
    drop(tab.panel.shelf.list, files(tmp_path / "broken.png"))
    (said,) = tab.of("error")
    assert "broken.png" in said
    works(tab)


def test_a_model_deleted_while_it_is_shown(tab):
    tab.opened("vae")
    tab.bench.put(tab.click_map(0.5, 0.5))
    folder = tab.panel.models.current().folder
    shutil.rmtree(folder)
    tab.said.clear()
    tab.qtbot.mouseClick(tab.view, LEFT, pos=tab.at(0.2, 0.8))
    for step in range(6):
        QTest.mouseMove(tab.view, tab.at(0.3 + step / 20, 0.5))
    tab.until(lambda: bool(tab.of("error")))
    tab.bench.put(tab.bench.code)
    assert len(set(tab.of("error"))) == 2  # of the pictures, of the shelf; the window shows the same words once
    assert not folder.exists()  # no empty folder where the run was
    tab.panel.models.refresh()
    assert "vae is no longer there" in tab.of("warning")[-1]
    assert tab.bench.space is None
    assert tab.map.plane is None
    works(tab)


def test_the_shelf_comes_back_with_the_model(tab):
    tab.opened("gan")
    tab.fill_shelf(3)
    tab.bench.rename(1, "smile")
    before = [(item.name, item.values.tolist(), item.picture.tolist()) for item in tab.bench.codes]
    assert (tab.panel.models.current().folder / "shelf" / "shelf.json").is_file()
    tab.opened("vae")
    assert tab.bench.codes == ()
    tab.opened("gan")
    assert [(item.name, item.values.tolist(), item.picture.tolist()) for item in tab.bench.codes] == before
    assert not tab.bench.undo.canUndo()


def test_pictures_of_a_shelf_without_any_are_made_when_it_is_opened(tab):
    tab.opened("gan")
    bare = [replace(code(tab.bench, seed), picture=None) for seed in range(3)]
    tab.open("vae")
    from studio.latent import shelf

    folder = next(choice.folder for choice in tab.panel.models.choices() if choice.title == "gan")
    shelf.write(folder / "shelf", shelf.Shelf(tuple(bare)))
    tab.open("gan")
    tab.illustrated()
    for item in tab.bench.codes:
        assert isinstance(item, Code)
        assert np.array_equal(item.picture, tab.picture_of(item.values))
