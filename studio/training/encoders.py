"""The trained models that another one can be built on, as a person names them. Torch-free."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.models import library
from studio.models.library import Card
from studio.training import runs
from studio.training.runs import Run, numbered


@dataclass(frozen=True)
class Encoder:
    """A model with features: ``name`` is what a setting holds, ``about`` what it is, in a few words."""

    name: str
    about: str


def listed(folder: Path) -> list[Encoder]:
    """The runs in ``folder``, newest first, then the library, as far as they can be built on.

    Runs of classifiers come after the others: they can be built on as well, but are seldom meant.
    """
    found = []
    for run in sorted(runs.list_runs(folder)[0], key=lambda run: run.recipe.about.classify is not None):
        if not why_not(run):
            with contextlib.suppress(StudioError):  # a damaged moment: the run list says what is wrong with it
                found.append(Encoder(name_of(run), f"{describe(newest(run))} · {run.state.step:,} steps"))
    for card, place in library.list_models():
        # a model carries only the nets it shows: the features of a GAN are in its runs alone
        if card.record.features is not None and set(card.record.feature_nets) <= set(card.record.shown):
            found.append(Encoder(place.name, describe(card)))
    return found


def why_not(run: Run) -> str:
    """Why a run cannot be built on, as a sentence; "" when it can."""
    about = run.recipe.about
    if about.features is None:
        return f"{about.title} has no features to build on. Choose a run of a model that encodes, or of a plain GAN."
    if not run.moments():
        return f"{run.name} has no stored moment yet. Train it a little first."
    if not set(about.feature_nets) <= set(about.shown) and not numbered(run.folder / "checkpoints"):
        return f"{run.name} has no checkpoint any more, and only that holds its {' and '.join(about.feature_nets)}."
    return ""


def name_of(run: Run) -> str:
    """What finds this run: its name, or its folder where something else of that name is found first."""
    found = library.find(run.name, run.folder.parent)
    return run.name if found.is_relative_to(run.folder) else str(run.folder)


def newest(run: Run) -> Card:
    """The card of a run's newest moment; :class:`StudioError` when there is none."""
    return library.read_card(library.find(str(run.folder)))


def describe(card: Card) -> str:
    """Family and pictures of a model: "Variational autoencoder · 28 px grey"."""
    return f"{card.record.title} · {card.size} px {'grey' if card.channels == 1 else 'colour'}"
