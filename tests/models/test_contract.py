"""What every family must fulfil: a new one passes this file or is no family."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from studio import config as configs
from studio import events, models
from studio.backend.backend import Backend
from studio.errors import StudioError
from studio.latent import space
from studio.models import library
from studio.models.conditions import asked
from studio.models.family import Spec
from studio.models.library import Card
from studio.session import Session
from studio.training import moments, runs
from studio.training import recipe as recipes
from studio.training.jobs import TrainJob
from studio.training.trainer import Trainer
from tests.fakes import Listener, small

every_family = pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)
SPEC = Spec(16, 1, ("a", "b"), ("smiles", "wears glasses", "is old"))


def nets_of(family, seed=0):
    config = small(family.id).model
    return config, Backend("cpu", "float32").build(lambda: family.build(config, SPEC), seed)


def drawn(family, config, count, seed=1):
    """Codes and conditions as sampling would use them."""
    condition = family.condition(config, SPEC)
    conditions = None if condition is None else asked(condition, "", count)
    return space.codes(family.prior(config, SPEC), seed, count, 1.0, conditions), conditions


@every_family
def test_every_setting_and_preset_is_described(family):
    for option in configs.options(family.config):
        assert option.label
        assert len(option.help) > 20
        assert option.group
    assert family.presets
    for preset in family.presets:
        assert preset.help
        assert recipes.from_preset(family.id, preset.id).with_setting("root=somewhere").problems() == []
    assert [p for p in family.presets if p.data["source"] == "digits"], "each family trains on the embedded data"


@every_family
def test_curves_and_phases_agree(family):
    for config in (family.config(), *(recipes.from_preset(family.id, preset.id).model for preset in family.presets)):
        players = {player.name for player in family.players(config)}
        objectives = {phase.objective for phase in family.phases(config)}
        assert {phase.player for phase in family.phases(config)} <= players
        assert objectives <= {curve.name for curve in family.curves(config)}
        assert all(curve.help for curve in family.curves(config))
        for progress in (0.0, 0.5, 1.0):
            assert any(phase.runs(progress) for phase in family.phases(config)), "no stage is left out"


@every_family
def test_training_moves_every_net_and_reports_finite_losses(family, tmp_path, monkeypatch):
    starts = {}
    original = Trainer.run

    def remember(self, target):
        starts.update({n: [p.detach().clone() for p in net.parameters()] for n, net in self.state.modules.items()})
        reached = original(self, target)
        frozen = {p for net in self.state.modules.values() for p in net.parameters() if not p.requires_grad}
        for name, net in self.state.modules.items():
            for start, (key, now) in zip(starts[name], net.named_parameters(), strict=True):
                assert now in frozen or not torch.equal(start, now), f"{family.id}: {name}.{key} never moved"
        return reached

    monkeypatch.setattr(Trainer, "run", remember)
    listener = Listener()
    # every stage has its share of the planned length
    stages = len({phase.during for phase in family.phases(small(family.id).model)})
    steps = 3 * stages
    recipe = small(family.id, f"horizon={steps}")
    final = Session(tmp_path).run(TrainJob(recipe, tmp_path, "run", steps=steps), listener)
    assert listener.finals() == [final]
    assert final.result == tmp_path / "run", final
    run = runs.open_run(final.result)
    assert len(run.history()) == steps
    assert np.isfinite(run.history().rows()).all()
    assert starts
    assert all(np.isfinite(list(found.values())).all() for found in run.evaluations())
    assert bool(run.evaluations()) == (family.validate is not None)
    preview = listener.of(events.Preview)[-1]
    assert (preview.pictures is not None) == family.samples
    assert len({len(row) for row in preview.rows.values()}) <= 1
    if family.samples or preview.rows:
        assert moments.has_pictures(run.moment(run.moments()[-1])), "something can be looked back at"


@every_family
def test_each_phase_alone_moves_only_its_player(family, tmp_path, monkeypatch):
    seen = {}

    def alone(self, target):
        for phase in self._phases:
            before = {n: [p.detach().clone() for p in net.parameters()] for n, net in self.state.modules.items()}
            self.advance(phase.name)
            seen[phase.name] = {
                name
                for name, net in self.state.modules.items()
                if any(not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True))
            }
            assert seen[phase.name] <= set(self.state.players[phase.player].nets)
            assert seen[phase.name]
        return True

    monkeypatch.setattr(Trainer, "run", alone)
    Session(tmp_path).do(TrainJob(small(family.id), tmp_path, "run", steps=3))
    assert len(seen) == len(family.phases(family.config()))


@every_family
def test_samples_have_shape_and_range(family):
    if not family.samples:
        pytest.skip("makes no pictures from codes")
    config, nets = nets_of(family)
    nets = {name: net.eval() for name, net in nets.items()}
    low, high = family.value_range
    with torch.inference_mode():
        pictures = family.generate(nets, *drawn(family, config, 5))
    assert pictures.shape == (5, 1, 16, 16)
    assert low <= float(pictures.min())
    assert float(pictures.max()) <= high


@every_family
def test_codes_have_the_prior_size(family):
    if not family.encodes:
        pytest.skip("does not encode")
    config, nets = nets_of(family)
    nets = {n: net.eval() for n, net in nets.items()}
    codes = family.encode(nets, torch.rand(3, 1, 16, 16))
    assert codes.ndim == 2
    assert len(codes) == 3
    if family.prior is not None:
        assert codes.shape[1] == family.prior(config, SPEC).size
    if family.generate is not None:
        assert family.generate(nets, codes, None).shape == (3, 1, 16, 16)


@every_family
def test_the_same_seed_builds_the_same_nets(family):
    (_, first), (_, again), (_, other) = nets_of(family), nets_of(family), nets_of(family, seed=1)
    for name in first:
        same = [torch.equal(a, b) for a, b in zip(first[name].parameters(), again[name].parameters(), strict=True)]
        assert all(same)
    pairs = [(a, b) for n in first for a, b in zip(first[n].parameters(), other[n].parameters(), strict=True)]
    assert not all(torch.equal(a, b) for a, b in pairs)


@every_family
def test_saved_and_loaded_gives_equal_output(family, tmp_path):
    config, nets = nets_of(family)
    shown = {name: nets[name].eval() for name in family.shown}
    card = Card("test", family.id, configs.to_json(config), SPEC.size, SPEC.channels, SPEC.classes, SPEC.attributes)
    library.save(tmp_path / "model", card, shown, half=False)
    model = library.load(tmp_path / "model", Backend("cpu", "float32"))
    low, high = family.value_range
    pictures = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * (high - low) + low
    outputs = {
        "samples": lambda nets: family.generate(nets, *drawn(family, config, 4, 3)),
        "encodes": lambda nets: family.encode(nets, pictures),
        "translates": lambda nets: family.translate(nets, pictures, 0),
        "classifies": lambda nets: family.classify(nets, pictures),
        "likelihood": lambda nets: family.log_likelihood(nets, pictures),
    }
    assert family.capabilities(), "a family that can do nothing"
    for word in family.capabilities():
        with torch.inference_mode():
            before, after = outputs[word](shown), outputs[word](model.nets)
        assert torch.isfinite(before).all()
        # weights from a file may lie in memory in another order, which rounds otherwise
        torch.testing.assert_close(before, after, msg=lambda text, word=word: f"{word}: {text}")


@every_family
def test_a_translator_names_its_directions(family):
    if family.translate is None:
        pytest.skip("does not translate")
    config, nets = nets_of(family)
    nets = {name: net.eval() for name, net in nets.items()}
    directions = family.directions(config, SPEC)
    assert directions
    assert len(set(directions)) == len(directions)
    low, high = family.value_range
    for index in range(len(directions)):
        with torch.inference_mode():
            made = family.translate(nets, torch.full((2, 1, 16, 16), (low + high) / 2), index)
        assert made.shape == (2, 1, 16, 16)
        assert low <= float(made.min())
        assert float(made.max()) <= high


@every_family
def test_features_can_carry_a_head(family):
    if family.features is None:
        pytest.skip("has no features")
    config, nets = nets_of(family)
    own = {name: nets[name].eval() for name in family.feature_nets}
    found = family.features(own, torch.rand(3, 1, 16, 16))
    assert found.ndim == 2
    assert len(found) == 3
    assert config is not None


@every_family
def test_data_without_what_it_needs_is_refused_in_a_sentence(family, tmp_path):
    """A folder of plain pictures has neither classes nor attributes, pairs or domains."""
    needs = family.needs(small(family.id).model)
    if not (needs.labels or needs.attributes or needs.pairs or needs.domains):
        pytest.skip("learns from any pictures")
    for index in range(12):
        Image.new("L", (16, 16), index * 20).save(tmp_path / f"{index}.png")
    recipe = small(family.id, "source=folder", f"root={tmp_path}", "degradation=none", "limit=0")
    final = Session(tmp_path / "runs").run(TrainJob(recipe, tmp_path / "runs", steps=1))
    assert final.refused, final
    assert final.reason.endswith(".")
    assert not (tmp_path / "runs").exists()


@every_family
def test_wrong_settings_are_sentences(family):
    for option in configs.options(family.config):
        if option.low is not None:
            wrong = dataclasses.replace(family.config(), **{option.name: type(option.default)(option.low - 1)})
            assert any(option.label in problem for problem in configs.problems(wrong))


@every_family
def test_impossible_sizes_are_refused_before_training(family, tmp_path):
    listener = Listener()
    final = Session(tmp_path).run(TrainJob(small(family.id, "size=7"), tmp_path, steps=1), listener)
    if family.spec_problems(small(family.id).model, Spec(7, 1)):
        assert final.refused
        assert "7" in final.reason
        assert not list(tmp_path.iterdir()), "nothing was written"


def test_an_unknown_family_is_refused_by_name():
    with pytest.raises(StudioError, match=r"There is no family 'nothing'.*dcgan"):
        models.family("nothing")
