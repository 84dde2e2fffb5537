"""Recipes: changed by key=value, made for data, stored as JSON, refused when damaged."""

from __future__ import annotations

import copy
import json

import pytest

from studio import config as configs
from studio import models
from studio.data import registry
from studio.data.config import DataConfig
from studio.errors import Refused, StudioError
from studio.models.family import Spec
from studio.training import recipe as recipes
from studio.training.recipe import PARTS, Recipe, TrainingConfig

every_family = pytest.mark.parametrize("family", [f.id for f in models.FAMILIES])


@pytest.fixture
def gan():
    return recipes.for_data("gan", "digits")


# -- key=value -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assignment", "part", "name", "value"),
    [
        ("latent=7", "model", "latent", 7),
        ("model.latent=7", "model", "latent", 7),
        (" batch = 12 ", "training", "batch", 12),
        ("training.batch=12", "training", "batch", 12),
        ("flip=yes", "data", "flip", True),
        ("data.size=32", "data", "size", 32),
        ("d_rate=1e-3", "model", "d_rate", 1e-3),
        ("root=/a=b/c d", "data", "root", "/a=b/c d"),
        ("root=", "data", "root", ""),
    ],
)
def test_one_setting_is_changed_and_nothing_else(gan, assignment, part, name, value):
    changed = gan.with_setting(assignment)
    assert getattr(getattr(changed, part), name) == value
    before, after = gan.to_json(), changed.to_json()
    after[part][name] = before[part][name]
    assert after == before
    assert gan == recipes.for_data("gan", "digits"), "the recipe itself is as it was"


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("latent", "'latent' is not of the form key=value"),
        ("", "not of the form key=value"),
        ("colour_of=1", "GAN has no setting 'colour_of'"),
        ("data.latent=1", "no setting 'data.latent'"),
        ("model.batch=1", "no setting 'model.batch'"),
        ("nets.latent=1", "no setting 'nets.latent'"),
        ("=1", "no setting ''"),
        ("latent=many", "latent=many: Latent size is a whole number"),
        ("flip=perhaps", "is yes or no"),
    ],
)
def test_what_cannot_be_set_is_refused(gan, assignment, words):
    with pytest.raises(Refused) as refusal:
        gan.with_setting(assignment)
    assert words in str(refusal.value)


def test_an_unknown_setting_is_answered_with_the_known_ones(gan):
    with pytest.raises(Refused, match=r"Known are: .*latent.*batch.*source"):
        gan.with_setting("x=1")


def test_several_settings_are_taken_in_order(gan):
    assert (
        gan.with_settings(["batch=3", "batch=5", "seed=9"]).training
        == gan.with_settings(["seed=9", "batch=5"]).training
    )
    assert gan.with_settings([]) == gan


@every_family
def test_every_setting_can_be_reached_by_its_name_alone(family):
    """A model's setting named like one of the training would hide it."""
    recipe = recipes.from_preset(family)
    names = [o.name for part in PARTS for o in configs.options(getattr(recipe, part))]
    assert len(names) == len(set(names))


def test_a_wrong_value_can_be_set_but_is_a_problem(gan):
    wrong = gan.with_settings(["latent=0", "batch=0", "size=5000"])
    found = wrong.problems()
    assert len(found) == 3
    assert [word in text for word, text in zip(("Latent", "Batch", "Picture size"), found, strict=True)] == [True] * 3


# -- presets and sizes -----------------------------------------------------------------------------------------------


@every_family
def test_the_first_preset_is_the_default(family):
    about = models.family(family)
    assert recipes.from_preset(family) == recipes.from_preset(family, about.presets[0].id)
    for preset in about.presets:
        recipe = recipes.from_preset(family, preset.id)
        assert recipe.about is about
        for part, given in (("model", preset.model), ("training", preset.training), ("data", preset.data)):
            assert {key: getattr(getattr(recipe, part), key) for key in given} == dict(given)


