"""Whether a window can open, asked of a machine that the tests make up."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import sys

import pytest

from studio.gui import screen

VARIABLES = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")


@pytest.fixture
def machine(monkeypatch):
    """A Linux machine with the variables given, its libraries all there and a screen that answers."""

    def make(library=None, answers=True, **variables):
        monkeypatch.setattr(sys, "platform", "linux")
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(screen, "_missing_library", lambda: library)
        monkeypatch.setattr(screen, "_answers", lambda: answers)

    return make


def never():
    pytest.fail("nobody needs to know that")


def test_a_screen_that_answers_is_enough(machine):
    machine(DISPLAY=":0")
    assert screen.missing() is None


@pytest.mark.parametrize("variables", [{"QT_QPA_PLATFORM": "offscreen"}, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_a_platform_that_was_chosen_and_wayland_are_taken_as_they_are(machine, monkeypatch, variables):
    machine(**variables)
    monkeypatch.setattr(screen, "_missing_library", never)
    monkeypatch.setattr(screen, "_answers", never)
    assert screen.missing() is None


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_always_have_a_screen(machine, monkeypatch, platform):
    machine()
    assert screen.missing() is not None
    monkeypatch.setattr(sys, "platform", platform)
    assert screen.missing() is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ["There is no screen", "DISPLAY", "ssh -X"]),
        ({"DISPLAY": ""}, ["There is no screen"]),
        ({"DISPLAY": ":0", "library": "libxcb-cursor.so.0 is missing"}, ["libxcb-cursor.so.0 is missing", "libegl1"]),
        ({"DISPLAY": ":42", "answers": False}, ["The screen :42 does not answer"]),
    ],
)
def test_what_is_missing_is_a_line_with_the_remedy(machine, facts, words):
    machine(**facts)
    said = screen.missing()
    assert all(word in said for word in words)
    assert screen.REMEDY in said
    assert len(said.splitlines()) == 1


def test_the_loaders_words_name_the_library(monkeypatch):
    def load(path):
        assert path.endswith("libqxcb.so")
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert screen._missing_library() == "libxcb-cursor.so.0 is missing"
    monkeypatch.setattr(ctypes, "CDLL", lambda path: object())
    assert screen._missing_library() is None


def test_without_pyside_that_is_what_is_missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert screen._missing_library() == "PySide6 is not installed"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11")
def test_a_display_that_nobody_serves_does_not_answer(monkeypatch):
    if ctypes.util.find_library("xcb") is None:
        pytest.skip("no libxcb on this machine")
    monkeypatch.setenv("DISPLAY", ":987")
    assert not screen._answers()


def test_without_libxcb_the_question_is_left_to_qt(monkeypatch):
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    assert screen._answers()
