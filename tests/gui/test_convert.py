import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from studio.gui import convert
from tests.gui.conftest import pictures


@pytest.mark.parametrize("width", [1, 2, 3, 4, 61, 64])
def test_every_width_comes_back_exactly(width):
    picture = pictures(1, 70)[0][:, :width]
    assert np.array_equal(convert.to_array(convert.to_qimage(picture)), picture)


@pytest.mark.parametrize("shape", [(7, 5, 1), (7, 5)])
def test_grey_pictures_become_three_equal_channels(shape):
    grey = np.arange(35, dtype=np.uint8).reshape(shape)
    back = convert.to_array(convert.to_qimage(grey))
    assert back.shape == (7, 5, 3)
    assert np.array_equal(back, np.repeat(grey.reshape(7, 5, 1), 3, axis=2))


def test_writing_to_the_array_later_does_not_change_the_image():
    picture = np.zeros((4, 4, 3), np.uint8)
    image = convert.to_qimage(picture)
    picture[:] = 255
    assert image.pixelColor(1, 1) == QColor(0, 0, 0)


def test_a_view_with_strides_is_read_right():
    picture = pictures(1, 16)[0]
    turned = picture[::-1, ::2].transpose(1, 0, 2)
    assert np.array_equal(convert.to_array(convert.to_qimage(turned)), turned)


def test_the_array_is_a_copy_of_the_image():
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    array = convert.to_array(image)
    image.fill(QColor(0, 0, 0))
    assert array.tolist() == [[[10, 20, 30]] * 3] * 2


@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)])
def test_other_arrays_are_refused(bad):
    with pytest.raises(ValueError, match="uint8"):
        convert.to_qimage(bad)


def test_a_strip_holds_the_pictures_below_each_other():
    batch = pictures(3, 5)
    strip = convert.strip(batch)
    assert (strip.width(), strip.height()) == (5, 15)
    assert np.array_equal(convert.to_array(strip)[5:10], batch[1])


def test_a_pixmap_has_the_size_of_the_picture(qapp):
    assert convert.to_pixmap(pictures(1, 9)[0]).width() == 9
