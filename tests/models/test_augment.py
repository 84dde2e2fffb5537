"""DiffAugment: shapes kept, off is identity, gradients pass, each change is the one described."""

from __future__ import annotations

import pytest
import torch

from studio.models.adversarial_config import AUGMENTATIONS
from studio.models.augment import augment, colour, cutout, translation

POLICIES = [policy for policy in AUGMENTATIONS if policy != "none"]


def uniform(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.rand(shape, generator=generator)


def constant(value):
    return lambda shape: torch.full(shape, value)


def pictures(count=6, channels=3, height=16, width=16):
    return torch.rand(count, channels, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("channels", "height", "width"), [(3, 16, 16), (1, 8, 8), (3, 7, 9), (1, 28, 28)])
def test_shapes_stay_and_something_happens(policy, channels, height, width):
    x = pictures(6, channels, height, width)
    y = augment(x, policy, uniform())
    assert y.shape == x.shape
    assert y.dtype == torch.float32
    assert not torch.equal(x, y)
    assert torch.isfinite(y).all()


def test_off_is_identity():
    x = pictures()
    assert augment(x, "none", uniform()) is x


def test_changes_that_change_nothing():
    """In the middle of each range colour and shift leave the picture as it is."""
    x = pictures()
    torch.testing.assert_close(colour(x, constant(0.5)), x)
    assert torch.equal(translation(x, constant(0.5)), x)


@pytest.mark.parametrize("policy", POLICIES)
def test_gradients_pass_and_can_be_differentiated_again(policy):
    x = pictures(2, 3, 6, 6).double().requires_grad_()
    augment(x, policy, uniform()).square().sum().backward()
    assert x.grad.abs().flatten(1).sum(1).gt(0).all(), "to every picture"
    weight = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad((weight * augment(x, policy, uniform())).square().sum(), x, create_graph=True)
    slope.square().sum().backward()
    assert weight.grad.abs() > 0


def test_the_gradient_is_the_transpose():
    """<A x, y> = <x, Aᵀ y> for the linear changes."""
    for change in (translation, cutout):
        x, y = pictures().requires_grad_(), pictures(6).flip(0)
        changed = (change(x, uniform(3)) * y).sum()
        changed.backward()
        torch.testing.assert_close(changed.detach(), (x.detach() * x.grad).sum())


def test_each_picture_has_its_own_change():
    same = torch.ones(8, 1, 16, 16)
    for policy in POLICIES:
        changed = augment(same, policy, uniform())
        assert not torch.equal(changed[:1].expand_as(changed), changed)


def test_a_shift_moves_by_whole_pixels_and_fills_with_grey():
    x = pictures(1)
    # 16 px: 2 at most; 0 is the least, almost 1 the most
    up = translation(x, constant(0.0))
    assert torch.equal(up[..., :14, :14], x[..., 2:, 2:])
    assert not up[..., 14:, :].any()
    assert not up[..., 14:].any()
    down = translation(x, constant(0.999999))
    assert torch.equal(down[..., 2:, 2:], x[..., :14, :14])
    assert not down[..., :2, :].any()


def test_all_shifts_are_equally_likely():
    x = torch.arange(1.0, 17).view(1, 1, 1, 16).expand(4000, 1, 16, 16)
    rows = translation(x, uniform())[:, 0, 8, 8]
    values, counts = rows.unique(return_counts=True)
    assert values.tolist() == [7, 8, 9, 10, 11]
    assert (counts / 4000 - 0.2).abs().max() < 0.03


def test_the_hole_is_half_the_size_and_reaches_every_place():
    x = torch.ones(2000, 1, 16, 16)
    holes = cutout(x, uniform()) == 0
    sizes = holes.flatten(1).sum(1)
    assert sizes.max() == 64
    assert sizes.min() == 16, "a corner: its middle is the corner itself"
    assert holes.any(0).all()
    middle = cutout(x[:1], constant(0.5))
    assert torch.equal(middle[0, 0, 4:12, 4:12], torch.zeros(8, 8))
    assert middle.sum() == 256 - 64


def test_colours_by_hand():
    """u = 0: half a unit darker, no saturation, half the contrast around the mean."""
    x = torch.tensor([0.2, 0.4, 0.9]).view(1, 3, 1, 1).expand(1, 3, 2, 2).clone()
    x[..., 0, 0] = 0.0
    grey = torch.tensor([[-0.5, 0.0], [0.0, 0.0]])  # the means 0 and 0.5, less 0.5
    expected = (grey - grey.mean()) * 0.5 + grey.mean()
    torch.testing.assert_close(colour(x, constant(0.0)), expected.expand(1, 3, 2, 2))


def test_the_same_numbers_give_the_same_pictures():
    x = pictures()
    policy = "colour, translation, cutout"
    assert torch.equal(augment(x, policy, uniform(5)), augment(x, policy, uniform(5)))
    assert not torch.equal(augment(x, policy, uniform(5)), augment(x, policy, uniform(6)))
