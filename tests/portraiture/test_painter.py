from dataclasses import replace

import numpy as np
import pytest

from studio.portraiture.canvas import EYES_AT, REGIONS
from studio.portraiture.painter import LEAST, paint, paint_all, paint_picture
from studio.portraiture.portrait import RANGES, Clothes, Eyewear, HairStyle, Portrait, portrait

SIZE = 96
PLAIN = Portrait(hair_length=0.1, hair_curl=0.0, freckles=0.0)
# For each attribute two values, the regions that may change, and whether shape (edges) may change there.
CHANGES = {
    "smile": (0.0, 1.0, {"mouth", "skin"}),
    "mouth_open": (0.0, 1.0, {"mouth", "skin"}),
    "beard": (0.0, 1.0, {"beard", "skin", "clothes", "mouth"}),
    "hair_length": (0.2, 0.9, {"hair", "skin", "background", "clothes"}),
    "hair_curl": (0.0, 1.0, {"hair", "skin", "background"}),
    "hair_colour": (0.0, 1.0, {"hair", "brows"}),
    "hair_grey": (0.0, 1.0, {"hair", "brows"}),
    "skin_tone": (0.1, 0.9, {"skin", "mouth", "brows", "eyes"}),
    "age": (0.0, 1.0, {"skin"}),
    "freckles": (0.0, 1.0, {"skin"}),
    "eye_size": (0.8, 1.25, {"eyes", "skin"}),
    "eye_colour": (0.0, 1.0, {"eyes"}),
    "gaze_x": (-1.0, 1.0, {"eyes"}),
    "gaze_y": (-1.0, 1.0, {"eyes"}),
    "brow_height": (-1.0, 1.0, {"brows", "skin"}),
    "brow_slant": (-1.0, 1.0, {"brows", "skin"}),
    "brow_thickness": (0.0, 1.0, {"brows", "skin"}),
    "nose_size": (-1.0, 1.0, {"skin"}),
    "lip_fullness": (-1.0, 1.0, {"mouth", "skin"}),
    "lip_colour": (0.0, 1.0, {"mouth"}),
    "face_width": (-1.0, 1.0, {"skin", "hair", "background", "clothes"}),
    "jaw": (-1.0, 1.0, {"skin", "background", "hair", "clothes"}),
    "background_hue": (0.1, 0.6, {"background"}),
    "background_light": (0.2, 0.9, {"background"}),
    "clothes_hue": (0.1, 0.6, {"clothes"}),
    "clothes_light": (0.2, 0.9, {"clothes"}),
}
WORDS = {
    "eyewear": (Eyewear.NONE, Eyewear.SUNGLASSES, {"glasses", "eyes", "skin", "brows"}),
    "clothes": (Clothes.CREW, Clothes.COLLAR, {"clothes", "skin"}),
    "hair_style": (HairStyle.SWEPT_BACK, HairStyle.FRINGE, {"hair", "skin", "brows"}),
}


def both(name, low, high, base=PLAIN):
    return paint(replace(base, **{name: low}), SIZE), paint(replace(base, **{name: high}), SIZE)


def difference(a, b):
    return np.abs(a.picture.astype(int) - b.picture).max(axis=2)


def within(a, b, names):
    """Pixels that touch one of the regions in either picture."""
    rows = [REGIONS.index(name) for name in names]
    return (a.shares[rows].sum(axis=0) > 1e-3) | (b.shares[rows].sum(axis=0) > 1e-3)


@pytest.mark.parametrize("size", [64, 65, 100, 127, 128, 255, 256])
def test_any_size_gives_a_picture_and_masks_that_share_it_out(size):
    painted = paint(portrait(4, size), size)
    assert painted.picture.shape == (size, size, 3)
    assert painted.picture.dtype == np.uint8
    assert set(painted.masks) == set(REGIONS)
    assert (np.sum([*painted.masks.values()], axis=0) == 1).all()
    np.testing.assert_allclose(painted.shares.sum(axis=0), 1, atol=1e-4)
    assert painted.shares.min() > -1e-5


def test_sixty_random_faces_have_all_their_parts():
    for index in range(60):
        one = portrait(8, index)
        masks = paint(one, 64).masks
        for name in ("background", "clothes", "skin", "hair", "mouth"):
            assert masks[name].sum() > 8, (name, one)
        assert masks["glasses"].any() == (one.eyewear is not Eyewear.NONE)
        if one.eyewear is Eyewear.NONE and one.hair_curl == 0:
            assert masks["eyes"].sum() > 12


def test_the_same_portrait_gives_the_same_picture_with_or_without_regions():
    one = portrait(2, 7)
    np.testing.assert_array_equal(paint(one, 80).picture, paint_picture(one, 80))
    np.testing.assert_array_equal(paint_all([one, one], 80)[1], paint_picture(one, 80))
    assert paint_all([], 64).shape == (0, 64, 64, 3)


def test_a_large_picture_made_small_is_the_small_picture():
    one = replace(PLAIN, hair_length=0.05)
    large = paint_picture(one, 256).reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(large - paint_picture(one, 64)).mean() < 6


@pytest.mark.parametrize("tilt", [0.0, -15.0, 15.0])
def test_the_eyes_lie_where_aligned_photographs_have_them(tilt):
    painted = paint(Portrait(tilt=tilt, hair_length=0.1), 200)
    rows, columns = np.nonzero(painted.masks["eyes"])
    x, y = (columns + 0.5) / 200, (rows + 0.5) / 200
    left, right = x < 0.5, x > 0.5
    eyes = np.array([[x[side].mean(), y[side].mean()] for side in (left, right)])
    assert np.hypot(*(eyes[1] - eyes[0])) == pytest.approx(0.32, abs=0.012)
    np.testing.assert_allclose(eyes.mean(axis=0), EYES_AT, atol=0.012)
    angle = np.degrees(np.arctan2(eyes[1, 1] - eyes[0, 1], eyes[1, 0] - eyes[0, 0]))
    assert angle == pytest.approx(tilt, abs=1.5)


