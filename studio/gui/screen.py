"""Is there a screen? Asked before Qt is started, since Qt aborts the process when there is none."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import sys
from pathlib import Path

PACKAGES = "Qt's xcb libraries (Debian: libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libegl1)"
REMEDY = "The demo runs in the terminal instead; see latent-studio --help for everything else."


def missing() -> str | None:
    """Why no window can open, as one sentence with the remedy; None when it can.

    A ``QT_QPA_PLATFORM`` that somebody set is honoured; Windows and macOS always have a screen.
    """
    if os.environ.get("QT_QPA_PLATFORM") or not sys.platform.startswith("linux"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    if not os.environ.get("DISPLAY"):
        return (
            "There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set): log in with a desktop or use ssh -X. "
            + REMEDY
        )
    library = _missing_library()
    if library:
        return f"Qt cannot use the screen because {library}: install {PACKAGES}. {REMEDY}"
    if not _answers():
        screen = os.environ["DISPLAY"]
        return f"The screen {screen} does not answer: check DISPLAY and whether you may use that screen. {REMEDY}"
    return None


def _missing_library() -> str | None:
    """What the loader says of Qt's xcb plugin, which needs a dozen system libraries."""
    found = importlib.util.find_spec("PySide6")
    if found is None or not found.submodule_search_locations:
        return "PySide6 is not installed"
    plugin = Path(found.submodule_search_locations[0]) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error).partition(":")[0] + " is missing"
    return None


def _answers() -> bool:
    """Whether an X server accepts a connection."""
    name = ctypes.util.find_library("xcb")
    if name is None:
        return True
    xcb = ctypes.CDLL(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    broken = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not broken
