"""Vanilla GAN: fully connected generator and discriminator (lecture system L6; Goodfellow et al. 2014)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import adversarial
from studio.models.family import Family, Preset, Spec

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class GanConfig(adversarial.AdversarialConfig):
    """Settings of the vanilla GAN."""

    hidden: int = option(
        256, "Hidden units", group="Nets", low=4, high=8192, help="Units of the first hidden layer; later ones double."
    )
    layers: int = option(2, "Hidden layers", group="Nets", low=1, high=6, help="Hidden layers of each net.")
    slope: float = option(
        0.2, "Leaky slope", group="Nets", low=0.0, high=1.0, help="What LeakyReLU lets through below zero."
    )
    dropout: float = option(
        0.3, "Dropout in D", group="Nets", low=0.0, high=0.95, help="Share of D's units left out at random each step."
    )
    two_classes: bool = option(
        False,
        "Two-class output",
        group="Nets",
        help="D ends in two scores, real and made, under cross entropy (lecture 003), instead of one logit.",
    )
    spectral: bool = option(
        False,
        "Spectral norm in D",
        group="Nets",
        help="Divides each of D's weights by its largest singular value, so that D cannot become steep (Miyato et al. "
        "2018). Cheap and calming, usual with the hinge game.",
    )


def build(config: GanConfig, spec: Spec) -> dict[str, nn.Module]:
    """Generator (N, latent) -> (N, C, S, S) in [-1, 1]; discriminator (N, C, S, S) -> (N, 1) logits."""
    from torch import nn

    from studio.models.blocks import LogitDifference, spectral

    pixels = spec.channels * spec.size**2
    widths = [config.hidden * 2**i for i in range(config.layers)]

    def hidden(inputs: list[int], outputs: list[int], dropout: float) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for i, o in zip(inputs, outputs, strict=True):
            layers += [nn.Linear(i, o), nn.LeakyReLU(config.slope)]
            layers += [nn.Dropout(dropout)] if dropout else []
        return layers

    generator = nn.Sequential(
        *hidden([config.latent, *widths[:-1]], widths, 0.0),
        nn.Linear(widths[-1], pixels),
        nn.Tanh(),
        nn.Unflatten(1, (spec.channels, spec.size, spec.size)),
    )
    down = widths[::-1]
    head = [nn.Linear(down[-1], 2), LogitDifference()] if config.two_classes else [nn.Linear(down[-1], 1)]
    discriminator = nn.Sequential(nn.Flatten(), *hidden([pixels, *down[:-1]], down, config.dropout), *head)
    return {"generator": generator, "discriminator": spectral(discriminator) if config.spectral else discriminator}


def spec_problems(config: GanConfig, spec: Spec) -> list[str]:
    """Fully connected nets grow with the square of the size."""
    weights = spec.channels * spec.size**2 * config.hidden * 2 ** (config.layers - 1)
    if weights > 2**28:
        size = int(math.sqrt(2**28 / (weights / spec.size**2)))
        return [
            f"Pictures of {spec.size} px are too large for fully connected nets. Choose {size} px or less, or DCGAN."
        ]
    return []


FAMILY = Family(
    id="gan",
    title="GAN",
    summary="Two fully connected nets play the minimax game. Small and fast: good for seeing how a GAN behaves.",
    lecture="L6",
    config=GanConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=adversarial.players,
    phases=adversarial.phases,
    curves=adversarial.curves,
    shown=("generator",),
    simultaneous=lambda config: config.simultaneous,
    spec_problems=spec_problems,
    fit_size=lambda native: min(32, max(16, native)),
    prior=adversarial.prior,
    generate=adversarial.generate,
    features=adversarial.features,
    feature_nets=("discriminator",),
    # measured: on nets this small the casts cost more than bf16 saves
    preferred_precision="float32",
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program, 16 px: first shapes within a minute.",
            model={"latent": 32},
            training={"batch": 64, "horizon": 20000},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "lecture",
            "Lecture 003",
            "The lecture's first GAN: 100–128–1024 against 1024–128–2, Adagrad 0.1, 16 real and 16 made a batch.",
            model={
                "hidden": 128,
                "layers": 1,
                "slope": 0.01,
                "dropout": 0.0,
                "two_classes": True,
                "optimiser": "adagrad",
                "d_rate": 0.1,
                "g_rate": 0.1,
            },
            training={"batch": 16, "horizon": 75000, "ema_half_life": 0.0},
            data={"source": "mnist", "size": 32},
            default=False,
        ),
    ),
)
