import numpy as np
import pytest

from studio.portraiture import colours, noise
from studio.portraiture.canvas import Canvas, sharp
from studio.portraiture.head import CHIN, CROWN, build
from studio.portraiture.portrait import Portrait


def head(**attributes):
    portrait = Portrait(**attributes)
    return build(Canvas(256), portrait, colours.palette(portrait))


@pytest.mark.parametrize("attributes", [{}, {"turn": 30.0}, {"turn": -35.0, "tilt": 12.0}, {"tilt": -15.0, "jaw": 1.0}])
@pytest.mark.parametrize("point", [(0.0, 0.0), (0.16, 0.0), (-0.16, 0.0), (0.05, 0.3), (-0.1, -0.15), (0.0, 0.4)])
def test_a_point_of_the_face_is_found_again_where_it_is_seen(attributes, point):
    one = head(**attributes)
    across, down = one.pose.project(*point, one.depth(*point))
    column, row = int((across + 0.5) * 256), int((down + 0.42) * 256)
    assert one.skin.cover[row, column] == 1
    assert (one.skin.x[row, column], one.skin.y[row, column]) == pytest.approx(point, abs=0.012)


@pytest.mark.parametrize("turn", [0.0, 25.0])
def test_normals_are_unit_vectors_that_face_the_viewer(turn):
    skin = head(turn=turn).skin
    there = skin.cover == 1
    length = skin.right**2 + skin.down**2 + skin.near**2
    np.testing.assert_allclose(length[there], 1, atol=1e-3)
    assert skin.near[there].min() >= 0


def test_the_head_ends_at_crown_and_chin():
    rows = np.flatnonzero((head().skin.cover > 0.5).any(axis=1)) / 256 - 0.42
    assert rows[0] == pytest.approx(CROWN, abs=0.01)
    assert rows[-1] == pytest.approx(CHIN, abs=0.01)


def test_windows_hold_what_they_promise_and_end_at_the_border():
    canvas = Canvas(64)
    rows, columns = canvas.window(-0.1, -0.1, 0.1, 0.1)
    assert canvas.x[0, columns.start] < -0.1 < 0.1 < canvas.x[0, columns.stop - 1]
    assert canvas.y[rows.start, 0] < -0.1 < 0.1 < canvas.y[rows.stop - 1, 0]
    assert canvas.window(-9, -9, 9, 9) == canvas.whole
    rows, columns = canvas.window(3, 3, 4, 4)
    assert rows.start == rows.stop
    assert columns.start == columns.stop


def test_a_sharp_edge_is_one_pixel_wide_however_steep_its_field():
    x = np.arange(32, dtype=np.float32)[None].repeat(32, 0) - 15.25
    for slope in (0.01, 1.0, 40.0):
        cover = sharp(x * slope)
        assert cover[16].sum() == pytest.approx(16.25, abs=0.05)
        assert ((cover[16] > 0.01) & (cover[16] < 0.99)).sum() <= 1


def test_noise_is_cyclic_smooth_and_within_its_range():
    for table in (noise.slow_line(), noise.plane(256)[3], noise.plane(1024)[:, 7]):
        assert np.abs(table).max() <= 1
        assert np.abs(np.diff(np.append(table, table[0]))).max() < 0.45
    x = np.linspace(0, 4, 500, dtype=np.float32)
    turns = noise.LENGTH / 100
    near = noise.along(noise.line(), x, 100) == noise.along(noise.line(), x + turns, 100)
    assert near.mean() > 0.9
