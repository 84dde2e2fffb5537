"""The shelf on disk: where it is, what comes back, and what damage costs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from studio import resources
from studio.errors import Refused
from studio.latent import shelf
from studio.latent.codes import Code
from studio.latent.shelf import Direction, Shelf


def digit(seed):
    """A real small picture: (8, 8, 1) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 1), np.uint8)


def code(seed, picture=True, **words):
    values = np.random.default_rng(seed).normal(size=5)
    about = {"model": "m", "stamp": "ab", "name": f"code {seed}", "source": f"seed {seed}"} | words
    return Code(values, picture=digit(seed) if picture else None, **about)


def way(name="older", scale=1.0):
    return Direction(name, np.array([0.1, -2.5e-8, 3e7]) * scale, "m", "ab", "lasso", 0.75)


def kept(folder):
    found, problems = shelf.read(folder)
    assert problems == []
    return found


def test_codes_and_directions_come_back_as_they_were(tmp_path):
    codes = (code(1), code(2, wanted="7"), code(3, picture=False))
    shelf.write(tmp_path / "shelf", Shelf(codes, (way(), way("younger", -1))))
    found = kept(tmp_path / "shelf")
    for before, after in zip(codes, found.codes, strict=True):
        assert np.array_equal(after.values, before.values)
        assert (after.name, after.source, after.wanted) == (before.name, before.source, before.wanted)
        assert (after.model, after.stamp) == ("m", "ab")
    assert np.array_equal(found.codes[0].picture, digit(1))
    assert found.codes[0].picture.shape == (8, 8, 1)
    assert found.codes[2].picture is None
    for before, after in zip((way(), way("younger", -1)), found.directions, strict=True):
        assert np.array_equal(after.vector, before.vector)
        assert (after.name, after.source, after.spread) == (before.name, before.source, before.spread)


def test_a_colour_picture_comes_back(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    shelf.write(tmp_path, Shelf((replace(code(1), picture=picture),)))
    assert np.array_equal(kept(tmp_path).codes[0].picture, picture)


def test_a_grey_picture_of_eight_pixels_may_be_as_grey_as_no_picture(tmp_path):
    nearly = shelf.BLANK.copy()
    nearly[3, 3] += 1
    shelf.write(tmp_path, Shelf((replace(code(1), picture=nearly),)))
    assert np.array_equal(kept(tmp_path).codes[0].picture, nearly)


def test_without_a_folder_there_is_an_empty_shelf(tmp_path):
    found = kept(tmp_path / "nowhere")
    assert found.codes == ()
    assert found.directions == ()
    assert not (tmp_path / "nowhere").exists()


def test_order_and_equal_codes_are_kept_and_what_is_gone_is_deleted(tmp_path):
    same = code(1)
    shelf.write(tmp_path, Shelf((same, code(2), same)))
    assert [item.name for item in kept(tmp_path).codes] == ["code 1", "code 2", "code 1"]
    shelf.write(tmp_path, Shelf((code(2), same)))
    assert [item.name for item in kept(tmp_path).codes] == ["code 2", "code 1"]
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_files_of_others_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "holiday.png").write_bytes(b"mine")
    shelf.write(tmp_path, Shelf((code(1),)))
    shelf.write(tmp_path, Shelf())
    assert (tmp_path / "holiday.png").read_bytes() == b"mine"
    assert kept(tmp_path).codes == ()


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '["../secret.png"]', ""])
def test_a_damaged_order_costs_no_code(tmp_path, text):
    shelf.write(tmp_path, Shelf((code(1), code(2))))
    (tmp_path / "shelf.json").write_text(text)
    found, problems = shelf.read(tmp_path)
    assert sorted(item.name for item in found.codes) == ["code 1", "code 2"]
    (problem,) = problems
    assert "shelf.json" in problem


def test_an_order_that_is_no_text_costs_no_code(tmp_path):
    shelf.write(tmp_path, Shelf((code(1),)))
    (tmp_path / "shelf.json").write_bytes(b"\xff\xfe\x00\x80")
    found, problems = shelf.read(tmp_path)
    assert len(found.codes) == len(problems) == 1


def test_a_missing_file_is_said_and_the_others_come(tmp_path):
    shelf.write(tmp_path, Shelf((code(1), code(2))))
    lost = json.loads((tmp_path / "shelf.json").read_text())[0]
    (tmp_path / lost).unlink()
    found, problems = shelf.read(tmp_path)
    assert [item.name for item in found.codes] == ["code 2"]
    assert lost in problems[0]


@pytest.mark.parametrize("keep", [0, 20, 200])
def test_a_damaged_picture_is_said_and_the_others_come(tmp_path, keep):
    shelf.write(tmp_path, Shelf((code(1), code(2))))
    first = tmp_path / json.loads((tmp_path / "shelf.json").read_text())[0]
    first.write_bytes(first.read_bytes()[:keep])
    found, problems = shelf.read(tmp_path)
    assert [item.name for item in found.codes] == ["code 2"]
    assert len(problems) == 1


@pytest.mark.parametrize("text", ["{", "[{}]", '[{"name": "a"}]', "3", "[3]"])
def test_damaged_directions_cost_no_code(tmp_path, text):
    shelf.write(tmp_path, Shelf((code(1),), (way(),)))
    (tmp_path / "directions.json").write_text(text)
    found, problems = shelf.read(tmp_path)
    assert len(found.codes) == 1
    assert found.directions == ()
    assert len(problems) == 1


@pytest.mark.parametrize("vector", [np.zeros(3), np.array([np.nan, 1]), np.zeros((0,)), np.ones((2, 2))])
def test_a_direction_that_leads_nowhere_is_refused(vector):
    with pytest.raises(Refused, match="leads nowhere"):
        Direction("d", vector, "m")


def test_the_moments_of_a_run_share_its_shelf(tmp_path):
    run = tmp_path / "run"
    for step in (1, 2):
        (run / "moments" / f"{step:09d}").mkdir(parents=True)
    places = {shelf.folder_of(run / "moments" / f"{step:09d}") for step in (1, 2)}
    assert places == {run / "shelf"}
    assert shelf.folder_of(run) == run / "shelf"


def test_shelves_of_shipped_models_are_the_users(own_home):
    place = shelf.folder_of(resources.shipped_weights() / "vae-mnist")
    assert place == resources.user_folder() / "shelves" / "vae-mnist"
    assert place.is_relative_to(own_home)


def test_a_name_that_is_taken_gets_a_number():
    assert shelf.free_name(["a"], "b") == "b"
    assert shelf.free_name(["a", "a 2"], "a") == "a 3"
