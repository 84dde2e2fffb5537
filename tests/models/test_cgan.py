"""The conditional GAN: what enters the nets, what they learn of it, and what is refused."""

from __future__ import annotations

import dataclasses
import re

import pytest
import torch

from studio import config as configs
from studio.backend.backend import Backend
from studio.backend.ema import Ema
from studio.models import cgan
from studio.models.cgan import CganConfig
from studio.models.family import Batch, Needs, Spec, Step
from studio.training import optimisers
from studio.training.parallel import World
from studio.training.state import RandomDraw

SMALL = CganConfig(latent=4, width=4, embedding=3)
CLASSES = Spec(16, 1, ("a", "b", "c"))
FACES = Spec(16, 1, (), ("left", "right"))
ATTRIBUTES = dataclasses.replace(SMALL, condition="attributes")
WAYS = [(entry, judge) for entry in ("embedding", "one-hot") for judge in ("projection", "concatenate")]


def build(config, spec):
    return Backend("cpu", "float32").build(lambda: cgan.build(config, spec), 0)


def train(config, spec, batch, steps):
    """The averaged generator after some steps on one batch, of the family's own players and phases."""
    backend, nets = Backend("cpu", "float32"), build(config, spec)
    torch.manual_seed(0)
    draw = RandomDraw(backend, 0, World())
    players = {player.name: player for player in cgan.FAMILY.players(config)}
    parameters = {name: [*nets[player.nets[0]].parameters()] for name, player in players.items()}
    moves = {name: optimisers.make(player.optimiser, parameters[name]) for name, player in players.items()}
    average = Ema({"generator": nets["generator"]}, 20 * len(batch))
    for index in range(steps):
        step = Step(nets, config, draw, spec, index, index / steps)
        for phase in cgan.phases(config):
            moves[phase.player].zero_grad()
            phase.loss(step, batch)[phase.objective].backward(inputs=parameters[phase.player])
            moves[phase.player].step()
        average.update(nets, index * len(batch), len(batch))
    return average.nets


@pytest.mark.parametrize("size", cgan.SIZES)
@pytest.mark.parametrize(("entry", "judge"), WAYS)
def test_the_nets_exist_for_every_size_and_way(size, entry, judge):
    config = dataclasses.replace(SMALL, entry=entry, discriminator=judge)
    nets = build(config, Spec(size, 3, CLASSES.classes))
    conditions = torch.eye(3)[[0, 2]]
    pictures = cgan.generate(nets, torch.randn(2, 4), conditions)
    assert pictures.shape == (2, 3, size, size)
    assert float(pictures.detach().abs().max()) <= 1
    assert nets["discriminator"](pictures, conditions).shape == (2, 1)


@pytest.mark.parametrize("norm", ["batch", "group", "spectral", "none"])
def test_the_norm_in_d_is_the_one_chosen(norm):
    net = build(dataclasses.replace(SMALL, norm=norm), Spec(32, 1, CLASSES.classes))["discriminator"]
    kinds = {type(module).__name__ for module in net.modules()}
    assert ("BatchNorm2d" in kinds) == (norm == "batch")
    assert ("GroupNorm" in kinds) == (norm == "group")
    assert ("SpectralNorm" in kinds) == (norm == "spectral")


@pytest.mark.parametrize(("entry", "judge"), WAYS)
def test_both_nets_hear_the_condition(entry, judge):
    nets = build(dataclasses.replace(SMALL, entry=entry, discriminator=judge), CLASSES)
    nets = {name: net.eval() for name, net in nets.items()}
    code, one, other = torch.ones(1, 4), torch.eye(3)[:1], torch.eye(3)[1:2]
    picture = cgan.generate(nets, code, one)
    assert not torch.allclose(picture, cgan.generate(nets, code, other))
    net = nets["discriminator"]
    assert not torch.equal(net(picture, one), net(picture, other))


