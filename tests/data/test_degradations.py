import pytest
import torch

from studio.data.config import DEGRADATIONS, DataConfig
from studio.data.degradations import KINDS, degrade, luma


def draws(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return lambda shape: torch.rand(shape, generator=generator)


@pytest.fixture
def pictures():
    """Four smooth colour pictures 32×40 with a dark disc, float32 in [0, 1]."""
    y, x = torch.linspace(-1, 1, 32)[:, None], torch.linspace(-1, 1, 40)
    disc = ((x**2 + y**2) < 0.3).float()
    ground = torch.stack([0.5 + 0.3 * x + 0 * y, 0.5 + 0.3 * y + 0 * x, 0.6 + 0.2 * x * y])
    return torch.stack([ground * (1 - 0.25 * (i + 1) * disc) for i in range(4)])


def test_the_settings_offer_what_there_is():
    assert [*DEGRADATIONS] == ["none", *KINDS]
    assert DataConfig().degradation == "none"


@pytest.mark.parametrize("amount", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_shape_range_and_repeatability(kind, channels, amount, pictures):
    before = pictures[:, :channels].clone()
    out = degrade(kind, before, amount, draws())
    assert (out.shape, out.dtype) == (before.shape, torch.float32)
    assert out.is_contiguous()
    assert 0 <= out.min() <= out.max() <= 1
    assert torch.equal(before, pictures[:, :channels])
    assert torch.equal(out, degrade(kind, before, amount, draws()))
    if amount:
        assert kind == "grey" or not torch.equal(out, before)


@pytest.mark.parametrize("kind", ["holes", "rain", "noise"])
def test_every_picture_and_every_draw_is_damaged_in_its_own_way(kind, pictures):
    same = pictures[:1].expand(4, -1, -1, -1)
    out = degrade(kind, same, 0.5, draws())
    assert not any(torch.equal(out[i], out[j]) for i in range(4) for j in range(i))
    assert not torch.equal(out, degrade(kind, same, 0.5, draws(1)))


@pytest.mark.parametrize("kind", ["holes", "noise", "blur", "low resolution", "rain"])
def test_more_is_worse_and_nothing_is_nothing(kind, pictures):
    lost = [(degrade(kind, pictures, amount, draws()) - pictures).abs().mean().item() for amount in (0, 0.2, 0.5, 0.9)]
    assert lost[0] < 1e-6
    assert lost[0] < lost[1] < lost[2] < lost[3]


def test_none_and_the_unknown(pictures):
    assert degrade("none", pictures, 0.5, draws()) is pictures
    with pytest.raises(ValueError, match="no degradation 'rust'; known are grey, sketch"):
        degrade("rust", pictures, 0.5, draws())


def test_grey_keeps_the_brightness_and_nothing_else(pictures):
    out = degrade("grey", pictures, 0.5, draws())
    assert torch.equal(out[:, 0], out[:, 2])
    torch.testing.assert_close(luma(out), luma(pictures))


def test_a_sketch_is_dark_on_the_edge_and_white_elsewhere(pictures):
    out = degrade("sketch", pictures, 0.3, draws())[:, 0]
    disc = ((torch.linspace(-1, 1, 32)[:, None] ** 2 + torch.linspace(-1, 1, 40) ** 2) ** 0.5 - 0.3**0.5).abs()
    assert out[2:][:, disc < 0.05].mean() < 0.5
    assert out[2:][:, disc > 0.25].mean() > 0.97
    flat = degrade("sketch", torch.full((1, 3, 16, 16), 0.4), 0.5, draws())
    assert flat.min() > 0.99


@pytest.mark.parametrize("amount", [0.1, 0.5, 0.8])
def test_holes_cover_the_share_that_was_asked_for(amount):
    white = torch.ones(64, 3, 48, 48)
    out = degrade("holes", white, amount, draws())
    covered = (out == 0.5).float().mean((1, 2, 3))
    assert (covered - amount).abs().max() < 0.06
    assert set(out.unique().tolist()) == {0.5, 1.0}
    # some are one rectangle, some are blobs
    rows = (out[:, 0] == 0.5).any(2).sum(1) * (out[:, 0] == 0.5).any(1).sum(1)
    rectangles = rows == (out[:, 0] == 0.5).sum((1, 2))
    assert 16 < rectangles.sum() < 48


def test_rain_is_bright_streaks_longer_down_than_across():
    dark = torch.zeros(8, 1, 64, 64)
    out = degrade("rain", dark, 0.3, draws())
    assert out.amax((1, 2, 3)).min() > 0.5
    assert out.median() < 0.1
    drops = out - out.mean((2, 3), keepdim=True)
    down = (drops[:, :, 2:] * drops[:, :, :-2]).mean()
    across = (drops[..., 2:] * drops[..., :-2]).mean()
    assert down > 2 * across.abs()


def test_noise_is_normal_with_half_the_amount():
    out = degrade("noise", torch.full((8, 3, 64, 64), 0.5), 0.2, draws())
    assert out.std().item() == pytest.approx(0.1, rel=0.03)
    assert out.mean().item() == pytest.approx(0.5, abs=0.003)
    inside = ((out - 0.5).abs() < 0.1).float().mean().item()
    assert inside == pytest.approx(0.683, abs=0.01)


def test_blur_keeps_the_mean_and_spreads_a_point():
    point = torch.zeros(1, 1, 65, 65)
    point[..., 32, 32] = 1
    out = degrade("blur", point, 0.5, draws())[0, 0]
    assert out.sum().item() == pytest.approx(1, abs=1e-3)
    place = torch.arange(65.0) - 32
    assert (out.sum(0) * place**2).sum().sqrt().item() == pytest.approx(0.5 * 65 / 16, rel=0.02)


def test_a_quarter_of_the_size_has_the_detail_of_a_quarter():
    board = (torch.arange(32)[:, None] + torch.arange(32)).remainder(2).float().expand(1, 1, 32, 32)
    out = degrade("low resolution", board, 0.5, draws())
    assert (out[..., 8:24, 8:24] - 0.5).abs().max() < 0.02
    steps = (torch.arange(32) // 16).float().expand(1, 1, 32, 32)
    assert (degrade("low resolution", steps, 0.5, draws()) - steps).abs()[..., 4:10].max() < 0.1


def test_one_picture_of_one_pixel_is_survived():
    for kind in KINDS:
        if kind != "sketch":
            assert degrade(kind, torch.full((1, 3, 1, 1), 0.3), 0.5, draws()).shape == (1, 3, 1, 1)
