"""Every exception becomes a sentence that says what to do."""

from __future__ import annotations

import errno

import pytest
import torch

from studio.errors import Cancelled, Refused, StudioError, sentence


@pytest.mark.parametrize("kind", [StudioError, Refused, Cancelled])
def test_our_own_errors_are_their_text(kind):
    assert sentence(kind("The data is too small. Choose other data.")) == "The data is too small. Choose other data."


def test_a_refusal_and_a_stop_are_errors_of_the_studio():
    assert issubclass(Refused, StudioError)
    assert issubclass(Cancelled, StudioError)
    assert not issubclass(Cancelled, Refused)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "a.png"), ["No permission to use a.png", "Choose another"]),
        (PermissionError("no"), ["No permission to use a file"]),
        (OSError(errno.ENOSPC, "No space left on device"), ["The disk is full.", "Free some space"]),
        (OSError(errno.ENOSPC, "No space left on device", "b.bin"), ["The disk is full (b.bin)"]),
        (FileNotFoundError(errno.ENOENT, "No such file", "c.png"), ["Not found: c.png"]),
        (OSError(errno.EIO, "input/output error", "d.png"), ["Input/output error (d.png)."]),
        (IsADirectoryError(errno.EISDIR, "is a directory", "e"), ["Is a directory (e)."]),
        (MemoryError(), ["memory of the device is full", "smaller batch"]),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"), ["memory of the device is full"]),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), ["memory of the device is full"]),
        (RuntimeError("I/O error: No space left on device (os error 28)"), ["The disk is full"]),
        (KeyError("latent"), ["Unexpected KeyError: 'latent'", "The log of the run"]),
        (ValueError("odd"), ["Unexpected ValueError: odd"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_machines_raise_is_told_with_a_remedy(error, words):
    text = sentence(error)
    for part in words:
        assert part in text
    assert text.endswith(".")
    assert "\n" not in text


def test_a_real_missing_file_and_a_real_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "none.json").read_text()
    assert str(tmp_path / "none.json") in sentence(missing.value)
    with pytest.raises(IsADirectoryError) as folder:
        tmp_path.read_text()
    assert str(tmp_path) in sentence(folder.value)


def test_an_os_error_without_a_number_is_not_lost():
    assert "cable pulled" in sentence(OSError("cable pulled"))
