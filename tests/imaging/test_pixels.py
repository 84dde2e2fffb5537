import numpy as np
import pytest
import torch

from studio.imaging.pixels import to_pixels, to_tensor


@pytest.fixture
def levels():
    """All 256 levels in every channel: (2, 16, 16, 3) uint8."""
    ramp = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1)
    return torch.cat([ramp, ramp.flip(1)]).expand(2, 16, 16, 3).contiguous()


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 1), (-0.5, 0.5), (0.1, 0.9), (-3, 7)])
def test_the_round_trip_is_exact_and_inside_the_range(low, high, levels):
    batch = to_tensor(levels, low, high)
    assert batch.dtype == torch.float32
    assert batch.shape == (2, 3, 16, 16)
    limits = torch.tensor([low, high], dtype=torch.float32)
    assert batch.min() == limits[0]
    assert batch.max() == limits[1]
    np.testing.assert_array_equal(to_pixels(batch, low, high), levels.numpy())


def test_the_ends_are_exact(levels):
    assert to_tensor(levels).aminmax() == (-1.0, 1.0)
    assert to_tensor(levels, 0, 1).aminmax() == (0.0, 1.0)


def test_the_input_stays_as_it_is(levels):
    before = levels.clone()
    to_tensor(levels)
    assert torch.equal(levels, before)


def test_colour_is_channels_last_and_grey_is_contiguous(levels):
    assert to_tensor(levels).is_contiguous(memory_format=torch.channels_last)
    assert to_tensor(levels[..., :1].contiguous()).is_contiguous()


def test_values_outside_are_clamped_and_nan_is_zero():
    values = torch.tensor([-5.0, 5.0, float("nan"), float("inf"), float("-inf"), 0.0]).reshape(1, 1, 1, 6)
    assert to_pixels(values)[0, 0, :, 0].tolist() == [0, 255, 0, 255, 0, 128]


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_type_and_gradients_are_taken(kind):
    batch = torch.zeros(1, 1, 2, 2, dtype=kind, requires_grad=True)
    pixels = to_pixels(batch, 0, 1)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (1, 2, 2, 1)
    assert not pixels.any()


def test_pixels_are_a_copy_that_may_be_written_to():
    batch = torch.zeros(1, 1, 2, 2)
    pixels = to_pixels(batch)
    pixels[:] = 7
    assert not batch.any()
    assert pixels.flags.c_contiguous


def test_no_pictures_are_fine():
    assert to_tensor(torch.zeros(0, 4, 4, 3, dtype=torch.uint8)).shape == (0, 3, 4, 4)
    assert to_pixels(torch.zeros(0, 3, 4, 4)).shape == (0, 4, 4, 3)


def test_the_batch_stays_as_it_is():
    batch = torch.tensor([float("nan"), 0.3, 9.0, -0.0]).reshape(1, 1, 2, 2)
    before = batch.clone()
    to_pixels(batch, 0, 1)
    assert torch.equal(batch.nan_to_num(7.5), before.nan_to_num(7.5))
