"""What a label curve is made of, and which runs are its points."""

from __future__ import annotations

import dataclasses

import pytest

from studio import config, models
from studio.data.config import DataConfig
from studio.errors import Refused
from studio.models.library import Card
from studio.training import label_plan, runs
from studio.training.jobs import LabelCurveJob
from studio.training.label_plan import CurveSettings
from tests.fakes import small

CARD = Card("encoder", "autoencoder", {}, size=16, channels=1)


def job(tmp_path, *settings, name="points"):
    recipe = small("classifier", "parent=encoder", "horizon=4", *settings)
    return LabelCurveJob(recipe, tmp_path, name, (2, 0), tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10,30,all", (10, 30, 0)), (" 5 , 2,", (2, 5)), ("all,3", (3, 0)), ("7,7,07", (7,)), ("all", (0,))],
)
def test_labels_are_read_as_they_are_written(text, expected):
    assert label_plan.counts(text) == expected


@pytest.mark.parametrize(
    ("text", "named"), [("10;20", "10;20"), ("0", "0"), ("-3", "-3"), ("2.5", "2.5"), ("some", "some"), ("²", "²")]
)
def test_what_is_no_number_of_labels_is_named(text, named):
    with pytest.raises(Refused, match="Labels a class") as refusal:
        label_plan.counts(text)
    assert f"“{named}”" in str(refusal.value)


def test_an_empty_line_and_a_wrong_name_are_problems_of_the_settings():
    assert config.problems(CurveSettings()) == []
    assert "write numbers" in config.problems(CurveSettings(labels=" , "))[0]
    assert "cannot be a name" in config.problems(CurveSettings(name="a/b"))[0]


def test_the_classifier_is_found_by_what_it_can():
    about = label_plan.classifier()
    assert about.classify is not None
    recipe = label_plan.recipe_for("encoder", CARD, "digits")
    assert about.parent(recipe.model) == "encoder"


@pytest.mark.parametrize("family", models.FAMILIES, ids=lambda about: about.id)
def test_what_names_the_parent_is_marked_as_the_name_of_a_model(family):
    name = label_plan.model_option(family)
    marked = dataclasses.replace(family.config(), **{name: "encoder"}) if name else family.config()
    assert family.parent(marked) == ("encoder" if name else "")


def test_the_pictures_are_like_those_of_the_encoder():
    own = DataConfig("digits", size=0, limit=50, holdout=0.0, degradation="noise", per_class=3, flip=True)
    data = label_plan.recipe_for("encoder", CARD, "digits", own).data
    assert (data.size, data.colour, data.limit, data.flip) == (16, "grey", 50, True)
    assert (data.degradation, data.per_class) == ("none", 0)
    assert data.holdout > 0, "a curve is measured on held-out pictures"
    other = label_plan.recipe_for("encoder", dataclasses.replace(CARD, channels=3), "folder", own).data
    assert (other.source, other.size, other.colour, other.limit) == ("folder", 16, "colour", 0)


def test_points_come_in_the_order_in_which_they_are_trained(tmp_path):
    found = label_plan.points(job(tmp_path))
    assert [point.name for point in found] == [
        "points-pretrained-2",
        "points-scratch-2",
        "points-pretrained-all",
        "points-scratch-all",
    ]
    assert found[1].recipe.model.start == "scratch"
    assert found[1].recipe.data.per_class == 2
    assert found[3].title() == "all labels a class, from scratch"


def test_a_run_of_other_settings_is_no_point_of_the_curve(tmp_path):
    first = label_plan.points(job(tmp_path))[0]
    assert label_plan.stored(tmp_path, first) is None
    runs.create(tmp_path, first.name, first.recipe, {})
    assert label_plan.stored(tmp_path, first).name == first.name
    elsewhere = label_plan.points(job(tmp_path, "threads=2", "keep=1"))[0]
    assert label_plan.stored(tmp_path, elsewhere).name == first.name, "another machine is no other curve"
    for changed, label in (("horizon=5", "Length"), ("parent=other", "Built on"), ("batch=4", "Batch")):
        with pytest.raises(Refused, match=f"points-pretrained-2 of another curve: its {label} differs"):
            label_plan.stored(tmp_path, label_plan.points(job(tmp_path, changed))[0])


def test_a_run_of_another_family_is_no_point_either(tmp_path):
    first = label_plan.points(job(tmp_path))[0]
    runs.create(tmp_path, first.name, small("gan"), {})
    with pytest.raises(Refused, match="another model"):
        label_plan.stored(tmp_path, first)
