import numpy as np
import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from studio.errors import Refused
from studio.gui import convert
from studio.gui.latent import code_mime
from studio.gui.latent.code_mime import FORMAT, CodeMime, code_from_mime, codes_from_mime
from studio.latent import codes
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, files

pytestmark = pytest.mark.gui


@pytest.fixture
def bench(qapp):
    return Bench()


def carried(mime):
    """What another program, or another window of this one, gets of ``mime``."""
    plain = QMimeData()
    for kind in mime.formats():
        if kind == FORMAT:
            plain.setData(kind, mime.data(kind))
    return plain


def test_the_file_that_is_dragged_out_is_the_code_itself(bench, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = code(bench, 1, "a/b: c?"), code(bench, 2, picture=False)
    mime = CodeMime([first, second])
    assert list(tmp_path.iterdir()) == []
    paths = [url.toLocalFile() for url in mime.urls()]
    assert [path.rsplit("/", 1)[1] for path in paths] == ["a-b- c.png", "code 2.json"]
    back = codes_from_mime(files(*paths))
    assert np.array_equal(back[0].values, first.values)
    assert np.array_equal(back[0].picture, first.picture)
    assert back[0].stamp == bench.space.stamp
    assert np.array_equal(back[1].values, second.values)


def test_a_code_is_also_a_picture_for_who_wants_one(bench):
    mime = CodeMime([code(bench, 1)])
    assert np.array_equal(convert.to_array(mime.imageData())[..., :1], code(bench, 1).picture)


def test_within_the_window_the_very_codes_arrive(bench):
    first = code(bench, 1)
    assert codes_from_mime(CodeMime([first, code(bench, 2)]))[0] is first


def test_the_own_format_keeps_every_number_without_a_file(bench):
    mime = carried(CodeMime([code(bench, 1), code(bench, 2)]))
    back = codes_from_mime(mime)
    assert [item.name for item in back] == ["code 1", "code 2"]
    assert np.array_equal(back[1].values, code(bench, 2).values)


def test_the_clipboard_carries_codes_and_a_picture(bench):
    code_mime.copy_codes([code(bench, 3)])
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.hasImage()
    assert np.array_equal(code_from_mime(mime).values, code(bench, 3).values)


def test_a_plain_picture_is_its_path_and_an_image_without_a_file_itself(qapp, tmp_path):
    image = convert.to_qimage(pictures(1)[0])
    image.save(str(tmp_path / "photo.png"))
    (tmp_path / "notes.txt").write_text("no picture")
    assert code_from_mime(files(tmp_path / "notes.txt", tmp_path / "photo.png")) == tmp_path / "photo.png"
    mime = QMimeData()
    mime.setImageData(image)
    assert isinstance(code_from_mime(mime), QImage)


def test_nothing_useful_is_nothing(qapp, tmp_path):
    mime = QMimeData()
    mime.setText("hello")
    assert not code_mime.can_read(mime)
    assert code_from_mime(mime) is None
    assert code_from_mime(files(tmp_path / "missing.png")) is None


def test_a_damaged_code_is_refused_with_its_name(qapp, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(Refused, match=r"broken\.json"):
        code_from_mime(files(tmp_path / "broken.json"))
    mime = QMimeData()
    mime.setData(FORMAT, b"[{}]")
    with pytest.raises(Refused):
        code_from_mime(mime)


def test_files_that_are_there_are_not_written_over(bench, tmp_path):
    (tmp_path / "code 1.png").write_bytes(b"precious")
    (path,) = code_mime.write_codes(tmp_path, [code(bench, 1)])
    assert path.name == "code 1 2.png"
    assert codes.load(path).name == "code 1"
    assert (tmp_path / "code 1.png").read_bytes() == b"precious"
