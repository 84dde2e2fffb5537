"""Models on disk: a folder with ``card.json`` and ``model.safetensors``, wherever it lies. Torch-free but for loading.

A shipped model, one of the user's own and a stored moment of a run are the same kind of folder, with this one reader.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import atomic, config, models, resources
from studio.errors import Refused, StudioError
from studio.models.family import Family, Parent, Spec

if TYPE_CHECKING:
    import torch
    from torch import nn

    from studio.backend.backend import Backend

CARD, WEIGHTS = "card.json", "model.safetensors"


@dataclass(frozen=True)
class Card:
    """What is known about a model; ``figures`` were measured, ``command`` trained it, ``credits`` must travel along."""

    name: str
    family: str
    model: Mapping[str, Any]
    size: int
    channels: int
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    parent: Mapping[str, Any] | None = None
    step: int = 0
    title: str = ""
    about: str = ""
    data: str = ""
    command: str = ""
    licence: str = ""
    credits: str = ""
    sha256: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> Family:
        """The family's record."""
        return models.family(self.family)

    @property
    def settings(self) -> Any:
        """The model's config."""
        return config.from_json(self.record.config, self.model)

    @property
    def spec(self) -> Spec:
        """The pictures it makes or reads."""
        return Spec(self.size, self.channels, self.classes, self.attributes, parent_from_json(self.parent))


@dataclass(frozen=True, eq=False)
class Model:
    """Nets in eval mode with their card; ``stamp`` names these very weights."""

    card: Card
    nets: Mapping[str, nn.Module]
    config: Any
    stamp: str

    @property
    def record(self) -> Family:
        """The family's record."""
        return self.card.record


