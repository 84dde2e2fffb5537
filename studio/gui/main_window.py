"""The window: tabs on the left edge, the status bar, and how it closes. It only composes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QProgressBar,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import __version__
from studio.backend import memory
from studio.gui import settings, theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.train.controller import IDLE
from studio.gui.train.panel import TrainPanel
from studio.gui.widgets.help_window import HelpWindow
from studio.gui.widgets.toast import Toasts
from studio.gui.workers import Workers
from studio.session import Session

if TYPE_CHECKING:
    from studio.gui.latent.panel import LatentPanel

METER_INTERVAL = 1000
HELP = ("train", "latent")
"""the pages of help, in the order of the tabs"""
TOASTS_ABOVE = 76
"""px: messages never cover the buttons at the bottom"""
ABOUT = (
    f"<b>Latent Studio {__version__}</b><p>Train generative image models, watch them learn, and play with what they "
    "learned.</p><p>Pictures never leave this machine.</p>"
    "<p>The digits come from the UCI set of handwritten digits (CC BY 4.0). MIT licence.</p>"
)


class MainWindow(QMainWindow):
    """Composes the tabs; ``workers`` owns every thread."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWindowTitle("Latent Studio")
        self.setMinimumSize(1080, 680)
        self.workers = Workers(session, self)
        self._closing = False
        self._metered = "cpu"
        self._pages = QStackedWidget()
        self._tabs = QButtonGroup(self)
        self._rail = QVBoxLayout()
        self.train = TrainPanel(self.workers)
        self._latent: LatentPanel | None = None
        self._latent_page = QWidget()
        self._lay_out()
        self.toasts = Toasts(self._pages, bottom=TOASTS_ABOVE)
        self._build_status_bar()
        self._connect()
        self._restore()

    @property
    def latent(self) -> LatentPanel:
        """The Latent tab, made when it is first wanted, so that the window is on screen sooner."""
        if self._latent is None:
            from studio.gui.latent.panel import LatentPanel
            from studio.gui.latent.workbench import Workbench

            self._latent = LatentPanel(self.workers, Workbench(self))
            column = QVBoxLayout(self._latent_page)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(self._latent)
            self._connect_latent(self._latent)
        return self._latent

    def add_tab(self, page: QWidget, title: str, icon: str, tip: str) -> None:
        """A page of its own with a button on the left edge."""
        button = QToolButton()
        button.setText(title)
        button.setIcon(theme.icon(icon))
        button.setIconSize(QSize(22, 22))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setFixedSize(64, 56)
        button.setToolTip(tip)
        index = self._pages.addWidget(page)
        button.setShortcut(QKeySequence(f"Ctrl+{index + 1}"))
        self._tabs.addButton(button, index)
        self._rail.insertWidget(index, button)
        if index == 0:
            button.setChecked(True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A training is stopped and saved first; the window closes itself when that is done."""
        if self.workers.busy() and not self._closing:
            self._closing = True
            self.toasts.show_message("Saving the run, then closing …", "info")
            self.workers.idle.connect(self._close_now)
            self.workers.stop_jobs()
            event.ignore()
            return
        self._meter.stop()
        self.workers.shut_down()
        settings.write(geometry=bytes(self.saveGeometry().toBase64().data()).decode())
        event.accept()

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._rail.setContentsMargins(SMALL_SPACE, SPACE, SMALL_SPACE, SPACE)
        self._rail.setSpacing(SMALL_SPACE)
        self._rail.addStretch(1)
        self.theme_button = self._small_button("theme-light-dark", "Dark or light theme (Ctrl+T).")
        self.help_button = self._small_button("help-circle-outline", "Help about this tab (F1).")
        self.help_button.setShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents))
        self.about_button = self._small_button("information-outline", "About Latent Studio.")
        self._rail.addWidget(self.theme_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._rail.addWidget(self.help_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._rail.addWidget(self.about_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.theme_button.setShortcut("Ctrl+T")
        self.add_tab(self.train, "Train", "school-outline", "Train a model and watch it learn (Ctrl+1).")
        self.add_tab(self._latent_page, "Latent", "map-outline", "Walk through what a model has learned (Ctrl+2).")
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(self._rail)
        row.addWidget(self._pages, 1)
        self.setCentralWidget(centre)
        leave = QAction("Quit", self)
        leave.setShortcut(QKeySequence.StandardKey.Quit)
        leave.triggered.connect(self.close)
        self.addAction(leave)

    def _small_button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon(icon, "muted"))
        button.setIconSize(QSize(20, 20))
        button.setToolTip(tip)
        button.setAccessibleName(tip.rstrip("."))
        return button

    def _build_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(SPACE, 0, SPACE, 0)
        self._device = QLabel("Loading torch …")
        self._activity = QLabel()
        self._memory_text = QLabel()
        self._memory = QProgressBar()
        self._memory.setTextVisible(False)
        self._memory.setFixedSize(96, 6)
        self._memory.setToolTip("Memory of this machine in use, by all programs together.")
        self._memory_text.setToolTip("Memory that the studio uses, of all there is.")
        for label in (self._device, self._activity, self._memory_text):
            theme.set_role(label, "small")
            label.setFont(theme.tabular(label.font()))
        bar.addWidget(self._device)
        bar.addPermanentWidget(self._activity)
        bar.addPermanentWidget(self._memory)
        bar.addPermanentWidget(self._memory_text)
        self._meter = QTimer(self)
        self._meter.setInterval(METER_INTERVAL)
        self._meter.timeout.connect(self._read_memory)
        self._meter.start()
        self._read_memory()

    def _connect(self) -> None:
        self._tabs.idClicked.connect(self._open_page)
        self.theme_button.clicked.connect(self._switch_theme)
        self.about_button.clicked.connect(self._about)
        self.help_button.clicked.connect(self.show_help)
        self.train.message.connect(self._show_message)
        self.train.activity.connect(self._show_activity)

    def _connect_latent(self, tab: LatentPanel) -> None:
        tab.message.connect(self._show_message)
        tab.activity.connect(self._show_activity)
        training = self.train.controller
        training.moment_stored.connect(tab.training_has_moment)
        training.previewed.connect(tab.training_showed)
        training.ended.connect(tab.training_ended)
        if training.about is not None and training.state != IDLE:
            tab.models.set_live(training.about.run)

    def _restore(self) -> None:
        remembered = settings.read().get("geometry")
        if not (isinstance(remembered, str) and self.restoreGeometry(QByteArray.fromBase64(remembered.encode()))):
            self.resize(1280, 720)

    # -- reacting ---------------------------------------------------------------------------------------------------

    @Slot(int)
    def _open_page(self, index: int) -> None:
        if self._pages.widget(index) is self._latent_page:
            self.latent.show()
        self._pages.setCurrentIndex(index)

    @Slot()
    def warm_up(self) -> None:
        """Load torch in the background, now that the window is on screen."""
        warmer = self.workers.warm_up()
        warmer.ready.connect(self._warm)
        warmer.failed.connect(self._cold)
        warmer.start()

    @Slot(str, str)
    def _warm(self, about: str, device: str) -> None:
        self._device.setText(about)
        self._metered = device

    @Slot(str)
    def _cold(self, reason: str) -> None:
        self._device.setText("No torch")
        self.toasts.show_message(reason, "error")

    @Slot(str, str)
    def _show_message(self, text: str, level: str) -> None:
        self.toasts.show_message(text, level)

    @Slot(str)
    def _show_activity(self, text: str) -> None:
        self._activity.setText(text)

    @Slot()
    def _read_memory(self) -> None:
        now = memory.read(self._metered)
        self._memory.setRange(0, 1000)
        self._memory.setValue(round(1000 * now.host_used / now.host_total))
        self._memory_text.setText(now.text())

    @Slot()
    def _switch_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, not theme.is_dark())
            settings.write(dark=theme.is_dark())

    @Slot()
    def show_help(self) -> HelpWindow:
        """The page about the tab that is open."""
        window = HelpWindow(HELP[self._pages.currentIndex()], self)
        window.show()
        return window

    @Slot()
    def _about(self) -> None:
        QMessageBox.about(self, "About Latent Studio", ABOUT)

    @Slot()
    def _close_now(self) -> None:
        self.close()
