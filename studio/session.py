"""The one door that window and terminal use: hand in a frozen job, hear events, get exactly one final event.

A dispatcher without logic of its own. Importing it does not import torch; running a job does.
"""

from __future__ import annotations

import importlib
import threading
import traceback
from pathlib import Path
from typing import Any

from studio import resources
from studio.control import Control
from studio.errors import Cancelled, Refused, StudioError, sentence
from studio.events import Failed, Final, Sink, Stopped
from studio.latent.jobs import CodesRequest, JudgeJob, ReconstructJob, RenderRequest, SampleJob, TranslateJob
from studio.latent.map_jobs import EmbedJob, ManifoldJob, ProjectorJob, TraverseJob, TraverseSheetJob, TsneJob
from studio.latent.search_jobs import LatentFilmJob, SearchJob, SeedCodesJob, WalkRequest
from studio.training.jobs import FilmJob, LabelCurveJob, ReadDataJob, TrainJob

HANDLERS: dict[type, str] = {
    TrainJob: "studio.training.training:train",
    ReadDataJob: "studio.training.training:read_data",
    LabelCurveJob: "studio.training.label_curve:label_curve",
    FilmJob: "studio.training.film:film",
    RenderRequest: "studio.latent.render:render",
    CodesRequest: "studio.latent.decode:decode",
    SampleJob: "studio.latent.render:sample",
    ReconstructJob: "studio.latent.render:reconstruct",
    JudgeJob: "studio.latent.judge:judge",
    TranslateJob: "studio.latent.render:translate",
    EmbedJob: "studio.latent.embed:embed",
    TsneJob: "studio.latent.tsne:tsne",
    TraverseJob: "studio.latent.traverse:traverse",
    TraverseSheetJob: "studio.latent.traverse:sheet",
    ManifoldJob: "studio.latent.manifold:manifold",
    ProjectorJob: "studio.latent.projector:projector",
    SearchJob: "studio.latent.search:search",
    LatentFilmJob: "studio.latent.walk:latent_film",
    SeedCodesJob: "studio.latent.seed_walk:codes_of_seeds",
    WalkRequest: "studio.latent.seed_walk:walk_to",
}


class Session:
    """Everything the studio can do, for whoever asks. ``runs`` is where runs are kept."""

    def __init__(self, runs: Path | None = None) -> None:
        self.runs = runs or resources.default_runs()
        self._place: Any = None
        self._making = threading.Lock()

    @property
    def place(self) -> Any:
        """What the jobs share (made at the first job, since it needs torch)."""
        with self._making:
            if self._place is None:
                from studio.backend.workplace import Workplace

                self._place = Workplace()
            return self._place

    def run(self, job: Any, sink: Sink | None = None, control: Control | None = None) -> Final:
        """Carry out a job in the calling thread. The final event goes to the sink last and is returned."""
        sink = sink or _nobody
        final = self._final(job, sink, control or Control())
        sink(final)
        return final

    def do(self, job: Any, sink: Sink | None = None, control: Control | None = None) -> Any:
        """Like :meth:`run` for scripts: returns the result, raises :class:`StudioError` when it failed."""
        final = self.run(job, sink, control)
        if isinstance(final, Failed):
            raise StudioError(final.reason)
        return final.result

    def _final(self, job: Any, sink: Sink, control: Control) -> Final:
        try:
            if type(job) not in HANDLERS:
                raise Refused(f"The studio does not know the job {type(job).__name__}.")
            module, _, name = HANDLERS[type(job)].partition(":")
            handler = getattr(importlib.import_module(module), name)
            return handler(job, sink, control, self.place)
        except Cancelled as error:
            return Stopped(str(error))
        except Refused as error:
            return Failed(str(error), refused=True)
        except Exception as error:  # noqa: BLE001 - the one door: every failure becomes a sentence and a log entry
            details = "" if isinstance(error, StudioError) else traceback.format_exc()
            return Failed(sentence(error), details)


def _nobody(event: object) -> None:
    """The sink of callers who only want the result."""
