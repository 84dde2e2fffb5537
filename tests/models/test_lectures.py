"""The figures that the lectures print (oracles O1 to O6, O8)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from studio import models
from studio.models import blocks, losses
from studio.models.family import Prior, Spec
from studio.training import recipe as recipes


def test_transposed_convolution_same_padding():
    layer = blocks.SameConvTranspose2d(1, 1, 3, 2, bias=False)
    nn.init.ones_(layer.weight)
    out = layer(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert out[0, 0].tolist() == [[1, 1, 3, 2], [1, 1, 3, 2], [4, 4, 10, 6], [3, 3, 7, 4]]


@pytest.mark.parametrize(
    ("kernel", "stride", "size"), [(3, 1, 28), (3, 2, 28), (5, 2, 28), (5, 2, 7), (5, 1, 9), (4, 2, 8)]
)
def test_same_layers_are_each_others_transpose(kernel, stride, size):
    """<conv(x), y> = <x, transposed(y)>, and sizes divide and multiply by the stride."""
    down = blocks.SameConv2d(2, 3, kernel, stride, bias=False).double()
    x = torch.randn(1, 2, size, size, dtype=torch.float64)
    y_shape = down(x).shape
    assert y_shape[-1] == math.ceil(size / stride)
    if size % stride:
        return
    up = blocks.SameConvTranspose2d(3, 2, kernel, stride, bias=False).double()
    with torch.no_grad():
        up.weight.copy_(down.weight)
    y = torch.randn(y_shape, dtype=torch.float64)
    assert up(y).shape == x.shape
    torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum())


def test_convolution_example():
    picture = torch.tensor([[2.0, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]])
    kernel = torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 1, 0]])
    out = nn.functional.conv2d(picture[None, None], kernel[None, None])
    assert out[0, 0].tolist() == [[3, 2], [3, 1]]


def test_lecture_vae_counts_and_loss():
    recipe = recipes.from_preset("vae", "lecture")
    nets = models.family("vae").build(recipe.model, Spec(28, 1))
    assert blocks.count(nets["encoder"]) == 457_316
    assert blocks.count(nets["decoder"]) == 432_801
    assert (recipe.training.batch, recipe.model.rate, recipe.model.kl_weight, recipe.model.latent) == (
        128,
        1e-3,
        1e-3,
        2,
    )
    assert nets["decoder"](torch.zeros(3, 2)).shape == (3, 1, 28, 28)


def test_kl_of_normal_distributions():
    mean, variance = torch.tensor([[0.5, -1.0]]), torch.tensor([[0.25, 4.0]])
    exact = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, variance.sqrt()), torch.distributions.Normal(0.0, 1.0)
    ).mean()
    torch.testing.assert_close(losses.kl_to_standard_normal(mean, variance.log()), exact)
    assert losses.kl_to_standard_normal(torch.zeros(1, 2), torch.zeros(1, 2)) == 0


def test_lecture_dcgan_maps():
    recipe = recipes.from_preset("dcgan", "lecture")
    nets = models.family("dcgan").build(recipe.model, Spec(28, 1))
    shapes, x = [], torch.zeros(2, 100)
    for layer in nets["generator"]:
        x = layer(x)
        if isinstance(layer, blocks.SameConvTranspose2d):
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(64, 7, 7), (32, 14, 14), (1, 28, 28)]
    assert nets["discriminator"](x).shape == (2, 1)
    assert recipe.model.simultaneous


def test_lecture_gan_layers():
    recipe = recipes.from_preset("gan", "lecture")
    nets = models.family("gan").build(recipe.model, Spec(32, 1))
    sizes = [(m.in_features, m.out_features) for net in nets.values() for m in net if isinstance(m, nn.Linear)]
    assert sizes == [(100, 128), (128, 1024), (1024, 128), (128, 2)]
    assert recipe.model.optimiser == "adagrad"


def lecture_004():
    recipe = recipes.from_preset("dcgan", "lecture004")
    return recipe, models.family("dcgan").build(recipe.model, Spec(28, 1))


def keras_count(layer):
    """Parameters as Keras counts them: a batch norm's running mean and variance, too."""
    running = [b for name, b in layer.named_buffers() if name.startswith("running")]
    return blocks.count(layer), sum(b.numel() for b in running)