def read_card(folder: Path) -> Card:
    """The card of a model folder; :class:`StudioError` when it is missing or damaged."""
    path = folder / CARD
    if not path.is_file():
        raise Refused(f"{folder} is not a model: it has no {CARD}.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise TypeError("it must hold names and values")
        values |= {key: tuple(values.get(key, ())) for key in ("classes", "attributes")}
        card = Card(**values)
        _check(card)
        return card
    except (ValueError, TypeError, KeyError, StudioError) as error:
        raise StudioError(f"The card {path} is damaged ({error}). Restore the model from a copy.") from error


def parent_to_json(parent: Parent | None) -> dict[str, Any] | None:
    """A parent as plain values, with its own parent inside."""
    if parent is None:
        return None
    spec = parent.spec
    about = {"size": spec.size, "channels": spec.channels, "classes": spec.classes, "attributes": spec.attributes}
    return {"name": parent.name, "family": parent.family, "model": dict(parent.model), **about} | {
        "parent": parent_to_json(spec.parent)
    }


def parent_from_json(values: Mapping[str, Any] | None) -> Parent | None:
    """The other way round."""
    if not values:
        return None
    spec = Spec(
        values["size"],
        values["channels"],
        tuple(values["classes"]),
        tuple(values["attributes"]),
        parent_from_json(values["parent"]),
    )
    return Parent(values["name"], values["family"], values["model"], spec)


def list_models() -> list[tuple[Card, Path]]:
    """Shipped models, then the user's own; damaged ones are left out (``find`` says why)."""
    found = []
    for place in (resources.shipped_weights(), resources.user_models()):
        for folder in sorted(place.glob("[!.]*")) if place.is_dir() else []:
            with contextlib.suppress(StudioError):
                found.append((read_card(folder), folder))
    return found


def find(name: str, runs: Path | None = None) -> Path:
    """The model folder that a person means: a name in the library, a folder, a run, or ``run@step``.

    Raises :class:`Refused` naming where it was looked for.
    """
    base, step = (name, "") if "@" not in name or Path(name).is_dir() else name.rsplit("@", 1)
    places = [Path(base), resources.shipped_weights() / base, resources.user_models() / base]
    places += [runs / base] if runs else []
    for place in places:
        if (place / CARD).is_file():
            return place
        if (place / "moments").is_dir() or (place / "history.csv").is_file():
            return _moment(place, step)
    known = ", ".join(card.name for card, _ in list_models()) or "none yet"
    raise Refused(f"There is no model or run named {name!r}. Models: {known}. Runs are listed by: latent-studio runs")


def save(folder: Path, card: Card, nets: Mapping[str, nn.Module], half: bool = True) -> Card:
    """Write a model folder in one move, float16 by default; returns the card with the checksum."""
    with atomic.new_folder(folder) as fresh:
        return write(fresh, card, nets, half)


def write(folder: Path, card: Card, nets: Mapping[str, nn.Module], half: bool = True) -> Card:
    """Write card and weights into an existing folder (see :func:`save`)."""
    import dataclasses

    import torch
    from safetensors.torch import save_file

    tensors = {}
    for net, module in nets.items():
        for key, value in module.state_dict().items():
            value = value.detach().cpu().contiguous()
            halved = value.to(torch.float16) if half and value.dtype == torch.float32 else value
            # float16 ends at 65,504: what does not fit stays as it is
            tensors[f"{net}.{key}"] = halved if torch.isfinite(halved).all() else value
    save_file(tensors, folder / WEIGHTS)
    card = dataclasses.replace(card, sha256=_checksum(folder / WEIGHTS))
    atomic.write_json(folder / CARD, config.to_json(card))
    return card


def load(folder: Path, backend: Backend) -> Model:
    """Open a model folder on a device; every damage is one sentence."""
    card = read_card(folder)
    path = folder / WEIGHTS
    checksum = _checksum(path)
    if card.sha256 and checksum != card.sha256:
        raise StudioError(
            f"The weights {path} are damaged (their checksum is not the card's). Restore them from a copy."
        )
    settings = card.settings
    nets = backend.build_empty(lambda: card.record.build(settings, card.spec))
    shown = {name: nets[name] for name in card.record.shown}
    fill(shown, _tensors(path), str(path))
    placed = {name: backend.place(net).eval().requires_grad_(False) for name, net in shown.items()}
    return Model(card, placed, settings, checksum)


def fill(nets: Mapping[str, nn.Module], tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Give nets from the meta device their weights; names, shapes and finite values are checked."""
    import torch

    for name, net in nets.items():
        own = {}
        for key, expected in net.state_dict().items():
            value = tensors.get(f"{name}.{key}")
            if value is None or value.shape != expected.shape:
                raise StudioError(f"{source} was made for another network ({name}.{key} does not fit).")
            if value.is_floating_point() and not torch.isfinite(value).all():
                raise StudioError(
                    f"{source} holds numbers that are not finite ({name}.{key}): the training had failed."
                )
            own[key] = value.to(expected.dtype)
        net.load_state_dict(own, assign=True)


def _check(card: Card) -> None:
    """Raise what is wrong with a card that was read."""
    if type(card.size) is not int or card.size < 1 or card.channels not in (1, 3):
        raise ValueError(f"pictures of {card.size!r} px with {card.channels!r} channels")
    config.require(config.problems(card.settings))


def _moment(run: Path, step: str) -> Path:
    steps = sorted(int(p.name) for p in (run / "moments").glob("[0-9]*") if p.name.isdigit())
    if not steps:
        raise Refused(f"The run {run.name} has no stored moment yet. Train it a little first.")
    wanted = steps[-1] if not step else int(step) if step.isdigit() else -1
    if wanted not in steps:
        raise Refused(f"The run {run.name} has no moment {step!r}. It has: {', '.join(map(str, steps))}.")
    return run / "moments" / f"{wanted:09d}"


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise StudioError(f"The weights {path} cannot be read ({error}). Restore them from a copy.") from error


def _checksum(path: Path) -> str:
    if not path.is_file():
        raise StudioError(f"The weights {path} are missing. Restore them from a copy.")
    return hashlib.sha256(path.read_bytes()).hexdigest()
