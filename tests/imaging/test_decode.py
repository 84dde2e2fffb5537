import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from studio.imaging.decode import Undecodable, decode, decode_as_stored, is_picture_name


def near(a, b, within=12):
    return a.shape == b.shape and np.abs(a.astype(int) - b.astype(int)).mean() < within


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_gives_the_picture_whatever_its_name(form, encoded, scene, tmp_path):
    path = tmp_path / "misnamed.bmp"
    path.write_bytes(encoded(Image.fromarray(scene), form))
    result = decode(path)
    assert result.dtype == np.uint8
    assert near(result, scene)
    assert result.flags.writeable


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_keeps_the_brightness(mode, encoded, scene):
    image = Image.fromarray(scene).convert("L" if mode == "LA" else "RGB").convert(mode)
    form = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    result = decode(encoded(image, form))
    assert result.shape == scene.shape
    assert abs(result.mean() - scene.mean()) < 6


def test_lossless_formats_are_exact(encoded, scene):
    for form in ("PNG", "BMP", "TIFF"):
        np.testing.assert_array_equal(decode(encoded(Image.fromarray(scene), form)), scene)


def test_a_16_bit_picture_is_scaled_not_white(encoded):
    ramp = np.arange(256, dtype=np.uint16)[None, :].repeat(4, 0) * 257
    for form in ("PNG", "TIFF"):
        result = decode(encoded(Image.fromarray(ramp), form))
        np.testing.assert_array_equal(result[:, :, 1], ramp // 257)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_a_float_picture_is_scaled_by_its_range(top, encoded):
    ramp = np.linspace(0, top, 256, dtype=np.float32)[None, :].repeat(4, 0)
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(ramp), "TIFF"))[0, :, 0], np.arange(256))


