"""What the tests of codes share: small models, untrained, and a session that knows all their jobs."""

from __future__ import annotations

from studio import models, session
from studio.backend.backend import Backend
from studio.config import to_json
from studio.latent.search_jobs import LatentFilmJob, SearchJob, SeedCodesJob, WalkRequest
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from tests.fakes import small

CPU = Backend("cpu", "float32")
HANDLERS = {
    SearchJob: "studio.latent.search:search",
    LatentFilmJob: "studio.latent.walk:latent_film",
    SeedCodesJob: "studio.latent.seed_walk:codes_of_seeds",
    WalkRequest: "studio.latent.seed_walk:walk_to",
}


def know_all_jobs(monkeypatch):
    """The jobs of this room, as the session knows them."""
    for job, handler in HANDLERS.items():
        monkeypatch.setitem(session.HANDLERS, job, handler)


def without_gpu(monkeypatch):
    """Pictures are compared to the last level, so all are made on the same device."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", _never)
    monkeypatch.setattr(torch.backends.mps, "is_available", _never)


def _never():
    return False


_never.__wrapped__ = _never  # torch's compiler looks for it when it is loaded


def untrained(folder, family, *settings, size=16, channels=1, classes=()):
    """A model folder with small nets as they are before the first step; returns its name."""
    config, about = small(family, *settings).model, models.family(family)
    nets = CPU.build(lambda: about.build(config, Spec(size, channels, classes)), 3)
    shown = {name: nets[name].eval() for name in about.shown}
    card = Card(family, family, to_json(config), size, channels, classes)
    library.save(folder, card, shown)
    return str(folder)
