"""The record that panels, trainer and terminal read."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from studio import models
from studio.errors import Refused
from studio.models.family import Batch, Needs, Preset, Spec
from tests.fakes import FAKE, small


def test_families_are_found_by_id_and_ids_are_unique():
    assert [models.family(f.id) for f in models.FAMILIES] == list(models.FAMILIES)
    assert len({f.id for f in models.FAMILIES}) == len(models.FAMILIES)
    with pytest.raises(Refused, match="no family 'GAN'"):
        models.family("GAN")


@pytest.mark.parametrize(
    ("missing", "samples", "encodes", "words"),
    [
        ({}, True, True, ("samples", "encodes")),
        ({"encode": None}, True, False, ("samples",)),
        ({"generate": None}, False, True, ("encodes",)),
        ({"prior": None}, False, True, ("encodes",)),
        ({"prior": None, "encode": None}, False, False, ()),
    ],
    ids=["all", "no encode", "no generate", "no prior", "neither"],
)
def test_capabilities_follow_from_the_functions(missing, samples, encodes, words):
    family = dataclasses.replace(dataclasses.replace(FAKE, encode=lambda nets, pictures: pictures), **missing)
    assert (family.samples, family.encodes, family.capabilities()) == (samples, encodes, words)


def test_presets_are_found_by_id():
    family = dataclasses.replace(FAKE, presets=(Preset("one", "One", ""), Preset("two", "Two", "")))
    assert family.preset("two").title == "Two"
    with pytest.raises(Refused, match=r"Fake has no preset 'three'\. Choose one of: one, two"):
        family.preset("three")


@pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)
def test_a_preset_changes_only_settings_that_exist(family):
    for preset in family.presets:
        known = {field.name for field in dataclasses.fields(family.config)}
        assert set(preset.model) <= known
    assert len({preset.id for preset in family.presets}) == len(family.presets)


@pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)
def test_what_is_shown_is_built_and_what_is_built_has_a_player(family):
    config = small(family.id).model
    built = family.build(config, Spec(16, 1, ("a", "b"), ("smiles",)))
    assert set(family.shown) <= set(built)
    played = {net for player in family.players(config) for net in player.nets}
    learning = {name for name, net in built.items() if any(p.requires_grad for p in net.parameters())}
    assert played == learning, "each net that learns has a player"


def test_a_family_that_says_nothing_asks_for_nothing():
    assert FAKE.needs(None) == Needs()
    assert FAKE.condition(None, None) is None
    assert FAKE.directions(None, None) == ()
    assert FAKE.parent(None) == ""
    assert FAKE.figure_plot("val loss") == "loss"
    assert FAKE.spec_problems(None, None) == []
    assert FAKE.fit_size(37) == 37


def test_a_batch_counts_its_pictures_and_shares_with_nobody():
    first, second = Batch(torch.zeros(5, 1, 8, 8)), Batch(torch.zeros(2, 1, 8, 8))
    assert (len(first), len(second)) == (5, 2)
    first.shared["fakes"] = 1
    assert second.shared == {}
