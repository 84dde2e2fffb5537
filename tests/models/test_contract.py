"""What every family must fulfil: a new one passes this file or is no family."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from studio import config as configs
from studio import models
from studio.backend.backend import Backend
from studio.errors import StudioError
from studio.latent import space
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from studio.session import Session
from studio.training import recipe as recipes
from studio.training import runs
from studio.training.jobs import TrainJob
from studio.training.trainer import Trainer
from tests.fakes import Listener, small

every_family = pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)
SPEC = Spec(16, 1, ("a", "b"))


def nets_of(family, seed=0):
    config = small(family.id).model
    return config, Backend("cpu", "float32").build(lambda: family.build(config, SPEC), seed)


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
    config = family.config()
    players = {player.name for player in family.players(config)}
    objectives = {phase.objective for phase in family.phases(config)}
    assert {phase.player for phase in family.phases(config)} <= players
    assert objectives <= {curve.name for curve in family.curves}
    assert all(curve.help for curve in family.curves)


@every_family
def test_training_moves_every_net_and_reports_finite_losses(family, tmp_path, monkeypatch):
    starts = {}
    original = Trainer.run

    def remember(self, target):
        starts.update({n: [p.detach().clone() for p in net.parameters()] for n, net in self.state.modules.items()})
        reached = original(self, target)
        for name, net in self.state.modules.items():
            moved = [not torch.equal(a, b) for a, b in zip(starts[name], net.parameters(), strict=True)]
            assert all(moved), f"{family.id}: a parameter of {name} never moved"
        return reached

    monkeypatch.setattr(Trainer, "run", remember)
    listener = Listener()
    final = Session(tmp_path).run(TrainJob(small(family.id), tmp_path, "run", steps=3), listener)
    assert listener.finals() == [final]
    assert final.result == tmp_path / "run", final
    history = runs.open_run(final.result).history()
    assert len(history) == 3
    assert np.isfinite(history.rows()).all()
    assert starts


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
            assert seen[phase.name] == set(self.state.players[phase.player].nets)
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
        pictures = family.generate(nets, space.codes(family.prior(config), 1, 5))
    assert pictures.shape == (5, 1, 16, 16)
    assert low <= float(pictures.min())
    assert float(pictures.max()) <= high


@every_family
def test_codes_have_the_prior_size(family):
    if not family.encodes:
        pytest.skip("does not encode")
    config, nets = nets_of(family)
    codes = family.encode({n: net.eval() for n, net in nets.items()}, torch.rand(3, 1, 16, 16))
    assert codes.shape == (3, family.prior(config).size)


@every_family
def test_the_same_seed_builds_the_same_nets(family):
    (_, first), (_, again), (_, other) = nets_of(family), nets_of(family), nets_of(family, seed=1)
    for name in first:
        same = [torch.equal(a, b) for a, b in zip(first[name].parameters(), again[name].parameters(), strict=True)]
        assert all(same)
        pairs = zip(first[name].parameters(), other[name].parameters(), strict=True)
        assert not all(torch.equal(a, b) for a, b in pairs)


@every_family
def test_saved_and_loaded_gives_equal_output(family, tmp_path):
    if not family.samples:
        pytest.skip("makes no pictures from codes")
    config, nets = nets_of(family)
    shown = {name: nets[name].eval() for name in family.shown}
    card = Card("test", family.id, configs.to_json(config), SPEC.size, SPEC.channels)
    library.save(tmp_path / "model", card, shown, half=False)
    model = library.load(tmp_path / "model", Backend("cpu", "float32"))
    codes = space.codes(family.prior(config), 3, 4)
    with torch.inference_mode():
        assert torch.equal(family.generate(shown, codes), family.generate(model.nets, codes))


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