def test_the_same_code_and_condition_is_the_same_picture_whatever_lies_beside_it():
    nets = {name: net.eval() for name, net in build(SMALL, CLASSES).items()}
    codes, conditions = torch.randn(3, 4), torch.eye(3)
    together = cgan.generate(nets, codes, conditions)
    assert torch.allclose(together[1:2], cgan.generate(nets, codes[1:2], conditions[1:2]), atol=1e-6)


LEARNING = dataclasses.replace(SMALL, width=16, d_rate=2e-3, g_rate=2e-3, norm="none", r1=1.0)


def halves(facts):
    """Pictures (N, 1, 16, 16) whose left and right half are light where the facts (N, 2) say so, else dark."""
    return (facts * 1.6 - 0.8).repeat_interleave(8, 1)[:, None, None].repeat(1, 1, 16, 1)


def test_it_learns_to_make_the_class_that_is_asked_for():
    labels = torch.arange(16) % 2
    nets = train(LEARNING, Spec(16, 1, ("left", "right")), Batch(halves(torch.eye(2)[labels]), labels), 120)
    for label in range(2):
        with torch.inference_mode():
            made = cgan.generate(nets, torch.randn(8, 4), torch.eye(2)[[label] * 8])
        assert (made[..., :8].mean() > 0) == (label == 0), label
        assert (made[..., 8:].mean() > 0) == (label == 1), label


def test_it_learns_attributes_that_can_be_combined():
    every = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    facts = every.repeat(4, 1)
    config = dataclasses.replace(LEARNING, condition="attributes")
    nets = train(config, FACES, Batch(halves(facts), attributes=facts), 120)
    for asked in every:
        with torch.inference_mode():
            made = cgan.generate(nets, torch.randn(8, 4), asked.repeat(8, 1))
        assert (made[..., :8].mean() > 0) == bool(asked[0]), asked
        assert (made[..., 8:].mean() > 0) == bool(asked[1]), asked


def test_a_blend_of_classes_is_allowed():
    nets = {name: net.eval() for name, net in build(SMALL, CLASSES).items()}
    assert torch.isfinite(cgan.generate(nets, torch.randn(1, 4), torch.tensor([[0.5, 0.5, 0.0]]))).all()


def test_without_conditions_it_says_so():
    with pytest.raises(ValueError, match="without a condition"):
        cgan.generate(build(SMALL, CLASSES), torch.randn(1, 4))


def test_it_needs_what_it_is_to_be_asked_for():
    assert cgan.needs(SMALL) == Needs(labels=True)
    assert cgan.needs(ATTRIBUTES) == Needs(attributes=True)
    assert cgan.condition(SMALL, CLASSES).names == ("a", "b", "c")
    both = Spec(16, 1, ("a", "b"), ("smile",))
    assert cgan.condition(ATTRIBUTES, both).names == ("smile",)
    assert cgan.condition(ATTRIBUTES, both).kind == "attributes"


@pytest.mark.parametrize(
    ("config", "spec", "words"),
    [
        (SMALL, Spec(20, 1, ("a", "b")), "not 20"),
        (SMALL, Spec(16, 1), "at least two classes.*one folder per class"),
        (SMALL, Spec(16, 1, ("a",)), "at least two classes"),
        (ATTRIBUTES, Spec(16, 1, ("a", "b")), "labels.csv.*condition to class"),
    ],
)
def test_data_that_nothing_can_be_asked_of_is_refused(config, spec, words):
    (problem,) = cgan.spec_problems(config, spec)
    assert re.search(words, problem)


def test_what_fits_is_not_refused():
    assert cgan.spec_problems(SMALL, CLASSES) == []
    assert cgan.spec_problems(ATTRIBUTES, FACES) == []


def test_the_wasserstein_game_refuses_a_batch_norm_in_d():
    wasserstein = dataclasses.replace(SMALL, loss="wasserstein")
    assert any("norm in D" in problem for problem in configs.problems(wasserstein))
    assert configs.problems(dataclasses.replace(wasserstein, norm="group")) == []


@pytest.mark.parametrize(("native", "size"), [(8, 16), (16, 16), (28, 28), (32, 32), (64, 64), (500, 64)])
def test_the_size_loses_nothing(native, size):
    assert cgan.fit_size(native) == size