def test_numbers_outside_every_usual_range_are_stretched_and_nan_is_black(encoded):
    values = np.array([[-3.0, 0.0, 3.0, np.nan, np.inf, -np.inf]], np.float32)
    assert decode(encoded(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == [0, 128, 255, 0, 255, 0]
    wide = np.array([[0, 1_000_000, 2_000_000]], np.int32)
    assert decode(encoded(Image.fromarray(wide), "TIFF"))[0, :, 0].tolist() == [0, 128, 255]


def test_transparency_is_laid_on_white(encoded, scene):
    clear = Image.fromarray(scene).convert("RGBA")
    clear.putalpha(0)
    assert (decode(encoded(clear)) == 255).all()
    half = Image.new("LA", (2, 2), (0, 128))
    assert np.unique(decode(encoded(half))).tolist() == [127]


def test_palette_and_key_colour_transparency_are_laid_on_white(encoded):
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([10, 20, 30, 200, 0, 0])
    assert decode(encoded(palette))[0, 0].tolist() == [200, 0, 0]
    assert (decode(encoded(palette, transparency=1)) == 255).all()
    assert (decode(encoded(palette, transparency=bytes([255, 0]))) == 255).all()
    assert (decode(encoded(Image.new("RGB", (4, 4), (9, 9, 9)), transparency=(9, 9, 9))) == 255).all()
    assert (decode(encoded(Image.new("L", (4, 4), 9), transparency=9)) == 255).all()


def test_cmyk_white_is_white_inverted_by_adobe_or_not(encoded):
    paper = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    assert decode(encoded(paper, "TIFF")).min() == 255
    assert decode(encoded(paper, "JPEG")).min() > 250  # Pillow writes the Adobe marker, values inverted


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_photo_is_turned_as_its_exif_data_says(orientation, turned, encoded, scene):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        result = decode(encoded(Image.fromarray(scene), form, exif=exif))
        assert near(result, np.rot90(scene, turned)), form


@pytest.mark.filterwarnings("ignore::UserWarning")  # pytest undoes the filter that decode.py sets
def test_unreadable_exif_data_does_not_cost_the_picture(encoded, scene):
    data = encoded(Image.fromarray(scene), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\xff\xff")
    assert near(decode(data), scene)


def test_only_the_first_frame_of_an_animation(encoded):
    frames = [Image.new("L", (8, 8), level) for level in (50, 200)]
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        data = encoded(frames[0], form, save_all=True, append_images=frames[1:], **{"lossless": True})
        assert np.unique(decode(data)).tolist() == [50], form


def test_a_grey_file_can_keep_its_one_channel(encoded, scene):
    grey = Image.fromarray(scene).convert("L")
    for image in (grey, grey.convert("1"), grey.convert("LA"), Image.fromarray(np.asarray(grey).astype(np.uint16))):
        assert decode_as_stored(encoded(image)).shape == (40, 60, 1)
    assert decode_as_stored(encoded(Image.fromarray(scene))).shape == (40, 60, 3)


NO_PICTURE = "not a picture (PNG, JPEG, WebP, GIF, BMP, TIFF can be read)"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello, I am a text file named .png", NO_PICTURE),
        (b"%PDF-1.4 and so on, quite long", NO_PICTURE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9", NO_PICTURE),
    ],
)
def test_what_is_no_picture_is_named(content, reason, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(Undecodable) as refusal:
        decode(path)
    assert str(refusal.value) == reason
    with pytest.raises(Undecodable) as refusal:
        decode(content)
    assert str(refusal.value) == reason


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_cut_off_anywhere_is_refused(form, share, encoded):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(noise), form)
    with pytest.raises(Undecodable, match=r"cut off \(truncated\)|damaged"):
        decode(data[: int(len(data) * share)])


def test_the_reason_for_a_truncated_jpeg_says_so(encoded, scene):
    data = encoded(Image.fromarray(scene), "JPEG")
    with pytest.raises(Undecodable, match=r"^cut off \(truncated\): the file ends too early$"):
        decode(data[:-200])


def test_a_bomb_is_refused_from_its_header(bomb, tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    with pytest.raises(Undecodable, match=r"^30000×30000 pixels are more than the limit of 64 million$"):
        decode(path)


def test_the_limit_can_be_set_and_is_inclusive(encoded):
    data = encoded(Image.new("L", (30, 20)))
    assert decode(data, max_pixels=600).shape == (20, 30, 3)
    with pytest.raises(Undecodable, match=r"^30×20 pixels are more than the limit of 599$"):
        decode(data, max_pixels=599)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_does_not_block(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(Undecodable, match=r"^not a regular file$"):
        decode(pipe)


def test_a_folder_a_missing_file_and_a_loop_of_links(tmp_path):
    with pytest.raises(Undecodable, match="a folder, not a picture"):
        decode(tmp_path)
    with pytest.raises(Undecodable, match="not found"):
        decode(tmp_path / "missing.png")
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    with pytest.raises(Undecodable, match="symbolic links"):
        decode(loop)


def test_no_permission_is_named(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # chmod has no effect for root
    with pytest.raises(Undecodable, match=r"^no permission to read$"):
        decode(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_scrambled_files_are_decoded_or_refused_never_anything_else(form, encoded, scene):
    chance = random.Random(form)
    good = encoded(Image.fromarray(scene), form)
    refused = 0
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
        try:
            assert decode(bytes(data), max_pixels=1_000_000).ndim == 3
        except Undecodable:
            refused += 1
    assert refused


def test_pillow_is_not_told_to_accept_truncated_files():
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert Image.MAX_IMAGE_PIXELS is not None


def test_names_that_a_folder_scan_tries():
    for name in ("a.png", "b.JPG", "c.jpeg", "d.WebP", "e.tif", "x/y.gif", "f.bmp"):
        assert is_picture_name(name), name
    for name in ("a.txt", "Thumbs.db", ".hidden.png", "._mac.jpg", "png", "a.psd", "a.png.gz"):
        assert not is_picture_name(name), name


def test_decoding_does_not_import_torch():
    code = "import sys; from studio.imaging import decode, fit, grids, video; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_bytes_and_files_give_the_same(encoded, scene, tmp_path):
    data = encoded(Image.fromarray(scene), "JPEG")
    path = tmp_path / "a"
    path.write_bytes(data)
    np.testing.assert_array_equal(decode(path), decode(data))


def test_a_gif_frame_far_beyond_its_screen_is_refused(encoded):
    data = bytearray(encoded(Image.new("P", (8, 8)), "GIF"))
    at = data.index(b",")  # the image descriptor: left, top, width, height, each 16 bit
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(Undecodable, match=r"^more pixels than the limit of 64 million$"):
        decode(bytes(data))
