"""The workbench by itself: edits, what merges into one, names, and codes that do not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio import resources
from studio.gui.latent.workbench import Workbench
from studio.latent import shelf
from studio.latent.shelf import Direction
from studio.models import library
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, names

pytestmark = pytest.mark.gui


@pytest.fixture
def bench(qapp):
    return Bench()


def way(bench, name, size=None):
    return Direction(name, np.ones(size or bench.space.size), bench.space.model, bench.space.stamp)


def test_the_edits_of_one_drag_are_undone_together(bench):
    start = code(bench, 0)
    bench.take(start)
    for seed in (1, 2, 3):
        bench.take(code(bench, seed), "Slide", "drag 1")
    last = bench.code
    assert bench.undo.count() == 2
    bench.undo.undo()
    assert bench.code is start
    bench.undo.redo()
    assert bench.code is last


def test_other_drags_and_edits_without_one_stay_apart(bench):
    for merge in ("drag 1", "drag 2", "", ""):
        bench.take(code(bench, 1), "Slide", merge)
    assert bench.undo.count() == 4


def test_an_edit_between_two_drags_of_a_name_parts_them(bench):
    bench.take(code(bench, 1), "Walk", "walk")
    bench.put(bench.code)
    bench.take(code(bench, 2), "Walk", "walk")
    assert bench.undo.count() == 3
    bench.undo.undo()
    assert np.array_equal(bench.code.values, code(bench, 1).values)


def test_names_on_the_shelf_are_made_unique(bench):
    for _ in range(3):
        bench.put(code(bench, 1, "smile"))
    bench.rename(0, "smile 2")
    assert names(bench) == ["smile 2 2", "smile 2", "smile 3"]
    bench.rename(1, "  ")
    assert names(bench)[1] == "code"
    bench.put(replace(code(bench, 4), name="", source=""))
    assert names(bench)[-1] == "code 2"


def test_names_of_directions_are_made_unique(bench):
    bench.add_direction(way(bench, "older"))
    bench.add_direction(way(bench, "older"))
    assert [item.name for item in bench.directions] == ["older", "older 2"]
    bench.rename_direction(0, "older 2")
    assert [item.name for item in bench.directions] == ["older 2 2", "older 2"]
    bench.remove_direction(1)
    bench.undo.undo()
    bench.undo.undo()
    assert [item.name for item in bench.directions] == ["older", "older 2"]


def test_a_code_can_be_put_and_moved_anywhere(bench):
    for seed in range(3):
        bench.put(code(bench, seed))
    bench.put(code(bench, 9, "new"), 1)
    assert names(bench) == ["code 0", "new", "code 1", "code 2"]
    bench.move(1, 3)
    assert names(bench) == ["code 0", "code 1", "code 2", "new"]
    bench.move(3, 0)
    assert names(bench) == ["new", "code 0", "code 1", "code 2"]


def test_codes_of_others_are_refused_and_change_nothing(bench):
    own = code(bench, 1)
    strangers = (
        replace(own, values=np.zeros(3), name="short"),
        replace(own, model="another", stamp="", name="stranger"),
        replace(own, stamp="", wanted="7", name="asking"),
    )
    for stranger in strangers:
        assert not bench.take(stranger)
        assert not bench.put(stranger)
    assert bench.code is None
    assert bench.codes == ()
    assert not bench.undo.canUndo()
    assert [level for level, _ in bench.said] == ["error"] * 6
    assert all(name in bench.said[2 * i][1] for i, name in enumerate(("short", "stranger", "asking")))


def test_a_code_of_another_moment_is_taken_with_a_warning(bench):
    assert bench.put(replace(code(bench, 1), stamp="0" * 64))
    assert bench.said[0][0] == "warning"


def test_without_a_model_nothing_can_be_taken(qapp):
    bench, known = Workbench(), Bench()
    heard = []
    bench.message.connect(lambda text, level: heard.append(level))
    assert not bench.take(code(known, 1))
    assert heard == ["warning"]


def test_a_picture_is_no_edit_and_writes_only_what_changed(bench, monkeypatch):
    written, told = [], []
    bench.put(code(bench, 1, picture=False))
    hand = code(bench, 2, picture=False)
    bench.take(hand)
    edits = bench.undo.count()
    monkeypatch.setattr(shelf, "write", lambda folder, kept: written.append(kept))
    bench.shelf_changed.connect(lambda: told.append("shelf"))
    bench.code_changed.connect(lambda: told.append("code"))
    bench.illustrate(hand, pictures(1, 8, 1)[0])
    assert (written, told) == ([], ["code"])
    bench.illustrate(bench.codes[0], pictures(2, 8, 1)[0])
    assert (len(written), told) == (1, ["code", "shelf"])
    bench.illustrate(code(bench, 5), pictures(1, 8, 1)[0])  # of nothing that is here any more
    assert len(written) == 1
    assert bench.undo.count() == edits
    assert np.array_equal(bench.code.picture, pictures(1, 8, 1)[0])


def test_undo_brings_back_a_code_with_the_picture_that_came_later(bench):
    bare = code(bench, 1, picture=False)
    bench.take(bare)
    bench.illustrate(bare, pictures(1, 8, 1)[0])
    bench.take(code(bench, 2))
    bench.undo.undo()
    assert bench.code.picture is not None
    bench.undo.undo()
    assert bench.code is None


def test_another_model_begins_anew_and_the_shelf_comes_back(bench):
    bench.put(code(bench, 1, "kept"))
    bench.add_direction(way(bench, "older"))
    bench.selected = bench.codes
    bench.take(bench.codes[0])
    bench.use("vae-mnist")
    assert (bench.code, bench.codes, bench.directions, bench.selected) == (None, (), (), ())
    assert not bench.undo.canUndo()
    bench.use("dcgan-digits")
    assert names(bench) == ["kept"]
    assert bench.directions[0].name == "older"
    bench.close()
    assert (bench.model, bench.space, bench.codes) == ("", None, ())


def test_other_weights_of_the_same_model_keep_what_is_in_hand(bench):
    taken = code(bench, 1)
    bench.take(taken)
    folder = resources.shipped_weights() / "dcgan-digits"
    bench.open(str(folder), replace(library.read_card(folder), sha256="1" * 64), folder)
    assert np.array_equal(bench.code.values, taken.values)
    assert bench.code.stamp == "1" * 64
    assert bench.code.picture is None, "the other weights make another picture of it"
    assert bench.undo.canUndo()


def test_a_model_without_codes_is_refused_and_the_one_before_stays(bench):
    bench.put(code(bench, 1))
    folder = resources.shipped_weights() / "mnist-classifier"
    with pytest.raises(Exception, match="makes no pictures"):
        bench.open(str(folder), library.read_card(folder), folder)
    assert len(bench.codes) == 1
    assert bench.space.model == "dcgan-digits"


def test_a_shelf_that_cannot_be_written_is_said(bench, monkeypatch):
    def full(folder, kept):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf, "write", full)
    assert bench.put(code(bench, 1))
    assert names(bench) == ["code 1"]
    assert bench.said[-1][0] == "error"
    assert "could not be saved" in bench.said[-1][1]


def test_a_damaged_shelf_is_said_when_it_is_opened(bench, own_home):
    (own_home / "shelves" / "vae-mnist").mkdir(parents=True)
    (own_home / "shelves" / "vae-mnist" / "shelf.json").write_text("{")
    bench.use("vae-mnist")
    assert [level for level, _ in bench.said] == ["warning"]
    assert "damaged" in bench.said[0][1]
