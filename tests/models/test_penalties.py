"""Penalties against slopes that are known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from studio.models import penalties
from studio.models.family import Spec
from studio.models.gan import GanConfig, build


def linear(pixels=12):
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 1))


def pictures(count=4):
    return torch.randn(count, 3, 2, 2, generator=torch.Generator().manual_seed(1))


def test_the_slope_of_a_linear_discriminator_is_its_weight():
    net = linear()
    slopes = penalties.slopes(net, pictures())
    assert torch.allclose(slopes, net[1].weight.expand(4, 12))


def test_r1_of_a_linear_discriminator_is_half_its_weight_squared():
    net = linear()
    value = penalties.zero_centred(net, pictures())
    torch.testing.assert_close(value, net[1].weight.square().sum() / 2)
    value.backward()
    torch.testing.assert_close(net[1].weight.grad, net[1].weight.detach())


def test_r1_of_a_quadratic_discriminator():
    """D(x) = a · Σx² has the slope 2ax: ½ E‖2ax‖² = 2a² E‖x‖²; its derivative by a is 4a E‖x‖²."""
    a, x = torch.tensor(1.5, requires_grad=True), pictures()
    value = penalties.zero_centred(lambda at: a * at.square().flatten(1).sum(1), x)
    size = x.square().flatten(1).sum(1).mean()
    torch.testing.assert_close(value, 2 * 1.5**2 * size)
    value.backward()
    torch.testing.assert_close(a.grad, 4 * 1.5 * size)


def test_the_one_centred_penalty_of_a_linear_discriminator():
    net = linear()
    value = penalties.one_centred(net, pictures(), -pictures(), torch.rand(4, 1, 1, 1))
    norm = net[1].weight.norm()
    torch.testing.assert_close(value, (norm - 1) ** 2)
    value.backward()
    torch.testing.assert_close(net[1].weight.grad, (2 * (norm - 1) * net[1].weight / norm).detach())


def test_it_looks_between_real_and_made():
    seen = []

    def judge(at):
        seen.append(at.detach())
        return at.square().flatten(1).sum(1)

    real, fake = torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    value = penalties.one_centred(judge, real, fake, torch.tensor([0.0, 0.25, 1.0]).view(3, 1, 1, 1))
    assert [float(x.mean()) for x in seen[0]] == [0.0, 0.25, 1.0]
    # ‖∇‖ = ‖2x‖ over 4 pixels: 0, 1, 4
    torch.testing.assert_close(value, torch.tensor((1 + 0 + 9) / 3))


def test_a_flat_discriminator_gives_no_nan():
    net = linear()
    nn.init.zeros_(net[1].weight)
    value = penalties.one_centred(net, pictures(), pictures(), torch.rand(4, 1, 1, 1))
    value.backward()
    assert value == 1
    assert torch.isfinite(net[1].weight.grad).all()


def test_patch_answers_are_summed():
    """A discriminator that answers for patches has the slope of their sum."""
    value = penalties.zero_centred(lambda at: 3 * at, pictures())
    assert value.item() == pytest.approx(12 * 9 / 2)


def test_pictures_are_left_alone():
    made = pictures().requires_grad_()
    penalties.zero_centred(lambda at: at.square(), made).backward()
    assert made.grad is None


def test_it_is_float32_under_autocast():
    net, dtypes = linear(), []

    def judge(at):
        logits = net(at)
        dtypes.append(logits.dtype)
        return logits

    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = penalties.zero_centred(judge, pictures().bfloat16())
    assert value.dtype == torch.float32
    assert dtypes == [torch.float32]
    torch.testing.assert_close(value, net[1].weight.square().sum() / 2)


def test_a_penalty_flattens_a_real_discriminator():
    torch.manual_seed(0)
    net = build(GanConfig(hidden=8, layers=1, dropout=0.0, latent=2), Spec(4, 1))["discriminator"]
    x = torch.randn(16, 1, 4, 4)
    optimiser = torch.optim.SGD(net.parameters(), 0.5)
    before = penalties.zero_centred(net, x).item()
    for _ in range(20):
        optimiser.zero_grad()
        penalties.zero_centred(net, x).backward()
        optimiser.step()
    assert penalties.zero_centred(net, x).item() < before / 4
