"""Small stand-ins: recipes that train in milliseconds, a family that is nothing but arithmetic, a sink that listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio import events
from studio.config import option
from studio.events import Curve
from studio.models.family import Family, Optimiser, Phase, Player, Preset, Prior
from studio.training import recipe as recipes
from studio.training.recipe import Recipe

SMALL = {
    "gan": ("size=8", "latent=4", "hidden=8", "layers=1", "dropout=0.1"),
    "dcgan": ("size=16", "latent=4", "width=4", "dropout=0.1"),
    "vae": ("size=8", "latent=2", "width=4"),
    "autoencoder": ("size=8", "latent=4", "hidden=16-8"),
    "denoising": ("size=8", "latent=4", "hidden=16-8"),
    "pixelcnn": ("size=8", "levels=2", "width=4", "layers=2", "first_kernel=3"),
    "pixelrnn": ("size=8", "levels=2", "width=4", "layers=1", "first_kernel=3"),
    "wavenet": ("size=8", "levels=2", "width=4", "skip=4", "layers=3", "blocks=1"),
    "made": ("size=8", "hidden=16", "layers=2", "orders=2"),
    "realnvp": ("size=8", "width=4", "couplings=2"),
    "rbm": ("size=8", "hidden=8", "chains=4", "burn_in=4"),
    "gsn": ("size=8", "hidden=8", "walk=2", "steps=4"),
    "pix2pix": ("size=8", "width=4", "d_width=4", "degradation=holes"),
    "cyclegan": ("size=8", "width=4", "d_width=4", "blocks=1", "pool=4", "batch=4", "limit=160"),
    "unit": ("size=8", "width=4", "d_width=4", "blocks=1", "batch=4", "limit=160"),
    "aae": ("size=8", "hidden=8", "d_hidden=8"),
    "classifier": ("size=8", "width=4"),
    "codes": ("size=8", "width=4", "latent=4", "pictures=48"),
    "cgan": ("size=16", "latent=4", "width=4", "embedding=3"),
    "facegan": ("size=8", "latent=4", "width=4", "widest=8", "e_width=4", "d_width=4"),
    "biggan": ("size=16", "latent=8", "width=4", "embedding=4", "attention=8"),
}


def small(family: str, *settings: str) -> Recipe:
    """A recipe of ``family`` on 48 digits that takes milliseconds a step, on one thread in float32."""
    recipe = recipes.for_data(family, "digits")
    base = ("batch=8", "limit=48", "threads=1", "precision=float32", "device=cpu")
    return recipe.with_settings((*base, *SMALL.get(family, ("size=8",)), *settings))


class Listener:
    """A sink that keeps everything; ``control`` is stopped after ``stop_at`` steps."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def __call__(self, event: Any) -> None:
        self.heard.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    def finals(self) -> list[Any]:
        return [event for event in self.heard if isinstance(event, events.Final)]


@dataclass(frozen=True)
class FakeConfig:
    """One number to learn."""

    rate: float = option(0.1, "Rate", help="Learning rate.", low=0.0)
    explode_at: int = option(0, "Explode at", help="The step whose loss is NaN; 0: never.", low=0)
    order: str = option("turn", "Order", help="Order of moves.", choices={"turn": "In turn", "together": "Together"})


calls: list[str] = []


def _build(config, spec):
    from torch import nn

    return {"left": nn.Linear(1, 1, bias=False), "right": nn.Linear(1, 1, bias=False)}


def _loss(name, other):
    def loss(step, batch):
        import torch

        calls.append(name)
        own = step.nets[name](torch.ones(1, 1)).square().sum()
        exploded = step.config.explode_at and len(calls) >= 2 * step.config.explode_at
        return {f"{name} loss": own * float("nan") if exploded else own}

    return loss


FAKE = Family(
    id="fake",
    title="Fake",
    summary="For tests.",
    lecture="",
    config=FakeConfig,
    value_range=(0.0, 1.0),
    build=_build,
    players=lambda c: tuple(Player(n, (n,), Optimiser("sgd", c.rate, 0.0)) for n in ("left", "right")),
    phases=lambda c: (
        Phase("left", "left", "left loss", _loss("left", "right"), repeats=2),
        Phase("right", "right", "right loss", _loss("right", "left")),
    ),
    curves=lambda c: (Curve("left loss", "left"), Curve("right loss", "right")),
    presets=(Preset("digits", "Digits", "For tests.", data={"source": "digits", "size": 8}),),
    shown=("left",),
    simultaneous=lambda c: c.order == "together",
    prior=lambda c, spec: Prior(2),
    generate=lambda nets, codes, conditions: codes.new_zeros((len(codes), 1, 8, 8)),
    preferred_precision="float32",
)
