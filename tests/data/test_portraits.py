import numpy as np
import pytest

from studio.data import portraits
from studio.data.config import DataConfig
from studio.data.portraits import QUESTIONS, drawn, load
from studio.data.reading import Reading
from studio.errors import Cancelled, Refused
from studio.portraiture.painter import paint_picture
from studio.portraiture.portrait import KINDS, truth


def read(size=32, held_out=True, progress=None, stopped=None, **settings):
    config = DataConfig(**({"limit": 20} | settings))
    return load(Reading(config, size, progress, stopped, held_out))


def test_pictures_attributes_and_truth_have_the_same_order():
    found = read()
    assert found.pictures.shape == (20, 32, 32, 3)
    assert found.labels is None
    assert found.attribute_names == tuple(QUESTIONS)
    known = drawn(20)
    np.testing.assert_array_equal(found.pictures[7], paint_picture(known[7], 32))
    smiling = found.attributes[:, found.attribute_names.index("smiling")]
    np.testing.assert_array_equal(smiling, truth(known, "smile") > 0.25)


def test_held_out_pictures_are_others():
    found = read(holdout=0.25)
    assert found.held_out.pictures.shape == (5, 32, 32, 3)
    assert found.held_out.attribute_names == found.attribute_names
    np.testing.assert_array_equal(found.held_out.pictures[3], paint_picture(drawn(5, held_out=True)[3], 32))
    assert not set(drawn(200)) & set(drawn(200, held_out=True))


@pytest.mark.parametrize("settings", [{"held_out": False}, {"holdout": 0.0}])
def test_nothing_is_held_out_when_nobody_wants_it(settings):
    assert read(**settings).held_out is None


def test_reading_twice_gives_the_same_set():
    assert read().fingerprint() == read().fingerprint()


def test_a_smaller_limit_gives_the_first_ones():
    np.testing.assert_array_equal(read(limit=6).pictures, read(limit=20).pictures[:6])


def test_without_a_limit_there_are_as_many_as_the_source_has(monkeypatch):
    monkeypatch.setattr(portraits, "COUNT", 12)
    assert len(read(limit=0)) == 12


def test_grey_and_tiny_pictures():
    assert read(colour="grey", limit=3).pictures.shape == (3, 32, 32, 1)
    assert read(size=8, limit=3).pictures.shape == (3, 8, 8, 3)


def test_attributes_can_be_chosen():
    found = read(attributes="glasses, eyewear=sunglasses, age, clothes")
    names = ["glasses", "eyewear=sunglasses", "age above 0.5", *(f"clothes={kind}" for kind in KINDS["clothes"])]
    assert list(found.attribute_names) == names
    known = drawn(20)
    np.testing.assert_array_equal(found.attributes[:, 2], truth(known, "age") > 0.5)
    assert (found.attributes[:, 3:].sum(axis=1) == 1).all()


@pytest.mark.parametrize("name", ["age", "smile", "hair_curl", "mouth_open", "turn", "eye_size"])
def test_a_number_is_split_in_halves(name, monkeypatch):
    monkeypatch.setattr(portraits, "paint_picture", lambda _, size: np.zeros((size, size, 3), np.uint8))
    answers = read(size=16, limit=300, holdout=0.0, attributes=name).attributes
    assert 0.4 < answers.mean() < 0.6


def test_classes_from_an_attribute():
    found = read(classes_from="Smiling")
    assert found.classes == ("not smiling", "smiling")
    assert "smiling" not in found.attribute_names
    np.testing.assert_array_equal(found.labels, truth(drawn(20), "smile") > 0.25)
    assert found.held_out.classes == found.classes


def test_classes_from_words_and_numbers():
    assert read(classes_from="eyewear").classes == ("none", "glasses", "sunglasses")
    assert read(classes_from="age").classes == ("not age above 0.5", "age above 0.5")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"attributes": "wings"}, "no attribute 'wings'"),
        ({"attributes": "eyewear=monocle"}, "none, glasses, sunglasses"),
        ({"attributes": "smile=1"}, "only eyewear"),
        ({"classes_from": "wings"}, "no attribute 'wings'"),
        ({"classes_from": "eyewear=glasses"}, "no attribute"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_painted(settings, told, monkeypatch):
    monkeypatch.setattr(portraits, "paint_picture", None)
    with pytest.raises(Refused, match=told):
        read(**settings)


def test_progress_is_told_and_reading_stops():
    heard = []
    read(progress=heard.append, limit=9, holdout=0.0)
    assert (heard[-1].done, heard[-1].total) == (9, 9)
    with pytest.raises(Cancelled):
        read(stopped=lambda: True)
