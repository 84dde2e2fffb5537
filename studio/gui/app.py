"""The composition root: the application object, the theme, the window."""

from __future__ import annotations

import contextlib
import faulthandler
import locale
import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio import __version__, resources
from studio.gui import settings, theme
from studio.gui.main_window import MainWindow
from studio.session import Session

SWITCH_INTERVAL = 0.0005
"""seconds after which a thread of Python must let the window in (5 ms by default: seven times the lateness)"""


def main() -> int:
    """Open the window and stay until it is closed."""
    faulthandler.enable()
    sys.setswitchinterval(SWITCH_INTERVAL)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    window = build(app, Session())
    window.show()
    # after the first paint: importing torch takes seconds
    QTimer.singleShot(0, window.warm_up)
    return app.exec()


def build(app: QApplication, session: Session) -> MainWindow:
    """The window for a session, dressed and wired, not shown yet."""
    app.setApplicationName("Latent Studio")
    app.setApplicationVersion(__version__)
    # Qt sets the user's locale; numbers in files keep their decimal point
    locale.setlocale(locale.LC_NUMERIC, "C")
    theme.apply(app, bool(settings.read().get("dark", True)))
    window = MainWindow(session)
    _Excepthook(window).install()
    return window


class _Excepthook:
    """An exception that nobody caught: into the log file and, as a sentence, onto the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def install(self) -> None:
        sys.excepthook = self

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        logging.getLogger("studio").error(details)
        path = resources.user_folder() / "errors.log"
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(details + "\n")
        if threading.current_thread() is threading.main_thread():
            self._window.toasts.show_message(f"Something went wrong ({kind.__name__}). Details are in {path}.", "error")
