"""Changes of pictures that input and target share."""

from __future__ import annotations

import pytest
import torch

from studio.models import warp
from studio.models.warp import Strength

NOTHING = Strength(turn=0.0, scale=0.0, shift=0.0, bend=0.0, light=0.0, mirror=False)


def uniform(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.rand(shape, generator=generator)


def normal(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.randn(shape, generator=generator)


def always(value):
    return lambda shape: torch.full(shape, value)


def smooth(count=4, size=32):
    """Pictures of a few waves, in [-1, 1]."""
    at = torch.linspace(0, 3.0, size)
    return torch.stack([torch.outer((at + k).sin(), (2 * at - k).cos()).expand(3, size, size) for k in range(count)])


def test_without_strength_nothing_changes():
    assert torch.equal(warp.change(smooth(), NOTHING, uniform(), normal()), smooth())


def test_no_move_is_the_picture_itself():
    matrices = warp.places(4, NOTHING, uniform())
    torch.testing.assert_close(warp.move(smooth(), matrices), smooth(), atol=1e-5, rtol=0)


def test_the_same_numbers_change_alike_and_others_otherwise():
    strength = Strength(bend=0.02)
    first, again, other = (warp.change(smooth(), strength, uniform(seed), normal(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.abs().max()) <= 1


def test_a_turn_of_a_quarter_is_exact():
    picture = smooth(1)
    matrices = warp.places(1, Strength(turn=90.0, scale=0.0, shift=0.0), always(1.0))
    turned = warp.move(picture, matrices)
    assert torch.allclose(turned, picture.rot90(1, (2, 3)), atol=1e-3) or torch.allclose(
        turned, picture.rot90(-1, (2, 3)), atol=1e-3
    )


def test_a_shift_moves_by_its_share_of_the_size():
    picture = smooth(1)
    matrices = warp.places(1, Strength(turn=0.0, scale=0.0, shift=0.125), always(1.0))
    moved = warp.move(picture, matrices)
    torch.testing.assert_close(moved[..., :28, :28], picture[..., 4:, 4:], atol=1e-4, rtol=0)


def test_only_a_share_is_moved():
    pictures = smooth(1).expand(400, -1, -1, -1)
    changed = warp.change(pictures, Strength(share=0.25, light=0.0, mirror=False), uniform(), normal())
    same = (changed == pictures).flatten(1).all(1)
    assert float(same.float().mean()) == pytest.approx(0.75, abs=0.07)


def test_bending_without_random_numbers_is_an_error():
    with pytest.raises(ValueError, match="normal"):
        warp.change(smooth(), Strength(bend=0.1), uniform())


def test_bending_moves_places_softly_and_apart():
    across = torch.linspace(-0.9, 0.9, 32).expand(8, 1, 32, 32)
    field = 0.03 * normal()((8, 2, 4, 4))
    moved = warp.move(across, torch.eye(2, 3).expand(8, 2, 3), field)[..., 4:-4, 4:-4] - across[..., 4:-4, 4:-4]
    assert float(moved.std()) == pytest.approx(0.02, rel=0.5), "the field, less where it is interpolated"
    assert float(moved.diff(dim=3).abs().max()) < 0.03


def test_moving_keeps_fine_detail():
    """Bilinear sampling keeps less than 0.8 of this."""
    pictures = torch.rand(16, 3, 32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    pictures = torch.nn.functional.avg_pool2d(pictures, 2, 1, 0)
    moved = warp.move(pictures, warp.places(16, Strength(share=2.0), uniform()))
    assert float(moved.diff(dim=3).square().mean() / pictures.diff(dim=3).square().mean()) > 0.8


def test_half_of_the_pictures_are_mirrored():
    strength = Strength(turn=0.0, scale=0.0, shift=0.0, bend=0.0, light=0.0, mirror=True)
    pictures = smooth(1).expand(300, -1, -1, -1)
    changed = warp.change(pictures, strength, uniform(), normal())
    mirrored = (changed == pictures.flip(3)).flatten(1).all(1)
    assert torch.equal(changed[~mirrored], pictures[~mirrored])
    assert float(mirrored.float().mean()) == pytest.approx(0.5, abs=0.1)


def test_light_changes_brightness_and_contrast_and_stays_in_range():
    brighter = warp.light(0.5 * smooth(), 0.2, always(1.0))
    torch.testing.assert_close(brighter, 0.5 * smooth() * 1.2 + 0.2 + 0.06, atol=1e-6, rtol=0)
    assert float(warp.light(smooth(), 1.0, uniform()).abs().max()) <= 1


def test_a_blend_lies_between_a_picture_and_the_next():
    pictures = torch.stack([torch.full((3, 16, 16), value) for value in (-1.0, 0.0, 1.0)])
    blended = warp.blend(pictures, normal())
    lower, upper = torch.minimum(pictures, pictures.roll(1, 0)), torch.maximum(pictures, pictures.roll(1, 0))
    assert bool(((blended >= lower) & (blended <= upper)).all())
    assert float(blended.flatten(1).std(1).min()) > 0.05, "patches, not one shade"
