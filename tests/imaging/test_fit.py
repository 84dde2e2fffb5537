import numpy as np
import pytest
from PIL import Image

from studio.imaging.fit import fit


@pytest.fixture
def stripes():
    """(20, 60, 3): left third red, middle third green, right third blue."""
    picture = np.zeros((20, 60, 3), np.uint8)
    for third in range(3):
        picture[:, 20 * third : 20 * third + 20, third] = 255
    return picture


@pytest.mark.parametrize("how", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 64])
def test_size_and_channels_are_as_asked(how, channels, size, stripes):
    for picture in (stripes, stripes[:, :, :1]):
        result = fit(picture, size, how, channels)
        assert result.shape == (size, size, channels)
        assert result.dtype == np.uint8


def test_crop_keeps_exactly_the_centre(stripes):
    np.testing.assert_array_equal(fit(stripes, 20, "crop", 3), stripes[:, 20:40])
    for picture in (stripes, stripes.swapaxes(0, 1)):  # as with scaling first, the filter sees past the cut
        np.testing.assert_allclose(fit(picture, 5, "crop", 3), np.full((5, 5, 3), [0, 255, 0]), atol=20)


def test_stretch_keeps_everything(stripes):
    result = fit(stripes, 30, "stretch", 3)
    assert result[15, 4].tolist() == [255, 0, 0]
    assert result[15, 25].tolist() == [0, 0, 255]


def test_pad_keeps_the_shape_on_white(stripes):
    result = fit(stripes, 60, "pad", 3)
    np.testing.assert_array_equal(result[20:40], stripes)
    assert (result[:20] == 255).all()
    assert (result[40:] == 255).all()


def test_nothing_changes_at_the_own_size():
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    for how in ("crop", "stretch", "pad"):
        np.testing.assert_array_equal(fit(picture, 16, how, 3), picture)


def test_a_sliver_is_padded_not_lost():
    assert (fit(np.zeros((1, 900, 3), np.uint8), 16, "pad", 1) < 255).any()


def test_scaling_down_averages_instead_of_picking():
    checks = np.indices((64, 64)).sum(0) % 2 * 255
    result = fit(np.repeat(checks[:, :, None], 3, 2).astype(np.uint8), 8, "crop", 1)
    assert abs(result[2:-2, 2:-2].astype(int) - 128).max() < 8


def test_an_unknown_way_is_an_error(stripes):
    with pytest.raises(ValueError, match="crop, stretch, pad"):
        fit(stripes, 8, "zoom", 3)


def test_crop_is_scaling_the_short_side_and_cutting_the_centre():
    y, x = np.mgrid[0:96, 0:144]
    picture = (np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], 2) * 120 + 128).astype(np.uint8)
    scaled = np.asarray(Image.fromarray(picture).resize((48, 32), Image.Resampling.LANCZOS))
    assert np.abs(fit(picture, 32, "crop", 3).astype(int) - scaled[:, 8:40]).max() <= 1
