"""The trained model that another one is built on: found, described, and its weights handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from studio.backend.backend import Backend
from studio.errors import Refused
from studio.models import library
from studio.models.family import Nets, Parent, Spec
from studio.models.library import Card
from studio.training import checkpoints
from studio.training.recipe import Recipe

to_json = library.parent_to_json


def describe(recipe: Recipe, runs: Path, machine: Mapping[str, Any]) -> Parent | None:
    """The parent of a recipe; a run that goes on (``machine``) keeps the one it began with, wherever that is now."""
    if "parent" in machine:
        return library.parent_from_json(machine["parent"])
    name = recipe.about.parent(recipe.model)
    if not name:
        return None
    card = library.read_card(library.find(name, runs))
    if card.record.features is None:
        raise Refused(f"{name} ({card.record.title}) has no features that another model could be built on.")
    return Parent(name, card.family, card.model, card.spec)


def inherit(recipe: Recipe, spec: Spec, nets: Nets, runs: Path, backend: Backend) -> None:
    """Give a new model what it takes over from its parent."""
    about = recipe.about
    if spec.parent is None or about.inherit is None:
        return
    folder = library.find(spec.parent.name, runs)
    about.inherit(recipe.model, nets, _trained(library.read_card(folder), folder, backend))


def _trained(card: Card, folder: Path, backend: Backend) -> Nets:
    """The nets that the parent's features need; a net that models do not carry is in its run's checkpoint."""
    wanted = card.record.feature_nets
    if set(wanted) <= set(card.record.shown):
        return library.load(folder, backend).nets
    run = folder.parent.parent
    saved = checkpoints.load_newest(run, lambda text: None) if folder.parent.name == "moments" else None
    if saved is None:
        raise Refused(
            f"{card.name} does not carry its {' and '.join(wanted)}, only the run it came from does. Name that run "
            "instead, while it still has a checkpoint."
        )
    built = backend.build_empty(lambda: card.record.build(card.settings, card.spec))
    nets: dict[str, nn.Module] = {name: built[name] for name in wanted}
    library.fill(nets, {key.removeprefix("net."): value for key, value in saved[0].items()}, str(run))
    return {name: backend.place(net).eval() for name, net in nets.items()}
