"""U-Net, ResNet generator and PatchGAN are the published nets: sizes, names of weights, what a patch sees."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from studio.models import translators
from studio.models.blocks import count
from studio.models.translators import (
    BATCH,
    INSTANCE,
    NONE,
    SCALED,
    PatchDiscriminator,
    ResnetGenerator,
    UnetGenerator,
    WholeDiscriminator,
)


def on_paper(make):
    """A net without memory for its weights."""
    with torch.device("meta"):
        return make()


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda: UnetGenerator(3, 3, 8), 54_413_955),
        (lambda: UnetGenerator(3, 3, 8, kind=SCALED), 54_413_955),
        (lambda: PatchDiscriminator(6), 2_768_705),
        (lambda: PatchDiscriminator(3, kind=INSTANCE), 2_764_737),
        (lambda: ResnetGenerator(3, 3, 9), 11_378_179),
        (lambda: ResnetGenerator(3, 3, 6), 7_837_699),
    ],
    ids=["unet 256", "unet 256 each picture", "70 px pairs", "70 px", "9 blocks", "6 blocks"],
)
def test_the_nets_have_as_many_parameters_as_the_published_ones(make, parameters):
    assert count(on_paper(make)) == parameters


def test_weights_have_the_names_of_published_checkpoints():
    unet = on_paper(lambda: UnetGenerator(3, 3, 8)).state_dict()
    assert unet["model.model.0.weight"].shape == (64, 3, 4, 4)
    assert unet["model.model.1.model.1.weight"].shape == (128, 64, 4, 4)
    assert unet["model.model.3.weight"].shape == (128, 3, 4, 4)
    assert "model.model.1.model.3.model.3.model.3.model.3.model.3.model.3.model.3.weight" in unet  # 8 levels deep
    assert len(unet) == 82
    resnet = on_paper(lambda: ResnetGenerator(3, 3, 9)).state_dict()
    assert resnet["model.1.weight"].shape == (64, 3, 7, 7)
    assert resnet["model.10.conv_block.5.weight"].shape == (256, 256, 3, 3)
    assert resnet["model.26.bias"].shape == (3,)
    assert len(resnet) == 48
    patch = on_paper(lambda: PatchDiscriminator(6)).state_dict()
    assert patch["model.0.weight"].shape == (64, 6, 4, 4)
    assert patch["model.11.weight"].shape == (1, 512, 4, 4)


@pytest.mark.parametrize(("size", "downs"), [(256, 8), (64, 6), (28, 2), (12, 2), (48, 4), (7, 0)])
def test_halvings_go_down_to_an_odd_number(size, downs):
    assert translators.halvings(size) == downs


@pytest.mark.parametrize("kind", [BATCH, SCALED, INSTANCE, NONE])
@pytest.mark.parametrize("size", [8, 12, 16, 28])
def test_a_u_net_gives_pictures_of_the_size_it_got(size, kind):
    net = UnetGenerator(1, 3, translators.halvings(size), 4, kind)
    made = net(torch.randn(2, 1, size, size))
    assert made.shape == (2, 3, size, size)
    assert made.abs().max() <= 1


@pytest.mark.parametrize(("size", "drops"), [(256, 3), (128, 2), (64, 1), (32, 0)])
def test_dropout_is_in_the_levels_of_the_paper(size, drops):
    net = on_paper(lambda: UnetGenerator(3, 3, translators.halvings(size), 4))
    assert sum(isinstance(module, nn.Dropout) for module in net.modules()) == drops


def test_the_bridges_carry_the_picture_across():
    torch.manual_seed(0)
    net = UnetGenerator(1, 1, 3, 4, NONE, 0.0)
    inside = net.model.model[1]  # the level below: what comes in is the first half of what goes out
    x = torch.randn(2, 4, 8, 8)
    assert torch.equal(inside(x)[:, :4], x)


def test_a_u_net_of_one_level_is_refused():
    with pytest.raises(ValueError, match="at least twice"):
        UnetGenerator(1, 1, 1)


def test_scaled_instance_norm_is_batch_norm_for_one_picture():
    torch.manual_seed(0)
    batch, instance = (UnetGenerator(1, 1, 4, 4, kind, 0.0) for kind in (BATCH, SCALED))
    for module in batch.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
    weights = {key: value for key, value in batch.state_dict().items() if "running" not in key and "num_" not in key}
    instance.load_state_dict(weights)
    picture = torch.randn(1, 1, 16, 16)
    assert torch.allclose(batch(picture), instance(picture), atol=1e-6)


@pytest.mark.parametrize(
    "net",
    [
        lambda: UnetGenerator(1, 1, 4, 4, SCALED, 0.0),
        lambda: ResnetGenerator(1, 1, 2, 4),
        lambda: PatchDiscriminator(1, 4, 1, INSTANCE),
        lambda: WholeDiscriminator(1, 16, 4, INSTANCE),
    ],
    ids=["unet", "resnet", "patch", "whole"],
)
def test_without_batch_norm_pictures_of_a_batch_do_not_touch_each_other(net):
    torch.manual_seed(0)
    built, pictures = net(), torch.randn(3, 1, 16, 16)
    together = built(pictures)
    alone = torch.cat([built(picture[None]) for picture in pictures])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("size", [8, 12, 28])
def test_a_resnet_gives_pictures_of_the_size_it_got(size):
    made = ResnetGenerator(3, 1, 1, 4)(torch.randn(2, 3, size, size))
    assert made.shape == (2, 1, size, size)
    assert made.abs().max() <= 1


@pytest.mark.parametrize(("layers", "sees", "size"), [(0, 1, 16), (1, 16, 48), (2, 34, 64), (3, 70, 96), (5, 286, 352)])
def test_a_patch_sees_as_many_pixels_as_it_says(layers, sees, size):
    torch.manual_seed(0)
    net = PatchDiscriminator(1, 4, layers, NONE)
    picture = torch.randn(1, 1, size, size, requires_grad=True)
    logits = net(picture)
    middle = logits.shape[-1] // 2
    (gradient,) = torch.autograd.grad(logits[0, 0, middle, middle], picture)
    rows = gradient[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == sees


@pytest.mark.parametrize("size", [8, 16, 28, 20])
def test_the_whole_is_judged_once(size):
    assert WholeDiscriminator(2, size, 4, INSTANCE)(torch.randn(3, 2, size, size)).shape == (3, 1, 1, 1)