@every_family
@pytest.mark.parametrize("source", [s.id for s in registry.SOURCES])
def test_a_source_takes_its_preset_or_the_defaults(family, source):
    about, recipe = models.family(family), recipes.for_data(family, source)
    assert recipe.data.source == source
    fitting = [p for p in about.presets if p.default and p.data.get("source", "digits") == source]
    if fitting:
        assert recipe == recipes.from_preset(family, fitting[0].id)
    else:
        assert recipe == Recipe(family, about.config(), TrainingConfig(), DataConfig(source=source))


def test_a_lectures_exact_nets_are_taken_only_when_asked_for():
    assert recipes.from_preset("gan", "lecture").data.source == "mnist"
    assert recipes.from_preset("gan", "lecture").model.two_classes
    assert not recipes.for_data("gan", "mnist").model.two_classes


def test_an_unknown_family_or_source_is_named():
    for make in (recipes.from_preset, lambda name: recipes.for_data(name, "digits")):
        with pytest.raises(Refused, match="no family 'nothing'"):
            make("nothing")
    assert recipes.for_data("gan", "nothing").problems() == [
        f"There is no data source 'nothing'. Known are: {', '.join(s.id for s in registry.SOURCES)}."
    ]


def test_a_size_that_was_chosen_stays(gan):
    assert gan.with_setting("size=20").sized().size == 20


@every_family
@pytest.mark.parametrize("source", [s.id for s in registry.SOURCES])
def test_a_size_that_nobody_chose_suits_the_family(family, source):
    recipe = recipes.for_data(family, source).with_setting("size=0")
    size = recipe.sized().size
    native = registry.source(source).native_size
    assert size == models.family(family).fit_size(native) > 0
    assert recipe.about.spec_problems(recipe.model, Spec(size, 3, ("a", "b"), ("smiles",))) == []
    assert recipe.data.size == 0


# -- JSON ------------------------------------------------------------------------------------------------------------


@every_family
def test_json_gives_the_recipe_back(family):
    for preset in models.family(family).presets:
        recipe = recipes.from_preset(family, preset.id).with_settings(["seed=5", "holdout=0.25"])
        assert recipes.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_settings_that_came_later_have_their_defaults(gan):
    values = gan.to_json()
    del values["training"]["keep"]
    assert recipes.from_json(values) == gan


@pytest.mark.parametrize("values", [None, [], "text", 5, {}, {"family": "gan"}, {"family": ["gan"]}, {"model": {}}])
def test_what_is_no_recipe_is_refused(values):
    with pytest.raises(StudioError):
        recipes.from_json(values)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [None, [], "text", 5, [["latent", 3]], {"nonsense": 1}], ids=str)
def test_a_damaged_part_is_refused(gan, part, value):
    values = gan.to_json()
    values[part] = value
    with pytest.raises(Refused):
        recipes.from_json(values)


def test_a_missing_part_is_named(gan):
    for part in ("family", *PARTS):
        values = gan.to_json()
        del values[part]
        with pytest.raises(Refused, match=part):
            recipes.from_json(values)


def test_another_familys_settings_are_refused(gan):
    with pytest.raises(Refused, match="no setting 'prior' here"):
        recipes.from_json({**gan.to_json(), "family": "vae"})


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("model", "latent", "many"),
        ("model", "latent", None),
        ("model", "latent", 2.5),
        ("model", "latent", True),
        ("model", "loss", "chess"),
        ("model", "d_rate", "fast"),
        ("model", "d_rate", float("nan")),
        ("training", "batch", -1),
        ("training", "schedule", None),
        ("data", "source", "nowhere"),
        ("data", "holdout", 0.9),
        ("training", "batch", float("inf")),
        ("training", "batch", float("nan")),
        pytest.param("model", "d_rate", 10**400, id="model-d_rate-huge"),
        ("training", "schedule", ["linear"]),
        ("training", "device", 5),
        ("data", "flip", "no"),
        ("data", "source", []),
        ("data", "root", None),
    ],
)
def test_a_value_damaged_by_hand_is_a_problem_before_training(gan, part, name, value):
    values = copy.deepcopy(gan.to_json())
    values[part][name] = value
    try:
        found = recipes.from_json(values).problems()
    except StudioError as error:
        found = [str(error)]
    assert found
