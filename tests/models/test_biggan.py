"""BigGAN: the nets' shapes and norms, the split code, averaging and storing, and what is refused."""

from __future__ import annotations

import dataclasses
import re

import pytest
import torch
from torch import nn

from studio import config as configs
from studio.backend.backend import Backend
from studio.backend.ema import Ema, frozen_copy
from studio.models import biggan, biggan_nets, library
from studio.models.biggan import BigganConfig
from studio.models.family import Batch, Spec, Step
from studio.models.library import Card
from studio.training import optimisers
from studio.training.parallel import World
from studio.training.state import RandomDraw

SMALL = BigganConfig(latent=8, width=4, embedding=4, attention=8)
SPEC = Spec(16, 1, ("a", "b", "c"))
CLASSES = torch.eye(3)


def build(config=SMALL, spec=SPEC):
    return Backend("cpu", "float32").build(lambda: biggan.build(config, spec), 0)


def weights(net):
    """The weights that a net computes with, (outputs, rest) each, by name."""
    layers = {name: module for name, module in net.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)}
    return {name: layer.weight.detach().flatten(1) for name, layer in layers.items()}


def sharpest(net):
    """Largest singular values of the weights, by name."""
    return {name: float(torch.linalg.matrix_norm(weight, 2)) for name, weight in weights(net).items()}


class Game:
    """The family's own players and phases on batches of two classes: the left or the right half is light."""

    def __init__(self, config, spec=SPEC):
        backend = Backend("cpu", "float32")
        self.config, self.spec, self.nets, self.draw = (
            config,
            spec,
            build(config, spec),
            RandomDraw(backend, 0, World()),
        )
        self.players = {player.name: player for player in biggan.FAMILY.players(config)}
        self.parameters = {name: [*self.nets[name].parameters()] for name in self.players}
        self.moves = {name: optimisers.make(p.optimiser, self.parameters[name]) for name, p in self.players.items()}
        labels = torch.arange(16) % 2
        light = torch.eye(2)[labels].repeat_interleave(8, 1)[:, None, None].repeat(1, 1, 16, 1)
        self.pictures, self.labels = light * 1.6 - 0.8, labels

    def step(self):
        batch, step = Batch(self.pictures, self.labels), Step(self.nets, self.config, self.draw, self.spec)
        for phase in biggan.phases(self.config):
            self.moves[phase.player].zero_grad()
            phase.loss(step, batch)[phase.objective].backward(inputs=self.parameters[phase.player])
            self.moves[phase.player].step()


@pytest.mark.parametrize("size", biggan.SIZES)
@pytest.mark.parametrize("attention", [0, 8])
def test_the_nets_exist_for_every_size(size, attention):
    nets = build(dataclasses.replace(SMALL, attention=attention), Spec(size, 3, SPEC.classes))
    pictures = biggan.generate(nets, torch.randn(2, 8), CLASSES[:2])
    assert pictures.shape == (2, 3, size, size)
    assert float(pictures.detach().abs().max()) <= 1
    assert nets["discriminator"](pictures, CLASSES[:2]).shape == (2, 1)
    kinds = [type(module).__name__ for net in nets.values() for module in net.modules()]
    assert kinds.count("SelfAttention") == (2 if attention else 0)


def test_the_paper_s_widths():
    assert biggan_nets.generator_channels(128, 96) == [96 * share for share in (16, 16, 8, 4, 2, 1)]
    assert biggan_nets.discriminator_channels(128, 96) == [96 * share for share in (1, 2, 4, 8, 16)]
    assert biggan_nets.chunks(120, 128) == [20] * 6


def test_every_number_of_the_code_is_used_once():
    assert biggan_nets.chunks(10, 32) == [3, 3, 2, 2]
    net = build(dataclasses.replace(SMALL, latent=10), Spec(32, 1, SPEC.classes))["generator"].eval()
    codes = torch.randn(1, 10, requires_grad=True)
    net(codes, CLASSES[:1]).square().sum().backward()
    assert (codes.grad != 0).all()


def test_all_weights_but_the_class_embedding_have_norm_one_and_start_orthogonal():
    nets = build()
    for net in nets.values():
        found = weights(net.eval())
        for name, weight in found.items():
            long = weight if weight.shape[0] <= weight.shape[1] else weight.t()
            assert torch.allclose(long @ long.t(), torch.eye(len(long)), atol=1e-4), name
    assert not hasattr(nets["generator"].embed, "parametrizations")
    assert hasattr(nets["discriminator"].judge.each, "parametrizations")


def test_the_class_and_each_part_of_the_code_change_the_picture():
    nets = {name: net.eval() for name, net in build().items()}
    codes = torch.ones(1, 8)
    with torch.inference_mode():
        picture = biggan.generate(nets, codes, CLASSES[:1])
        assert not torch.allclose(picture, biggan.generate(nets, codes, CLASSES[1:2]))
        for part in torch.eye(8):
            assert not torch.equal(picture, biggan.generate(nets, codes + part, CLASSES[:1]))
        judge = nets["discriminator"]
        assert not torch.equal(judge(picture, CLASSES[:1]), judge(picture, CLASSES[1:2]))


def test_attention_begins_as_nothing_and_looks_everywhere():
    layer = biggan_nets.SelfAttention(8)
    maps = torch.randn(1, 8, 8, 8)
    assert torch.equal(layer(maps), maps)
    nn.init.ones_(layer.share)
    changed = maps.clone()
    changed[..., 7, 7] += 3
    assert not torch.allclose(layer(changed)[..., 0, 0], layer(maps)[..., 0, 0])