def test_lecture_004_generator_counts():
    _, nets = lecture_004()
    counts = [keras_count(layer) for layer in nets["generator"]]
    assert [trained + running for trained, running in counts if trained] == [
        1_266_944,
        50_176,
        819_328,
        512,
        204_864,
        256,
        51_232,
        128,
        801,
    ]
    assert sum(map(sum, counts)) == 2_394_241
    assert sum(running for _, running in counts) == 25_536


def test_lecture_004_maps():
    _, nets = lecture_004()
    shapes, x = [], torch.rand(2, 100) * 2 - 1
    for layer in nets["generator"]:
        x = layer(x)
        if isinstance(layer, nn.Upsample | blocks.SameConvTranspose2d):
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(256, 14, 14), (128, 14, 14), (128, 28, 28), (64, 28, 28), (32, 28, 28), (1, 28, 28)]
    shapes = []
    for layer in nets["discriminator"]:
        x = layer(x)
        if isinstance(layer, blocks.SameConv2d):
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(64, 14, 14), (128, 7, 7), (256, 4, 4), (512, 4, 4)]
    assert x.shape == (2, 1)


def test_lecture_004_layers():
    _, nets = lecture_004()
    norms = [m for m in nets["generator"] if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert [(m.eps, m.momentum) for m in norms] == [(1e-3, 0.1)] * 4
    assert [m.p for m in nets["generator"] if isinstance(m, nn.Dropout)] == [0.4]
    assert [m.p for m in nets["discriminator"] if isinstance(m, nn.Dropout)] == [0.4] * 4
    assert [m.negative_slope for m in nets["discriminator"] if isinstance(m, nn.LeakyReLU)] == [0.2] * 4


def test_lecture_004_reads_and_makes_ink_between_0_and_1():
    """What the lecture's first and last layers see is σ and the pixel in [0, 1]; outside it is the family's range."""
    _, nets = lecture_004()
    ink = torch.rand(2, 1, 28, 28)
    torch.testing.assert_close(nets["discriminator"][0](ink * 2 - 1), ink)
    scores = torch.randn(2, 1, 28, 28)
    torch.testing.assert_close(nets["generator"][-2:](scores), 2 * scores.sigmoid() - 1)


def test_lecture_004_players():
    recipe, _ = lecture_004()
    about = models.family("dcgan")
    d, g = (player.optimiser for player in about.players(recipe.model))
    assert (d.kind, d.rate, d.decay, d.rho, d.epsilon) == ("rmsprop", 2e-4, 6e-8, 0.9, 1e-7)
    assert (g.kind, g.rate, g.decay, g.rho, g.epsilon) == ("rmsprop", 1e-4, 3e-8, 0.9, 1e-7)
    assert about.prior(recipe.model, Spec(28, 1)) == Prior(100, "uniform")
    assert recipe.model.fakes_in_eval
    assert recipe.model.one_batch
    assert not recipe.model.simultaneous


def test_two_class_cross_entropy_is_the_logistic_loss_of_the_difference():
    scores = torch.randn(8, 2)
    logits = blocks.LogitDifference()(scores)
    torch.testing.assert_close(
        nn.functional.cross_entropy(scores, torch.ones(8, dtype=torch.long)), nn.functional.softplus(-logits).mean()
    )


@pytest.mark.parametrize("name", losses.ADVERSARIAL)
def test_games_reward_the_right_player(name):
    game = losses.ADVERSARIAL[name]
    sure, fooled = torch.full((4, 1), 3.0), torch.full((4, 1), -3.0)
    assert game.discriminator(sure, fooled) < game.discriminator(fooled, sure)
    against = (torch.zeros(4, 1),) if game.relative else ()
    assert game.generator(sure, *against) < game.generator(fooled, *against)


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
def test_dcgan_makes_every_power_of_two(size):
    config = models.family("dcgan").config(width=4, latent=8)
    nets = models.family("dcgan").build(config, Spec(size, 3))
    pictures = nets["generator"](torch.randn(2, 8))
    assert pictures.shape == (2, 3, size, size)
    assert nets["discriminator"](pictures).shape == (2, 1)


def test_dcgan_64_has_the_paper_s_size():
    nets = models.family("dcgan").build(models.family("dcgan").config(), Spec(64, 3))
    assert blocks.count(nets["generator"]) == 3_576_704
    assert blocks.count(nets["discriminator"]) == 2_765_568
