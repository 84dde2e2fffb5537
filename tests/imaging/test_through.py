"""Picture files through a function: names, order, and what happens to bad ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.control import Control
from studio.errors import Cancelled
from studio.events import Message, Progress
from studio.imaging import grids
from studio.imaging.through import each_file


def run(inputs, out, convert=lambda picture: 255 - picture, control=None):
    heard = []
    failed = each_file(inputs, out, convert, "inverting", {"by": "test"}, heard.append, control or Control())
    return failed, heard


def picture(path, level=40):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), (level,) * 3).save(path)
    return path


def test_results_have_the_names_of_the_originals(tmp_path):
    inputs = [picture(tmp_path / "in" / "a.jpg"), picture(tmp_path / "in" / "b.png", 10)]
    failed, heard = run(inputs, tmp_path / "out")
    assert failed == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    assert grids.load_png(tmp_path / "out" / "b.png")[0, 0, 0] == 245
    assert [(e.done, e.total) for e in heard if isinstance(e, Progress)] == [(1, 2), (2, 2)]


def test_a_bad_file_is_named_and_the_others_go_on(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    failed, heard = run([bad, picture(tmp_path / "good.png")], tmp_path / "out")
    assert failed == 1
    said = [e for e in heard if isinstance(e, Message)]
    assert len(said) == 1
    assert said[0].level == "error"
    assert str(bad) in said[0].text
    assert (tmp_path / "out" / "good.png").exists()


def test_an_original_is_never_replaced(tmp_path):
    original = picture(tmp_path / "a.png", 40)
    before = original.read_bytes()
    failed, _ = run([original], tmp_path)
    assert failed == 1
    assert original.read_bytes() == before


def test_two_inputs_of_one_name_do_not_share_a_result(tmp_path):
    failed, heard = run([picture(tmp_path / "x" / "a.png"), picture(tmp_path / "y" / "a.png", 90)], tmp_path / "out")
    assert failed == 1
    assert "has the name a already" in next(e.text for e in heard if isinstance(e, Message))
    assert int(np.median(grids.load_png(tmp_path / "out" / "a.png"))) == 215


def test_it_can_be_stopped(tmp_path):
    control = Control()
    control.stop()
    with pytest.raises(Cancelled):
        run([picture(tmp_path / "a.png")], tmp_path / "out", control=control)
    assert not (tmp_path / "out").exists()