def test_conditional_batch_norm_is_batch_norm_scaled_and_shifted_by_the_condition():
    layer = biggan_nets.ConditionalBatchNorm(2, 1)
    nn.init.constant_(layer.gain.weight, 0.5)
    nn.init.constant_(layer.bias.weight, 0.25)
    maps = torch.randn(64, 2, 4, 4) * 3 + 1
    scaled = layer(maps, torch.full((64, 1), 2.0))
    assert torch.allclose(scaled.mean((0, 2, 3)), torch.tensor(0.5), atol=1e-4)
    assert torch.allclose(scaled.std((0, 2, 3)), torch.tensor(2.0), atol=1e-2)


def test_the_orthogonality_penalty_is_the_paper_s():
    net = nn.Sequential(nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, 0.0], [0.5, 2.0]]))
    assert float(biggan_nets.orthogonality(net).detach()) == pytest.approx(2 * 0.5**2)


def test_the_penalty_is_part_of_g_s_loss_and_leaves_the_class_embedding_alone():
    net = build()["generator"]
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.05)
    gradients = torch.autograd.grad(biggan_nets.orthogonality(net), [*net.parameters()], allow_unused=True)
    assert gradients[[name for name, _ in net.named_parameters()].index("embed.weight")] is None
    losses = []
    for weight in (0.0, 1.0):
        game = Game(dataclasses.replace(SMALL, orthogonal=weight))
        phase = biggan.phases(game.config)[1]
        losses.append(phase.loss(Step(game.nets, game.config, game.draw, SPEC), Batch(game.pictures, game.labels)))
    penalty = biggan_nets.orthogonality(build()["generator"]).detach()
    assert losses[1]["G loss"].detach() - losses[0]["G loss"].detach() == pytest.approx(float(penalty), rel=1e-3)


@pytest.fixture(scope="module")
def trained():
    """A game of 60 steps with the average of its generator."""
    game = Game(dataclasses.replace(SMALL, width=8, d_rate=4e-3, g_rate=2e-3), Spec(16, 1, ("left", "right")))
    average = Ema({"generator": game.nets["generator"]}, 100)
    for index in range(60):
        game.step()
        average.update(game.nets, index * 16, 16)
    return game, average


def test_the_averaged_generator_makes_the_class_that_is_asked_for(trained):
    _, average = trained
    codes = torch.randn(8, 8, generator=torch.Generator().manual_seed(1))
    for label in range(2):
        with torch.inference_mode():
            made = biggan.generate(average.nets, codes, torch.eye(2)[[label] * 8])
        assert (made[..., :8].mean() > 0) == (label == 0), label
        assert (made[..., 8:].mean() > 0) == (label == 1), label


def test_spectral_norms_hold_in_training_and_in_the_average(trained):
    game, average = trained
    for net in (game.nets["discriminator"], average.nets["generator"]):
        with torch.no_grad():
            found = sharpest(frozen_copy(net))
        found = {
            name: value for name, value in found.items() if name != "embed" or net is not average.nets["generator"]
        }
        assert max(found.values()) < 1.1, found
        assert min(found.values()) > 0.9, found


def test_rendering_changes_nothing(trained):
    _, average = trained
    net = average.nets["generator"]
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with torch.inference_mode():
        first = net(torch.ones(2, 8), torch.eye(2))
        assert torch.equal(first, net(torch.ones(2, 8), torch.eye(2)))
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


@pytest.mark.parametrize(("half", "error"), [(False, 1e-5), (True, 0.02)])
def test_stored_and_opened_it_makes_the_same_pictures(trained, tmp_path, half, error):
    game, average = trained
    card = Card("test", "biggan", configs.to_json(game.config), 16, 1, ("left", "right"))
    library.save(tmp_path / "model", card, average.nets, half=half)
    model = library.load(tmp_path / "model", Backend("cpu", "float32"))
    codes = torch.randn(4, 8, generator=torch.Generator().manual_seed(2))
    conditions = torch.eye(2).repeat(2, 1)
    with torch.inference_mode():
        wanted, found = (biggan.generate(nets, codes, conditions) for nets in (average.nets, model.nets))
    assert float((wanted - found).abs().max()) <= error


def test_without_conditions_it_says_so():
    with pytest.raises(ValueError, match="without a class"):
        biggan.generate(build(), torch.randn(1, 8))


@pytest.mark.parametrize(
    ("settings", "spec", "words"),
    [
        ({}, Spec(28, 1, ("a", "b")), "power of two from 16 to 128, not 28"),
        ({}, Spec(16, 1), "at least two classes.*one folder per class"),
        ({"latent": 3}, Spec(32, 1, ("a", "b")), "4 parts at 32 px"),
        ({"attention": 32}, Spec(32, 1, ("a", "b")), "Self-attention at 32 px.*Choose 16 px"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, spec, words):
    (problem,) = biggan.spec_problems(dataclasses.replace(SMALL, **settings), spec)
    assert re.search(words, problem)


def test_it_plays_the_paper_s_game():
    config = BigganConfig()
    assert config.loss == "hinge"
    d_moves, g_moves = (player.optimiser for player in biggan.FAMILY.players(config))
    assert (d_moves.rate, g_moves.rate) == (4e-4, 1e-4)
    assert (d_moves.momentum, d_moves.second) == (0.0, 0.999)
    assert biggan.FAMILY.needs(config).labels


@pytest.mark.parametrize(("native", "size"), [(8, 16), (28, 32), (32, 32), (64, 64), (500, 64)])
def test_the_size_loses_nothing(native, size):
    assert biggan.fit_size(native) == size