@pytest.mark.parametrize(("name", "low", "high", "where"), [(n, *rest) for n, rest in (CHANGES | WORDS).items()])
def test_an_attribute_changes_its_own_region(name, low, high, where):
    base = replace(PLAIN, hair_length=0.6) if name in ("hair_curl", "hair_style") else PLAIN
    a, b = both(name, low, high, base)
    changed = difference(a, b)
    assert (changed > 12).sum() >= 12, "it can be seen"
    outside = ~within(a, b, where)
    if name in ("clothes_hue", "clothes_light", "background_hue", "background_light", "eye_colour", "lip_colour"):
        assert changed[outside].max() <= 1
    assert changed[outside].sum() <= 0.12 * changed.sum()


def test_every_number_is_tested_or_moves_the_whole_head():
    assert set(RANGES) - set(CHANGES) == {"turn", "tilt", "light", "contrast", "glasses_roundness"}


@pytest.mark.parametrize("name", ["smile", "age", "eye_size", "brow_height", "nose_size", "lip_fullness", "mouth_open"])
def test_what_the_face_does_leaves_hair_clothes_and_background_alone(name):
    a, b = both(name, *CHANGES[name][:2])
    apart = within(a, b, {"background", "clothes", "hair"}) & ~within(a, b, {"skin"})
    assert difference(a, b)[apart].max() <= 1


def test_a_smile_lifts_the_corners_of_the_mouth():
    def corner(smile):
        rows, columns = np.nonzero(paint(Portrait(smile=smile), 192).masks["mouth"])
        ends = np.abs(columns - 95.5) > 0.8 * np.abs(columns - 95.5).max()
        middle = np.abs(columns - 95.5) < 8
        return rows[middle].mean() - rows[ends].mean()

    heights = [corner(smile) for smile in (-1, -0.5, 0, 0.5, 1)]
    assert heights == sorted(heights)
    assert heights[0] < 0 < heights[-1]


def test_an_open_mouth_is_taller_and_shows_teeth():
    heights = []
    for gape in (0.0, 0.5, 1.0):
        painted = paint(Portrait(mouth_open=gape), 128)
        heights.append(painted.masks["mouth"][:, 60:68].any(axis=1).sum())
    assert heights == sorted(heights)
    assert painted.picture[painted.masks["mouth"]].min(axis=1).max() > 190


def test_a_turned_head_shows_one_eye_wider_and_the_other_way_round_is_the_mirror_image():
    def widths(turn):
        columns = paint(Portrait(turn=turn), 256).masks["eyes"].any(axis=0)
        middle = round(256 * 0.5 + 256 * 0.06 * np.sin(np.radians(turn)))
        return columns[:middle].sum(), columns[middle:].sum()

    left, right = widths(30)
    assert left > 1.3 * right
    even = Portrait(light=0.0, hair_style=HairStyle.MIDDLE_PART, hair_length=0.0, strands=0)
    one, other = paint(replace(even, turn=20.0), 128), paint(replace(even, turn=-20.0), 128)
    mirrored = other.masks["skin"][:, ::-1]
    assert (one.masks["skin"] != mirrored).mean() < 0.03


def test_light_comes_from_its_side():
    def sides(light):
        painted = paint(Portrait(light=light, contrast=0.7, hair_length=0.0), 96)
        grey = painted.picture.mean(axis=2)
        skin = painted.masks["skin"]
        return grey[:, :48][skin[:, :48]].mean() - grey[:, 48:][skin[:, 48:]].mean()

    assert sides(-1.0) > 10
    assert sides(1.0) < -10
    assert abs(sides(0.0)) < 4


def test_contrast_darkens_the_far_side():
    def spread(contrast):
        painted = paint(Portrait(light=-1.0, contrast=contrast, hair_length=0.0), 96)
        return painted.picture.mean(axis=2)[painted.masks["skin"]].std()

    assert spread(0.9) > 1.3 * spread(0.2)


def test_glasses_are_frames_and_sunglasses_hide_the_eyes():
    clear = paint(Portrait(eyewear=Eyewear.GLASSES), 128).masks
    dark = paint(Portrait(eyewear=Eyewear.SUNGLASSES), 128).masks
    bare = paint(Portrait(), 128).masks
    assert clear["eyes"].sum() > 0.8 * bare["eyes"].sum()
    assert not dark["eyes"].any()
    assert dark["glasses"].sum() > 3 * clear["glasses"].sum() > 0


@pytest.mark.parametrize("turn", [0.0, 30.0, -30.0])
def test_glasses_sit_before_the_eyes(turn):
    eyes = paint(Portrait(turn=turn), 128).masks["eyes"]
    dark = paint(Portrait(turn=turn, eyewear=Eyewear.SUNGLASSES), 128).masks["glasses"]
    assert (eyes & dark).sum() > 0.9 * eyes.sum()


def test_edges_are_antialiased():
    shares = paint(PLAIN, 128).shares
    partial = (shares[REGIONS.index("background")] > 0.05) & (shares[REGIONS.index("background")] < 0.95)
    assert partial.sum() > 60


def test_sizes_out_of_reach_are_refused():
    with pytest.raises(ValueError, match="16 to 1024"):
        paint(PLAIN, LEAST - 1)
