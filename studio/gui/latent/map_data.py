"""The data that is laid over the map: reads and encodes it, lets t-SNE arrange it, exports it. No widget of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.data.config import DataConfig
from studio.events import Failed, Message, Placed, Progress, Stopped
from studio.gui.latent.data_bar import DataBar
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.embedding import Embedding, pca_points
from studio.latent.map_jobs import EmbedJob, ProjectorJob, TsneJob


class MapData(QObject):
    """``embedded``: other data lies over the map; ``arranged``: t-SNE has moved it; ``message`` (text, level)."""

    embedded = Signal()
    arranged = Signal()
    message = Signal(str, str)

    def __init__(self, bench: Workbench, bar: DataBar, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._bar = bench, bar
        self.embedder, self.neighbours, self.exporter = (OneJob(workers, self) for _ in range(3))
        self.embedding: Embedding | None = None
        self.points: np.ndarray | None = None
        """where t-SNE has put the pictures (N, 2); None before it was asked for"""
        self.known: DataConfig | None = None
        """what the model that is opened next learned from, if that is known"""
        self._about = self._asked_about = ""
        self._samples_instead = False
        self._connect()

    def _connect(self) -> None:
        self._bar.read_clicked.connect(self.embed)
        self._bar.stop_clicked.connect(self._stop)
        self._bar.export_clicked.connect(self._ask_export)
        self.embedder.said.connect(self._hear)
        self.embedder.ended.connect(self._embedded)
        self.neighbours.said.connect(self._hear_tsne)
        self.neighbours.ended.connect(self._tsne_ended)
        self.exporter.said.connect(self._hear)
        self.exporter.ended.connect(self._exported)
        for job in (self.embedder, self.neighbours, self.exporter):
            job.busy_changed.connect(self._on_busy)

    # -- what the map asks ------------------------------------------------------------------------------------------

    def follow_model(self) -> None:
        """Another model: its own data is proposed, and what lies over the map goes."""
        self.embedder.drop()
        self.neighbours.drop()
        self.embedding = self.points = None
        config, self.known = self.known, None
        space, card = self._bench.space, self._bench.card
        if space is not None and card is not None:
            self._bar.set_model(space.encodes, config, card.data)
        self._bar.show_note("")

    def embed_default(self) -> None:
        """Read what is chosen, samples for a model without an encoder; nothing while that is under way.

        A shipped model's data may not be on this machine: samples then have to do.
        """
        space = self._bench.space
        if space is not None and not self.embedder.awaited:
            self.embed(self._bar.config() if space.encodes else None)
            self._samples_instead = space.encodes and space.samples

    def arrange(self) -> None:
        """Let t-SNE arrange the pictures; until it has begun, their two principal components stand for it."""
        if self.embedding is not None and self.points is None and not self.neighbours.awaited:
            self.points = pca_points(self.embedding.features)
            self.neighbours.start(TsneJob(self.embedding.features))

    def code(self, index: int) -> Code:
        """The code of a picture, asked for as the class it was drawn for."""
        found, space = self.embedding, self._bench.space
        assert found is not None
        assert space is not None
        kind = "" if found.labels is None else found.classes[int(found.labels[index])]
        wanted = kind if kind in space.wanted else (space.wanted[0] if space.wanted else "")
        name = f"{kind} · {index + 1}".lstrip(" ·")
        return Code(found.codes[index], space.model, found.stamp, wanted, name, f"{self._about} picture {index + 1}")

    def name_of_group(self, indices: np.ndarray) -> str:
        """What a group of pictures is, in a few words: its commonest class where there are classes."""
        found = self.embedding
        if found is None or found.labels is None:
            return f"{len(indices):,} pictures"
        counts = np.bincount(found.labels[indices], minlength=len(found.classes))
        most = int(counts.argmax())
        return ("mostly " if counts[most] < len(indices) else "") + found.classes[most]

    # -- jobs -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def embed(self, config: DataConfig | None) -> None:
        """Read and encode data (None: sample the model, each class in turn) and lay it over the map."""
        if self._bench.space is None:
            self.message.emit("Choose a model first.", "warning")
            return
        self._samples_instead = False
        self._asked_about = config.source if config is not None else "samples"
        self.embedder.start(EmbedJob(self._bench.model, config))

    def export(self, folder: Path) -> None:
        """Write codes, classes and thumbnails for TensorBoard's projector into ``folder``."""
        if self._bench.space is not None:
            self.exporter.start(ProjectorJob(self._bench.model, folder, self._bar.config()))

    @Slot()
    def _ask_export(self) -> None:
        if self._bench.space is None:
            self.message.emit("Choose a model first.", "warning")
            return
        folder = dialogs.ask_folder(self._bar, "A folder for TensorBoard's projector")
        if folder is not None:
            self.export(folder / f"{self._bench.space.model}-projector")

    @Slot()
    def _stop(self) -> None:
        for job in (self.embedder, self.neighbours, self.exporter):
            job.stop()

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        del busy
        self._bar.set_busy(any(job.busy for job in (self.embedder, self.neighbours, self.exporter)))

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if isinstance(event, Progress):
            self._bar.show_progress(event)
        elif isinstance(event, Message):
            self.message.emit(event.text, event.level)

    @Slot(object)
    def _embedded(self, final: Any) -> None:
        if isinstance(final, Failed):
            self._bar.show_note("")
            if self._samples_instead:
                self.message.emit(f"{final.reason} Samples of the model are shown instead.", "info")
                self.embed(None)
            else:
                self.message.emit(final.reason, "error")
            return
        if isinstance(final, Stopped) or final.result is None:
            self._bar.show_note("stopped")
            return
        self.neighbours.drop()  # it lays out what was read before
        found: Embedding = final.result
        self.embedding, self.points = found, None
        self._about = "samples" if found.sampled else self._asked_about
        at = f", step {found.step:,}" if found.step and not found.stamp else ""
        self._bar.show_note(f"{len(found.codes):,} {'samples' if found.sampled else 'pictures'}{at}")
        self.embedded.emit()

    @Slot(object)
    def _hear_tsne(self, event: Any) -> None:
        if isinstance(event, Placed):
            self.points = event.points
            self._bar.show_note(f"t-SNE {event.step:,} of {event.total:,} · KL {event.divergence:.3f}")
            self.arranged.emit()
        else:
            self._hear(event)

    @Slot(object)
    def _tsne_ended(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.message.emit(final.reason, "error")
        elif final.result is not None:
            self.points = final.result
            stopped = ", stopped" if isinstance(final, Stopped) else ""
            self._bar.show_note(f"t-SNE of {len(final.result):,} pictures{stopped}")
            self.arranged.emit()

    @Slot(object)
    def _exported(self, final: Any) -> None:
        self._bar.show_note("")
        failed = isinstance(final, Failed)
        self.message.emit(final.reason if failed else final.text, "error" if failed else "info")
