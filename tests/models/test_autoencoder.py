"""The autoencoder: the lecture's nets, what it is compared with, and settings that are refused."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from studio import config as configs
from studio.models import autoencoder
from studio.models.autoencoder import FAMILY, AutoencoderConfig
from studio.models.family import Batch, Spec, Step


def step_on(config, spec, baselines=None):
    torch.manual_seed(0)
    nets = FAMILY.build(config, spec)
    return Step(nets, config, None, spec, baselines=baselines or {})


def widths(net):
    return [(layer.in_features, layer.out_features) for layer in net.modules() if isinstance(layer, nn.Linear)]


def test_the_lecture_s_nets():
    preset = FAMILY.preset("lecture")
    config = AutoencoderConfig(**preset.model)
    nets = FAMILY.build(config, Spec(preset.data["size"], 1))
    down = [(625, 2000), (2000, 1000), (1000, 500), (500, 30)]
    assert widths(nets["encoder"]) == down
    assert widths(nets["decoder"]) == [(o, i) for i, o in reversed(down)]
    assert nets["decoder"](nets["encoder"](torch.rand(2, 1, 25, 25))).shape == (2, 1, 25, 25)


@pytest.mark.parametrize("size", [8, 28, 32, 64, 128])
def test_convolutional_nets_take_colour_of_every_usual_size(size):
    config = AutoencoderConfig(architecture="convolutional", width=4, latent=5)
    assert FAMILY.spec_problems(config, Spec(size, 3)) == []
    nets = FAMILY.build(config, Spec(size, 3))
    codes = FAMILY.encode(nets, torch.rand(2, 3, size, size))
    assert codes.shape == (2, 5)
    assert FAMILY.generate(nets, codes, None).shape == (2, 3, size, size)


def test_it_encodes_and_decodes_but_does_not_sample():
    assert FAMILY.encodes
    assert not FAMILY.samples
    step = step_on(AutoencoderConfig(hidden="8", latent=3), Spec(6, 1))
    pictures = torch.rand(4, 1, 6, 6)
    rows = FAMILY.rows(step.nets, Batch(pictures))
    assert list(rows) == ["picture", "again"]
    assert rows["again"].shape == pictures.shape
    assert FAMILY.features(step.nets, pictures).shape == (4, 3)


def test_drawn_pictures_are_in_range_however_far_the_code_is():
    nets = step_on(AutoencoderConfig(hidden="8", latent=3), Spec(6, 1)).nets
    made = FAMILY.generate(nets, 100 * torch.randn(16, 3), None)
    assert made.min() == 0
    assert made.max() == 1


def test_without_hidden_layers_it_is_linear():
    nets = step_on(AutoencoderConfig(hidden="", latent=3), Spec(4, 1)).nets
    assert widths(nets["encoder"]) == [(16, 3)]

    def through(x):
        return nets["decoder"](nets["encoder"](x))

    a, b = torch.rand(2, 3, 1, 4, 4)
    torch.testing.assert_close(through((a + b) / 2), (through(a) + through(b)) / 2)


@pytest.mark.parametrize(
    ("hidden", "fragment"),
    [
        ("2000,1000", "2000-1000-500"),
        ("-5", "2000-1000-500"),
        ("12-", "2000-1000-500"),
        ("many", "2000-1000-500"),
        ("0-10", "1 to 4,096"),
        ("5000", "1 to 4,096"),
        ("-".join(["4"] * 9), "at most 8"),
    ],
)
def test_wrong_hidden_layers_are_one_sentence(hidden, fragment):
    (problem,) = configs.problems(AutoencoderConfig(hidden=hidden))
    assert problem.startswith(("Hidden layers", "There are at most"))
    assert fragment in problem


def test_impossible_sizes_are_one_sentence():
    dense, convolutional = AutoencoderConfig(), AutoencoderConfig(architecture="convolutional")
    assert FAMILY.spec_problems(dense, Spec(25, 1)) == []
    assert "at most 128 px, not 200" in FAMILY.spec_problems(dense, Spec(200, 1))[0]
    assert "not 25" in FAMILY.spec_problems(convolutional, Spec(25, 1))[0]
    assert "only to 31" in FAMILY.spec_problems(convolutional, Spec(62, 1))[0]


def test_weight_decay_reaches_the_optimiser():
    (player,) = FAMILY.players(AutoencoderConfig(weight_decay=0.05))
    assert player.optimiser.weight_decay == 0.05
    assert set(player.nets) == set(FAMILY.shown)


def test_psnr_is_the_mean_of_the_pictures_own():
    wanted = torch.zeros(2, 1, 4, 4)
    made = torch.stack([torch.full((1, 4, 4), 0.1), torch.full((1, 4, 4), 0.01)])
    assert float(autoencoder.psnr(made, wanted)) == pytest.approx((20 + 40) / 2, abs=1e-3)
    assert float(autoencoder.psnr(wanted, wanted)) == pytest.approx(100)
    halves = [float(autoencoder.psnr(made[i : i + 1], wanted[i : i + 1])) for i in range(2)]
    assert float(autoencoder.psnr(made, wanted)) == pytest.approx(sum(halves) / 2, abs=1e-3)


def test_held_out_figures_stand_beside_pca_s():
    config = AutoencoderConfig(hidden="8", latent=3)
    draw = torch.Generator().manual_seed(0)
    train, held_out = torch.rand(50, 1, 6, 6, generator=draw), torch.rand(10, 1, 6, 6, generator=draw)
    baselines = FAMILY.baselines(config, train)
    assert list(baselines) == ["PCA-3"]
    step = step_on(config, Spec(6, 1), baselines)
    with torch.inference_mode():
        figures = {name: float(value) for name, value in FAMILY.validate(step, Batch(held_out)).items()}
        trained_on = float(FAMILY.phases(config)[0].loss(step, Batch(held_out))["loss"])
    assert list(figures) == ["val loss", "val PSNR", "PCA-3 loss", "PCA-3 PSNR"]
    assert figures["PCA-3 loss"] == pytest.approx(float((baselines["PCA-3"](held_out) - held_out).square().mean()))
    assert figures["PCA-3 PSNR"] == pytest.approx(-10 * math.log10(figures["PCA-3 loss"]), abs=0.3)
    assert figures["val loss"] == pytest.approx(trained_on)


def test_it_beats_pca_on_a_curve_that_no_plane_holds():
    """Bars at random places: PCA with two numbers cannot, a net with one hidden layer can."""
    config = AutoencoderConfig(hidden="64", latent=2, rate=3e-3)
    places = torch.linspace(1, 10, 200)
    bars = torch.exp(-0.5 * (torch.arange(12.0)[None] - places[:, None]).square())
    pictures = bars[:, None, None, :].expand(200, 1, 12, 12).contiguous()
    step = step_on(config, Spec(12, 1), FAMILY.baselines(config, pictures))
    optimiser = torch.optim.Adam([p for net in step.nets.values() for p in net.parameters()], config.rate)
    for _ in range(150):
        optimiser.zero_grad()
        autoencoder.loss(step, Batch(pictures))["loss"].backward()
        optimiser.step()
    figures = FAMILY.validate(step, Batch(pictures))
    assert figures["val PSNR"] > figures["PCA-2 PSNR"] + 3
