"""BigGAN (lecture system L17; Brock, Donahue and Simonyan 2019), small enough for one machine: class-conditional batch
norm fed by class and code, residual blocks, self-attention, spectral norm in both nets, hinge loss, truncation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from studio.config import option
from studio.models import adversarial
from studio.models.family import Batch, Condition, Family, Needs, Nets, Phase, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

SIZES = (16, 32, 64, 128)


@dataclass(frozen=True)
class BigganConfig(adversarial.AdversarialConfig):
    """Settings of the BigGAN; the game's defaults are the paper's."""

    latent: int = option(
        80,
        "Latent size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the code z. It is split: one part makes the smallest map, each block is steered by another; "
        "20 numbers a part are usual (80 at 32 px, 120 at 128).",
    )
    loss: str = option(
        "hinge",
        "Game",
        group="Game",
        choices=adversarial.LOSSES,
        help="The paper's is hinge, which stops pushing pictures that are judged clearly; the others are for "
        "comparison.",
    )
    d_rate: float = option(
        4e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Larger than G's, so that D keeps up with one move for each of G's (Zhang et al. 2019).",
    )
    g_rate: float = option(
        1e-4,
        "G learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="The generator's. Narrow nets take twice as much; lower it when good pictures fall apart again.",
    )
    momentum: float = option(
        0.0,
        "Adam's beta 1",
        group="Learning",
        low=0.0,
        high=0.999,
        help="Momentum of Adam; none, as in the paper: spectrally normalised nets swing less without it.",
    )
    width: int = option(
        32,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=128,
        help="Channels next to the picture; each halving of the size doubles them, up to 16 times (the paper: 96). "
        "Half the width trains about three times as fast.",
    )
    embedding: int = option(
        64,
        "Class embedding",
        group="Nets",
        low=1,
        high=1024,
        help="Length of the vector that stands for a class and is shared by all layers of G (the paper: 128).",
    )
    attention: int = option(
        0,
        "Self-attention",
        group="Nets",
        unit="px",
        choices={0: "None", 8: "At 8 px", 16: "At 16 px", 32: "At 32 px", 64: "At 64 px"},
        help="The size of the maps at which far parts of a picture look at each other. It helps where shapes must "
        "agree, in pictures of 64 px or more; its cost grows with the fourth power of this size.",
    )
    orthogonal: float = option(
        0.0,
        "Orthogonality of G",
        group="Nets",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Weight of the penalty that keeps G's filters different from each other (the paper: 1e-4). With it more "
        "models stay good when codes are truncated.",
    )


def condition(config: BigganConfig, spec: Spec) -> Condition:
    """The classes of the pictures."""
    return Condition("class", spec.classes)


def build(config: BigganConfig, spec: Spec) -> dict[str, nn.Module]:
    """Generator (N, latent), (N, K) -> (N, C, S, S) in [-1, 1]; discriminator (N, C, S, S), (N, K) -> (N, 1) logits."""
    from studio.models import biggan_nets as nets

    classes = len(spec.classes)
    return {
        "generator": nets.BigGenerator(
            config.latent,
            classes,
            config.embedding,
            nets.generator_channels(spec.size, config.width),
            spec.channels,
            config.attention,
        ),
        "discriminator": nets.BigDiscriminator(
            spec.channels, classes, nets.discriminator_channels(spec.size, config.width), config.attention
        ),
    }


def phases(config: BigganConfig) -> tuple[Phase, ...]:
    """The game of :mod:`studio.models.adversarial`; G's filters are kept orthogonal if the settings say so."""
    d_moves, g_moves = adversarial.phases(config, condition)
    if config.orthogonal:
        g_moves = dataclasses.replace(g_moves, loss=partial(_orthogonal_loss, game=g_moves.loss))
    return d_moves, g_moves


def _orthogonal_loss(step: Step, batch: Batch, game: Callable[[Step, Batch], Terms]) -> Terms:
    """The game's terms, the penalty added to G's loss."""
    from studio.models.biggan_nets import orthogonality

    terms = game(step, batch)
    penalty = orthogonality(cast("nn.Module", step.nets["generator"]))
    return terms | {"G loss": terms["G loss"] + step.config.orthogonal * penalty}


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [-1, 1] for codes (N, latent) and conditions (N, K); ValueError without conditions."""
    if conditions is None:
        raise ValueError("BigGAN makes no picture without a class, (N, K) float32.")
    return nets["generator"](codes, conditions)


def spec_problems(config: BigganConfig, spec: Spec) -> list[str]:
    """Pictures without classes, and sizes, codes and attention that do not go together."""
    found = []
    if spec.size not in SIZES:
        found.append(f"BigGAN needs a size that is a power of two from 16 to 128, not {spec.size}. Choose 32 or 64.")
    if len(spec.classes) < 2:
        found.append(
            "BigGAN needs pictures of at least two classes. Put them into one folder per class, or choose DCGAN for "
            "pictures without classes."
        )
    parts = spec.size.bit_length() - 2  # the smallest map has 4 px; it and each doubling take one
    if spec.size in SIZES and config.latent < parts:
        found.append(
            f"BigGAN splits the code into {parts} parts at {spec.size} px. Set the latent size to at least that."
        )
    if spec.size in SIZES and config.attention > spec.size // 2:
        found.append(
            f"Self-attention at {config.attention} px is too large for pictures of {spec.size} px. Choose "
            f"{spec.size // 2} px, or none."
        )
    return found


def fit_size(native: int) -> int:
    """The smallest size of :data:`SIZES` that loses nothing (64 at the most: more is a choice)."""
    return next((size for size in SIZES if size >= min(native, 64)), 64)


FAMILY = Family(
    id="biggan",
    title="BigGAN",
    summary="The class-conditional GAN of residual blocks and attention; small enough here to train by yourself.",
    lecture="L17",
    config=BigganConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=adversarial.players,
    phases=phases,
    curves=adversarial.curves,
    shown=("generator",),
    needs=lambda config: Needs(labels=True),
    simultaneous=lambda config: config.simultaneous,
    spec_problems=spec_problems,
    fit_size=fit_size,
    prior=adversarial.prior,
    generate=generate,
    condition=condition,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 16 px, narrow nets: each on demand after a few minutes.",
            model={"latent": 48, "width": 16, "embedding": 32, "d_rate": 4e-4, "g_rate": 2e-4},
            training={"batch": 32, "horizon": 4000, "schedule": "linear"},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "mnist",
            "MNIST",
            "The digits of MNIST at 32 px, narrow nets: under an hour on one processor core, minutes on a GPU.",
            model={"width": 16, "embedding": 32, "g_rate": 2e-4},
            training={"batch": 64, "horizon": 4000, "schedule": "linear"},
            data={"source": "mnist", "size": 32},
        ),
        Preset(
            "cifar10",
            "CIFAR-10, 32 px",
            "Ten classes of small photographs; a GPU needs some hours for animals and cars that can be told apart.",
            model={"width": 64, "attention": 16, "embedding": 128, "g_rate": 2e-4, "d_steps": 2},
            training={"batch": 64, "horizon": 100000},
            data={"source": "cifar10", "size": 32, "flip": True},
        ),
        Preset(
            "photos-64",
            "Photographs, 64 px",
            "A folder of pictures with a subfolder for each class, 64 px; for a GPU and thousands of pictures a class.",
            model={"latent": 100, "width": 48, "attention": 32, "embedding": 128, "orthogonal": 1e-4},
            training={"batch": 64, "horizon": 100000},
            data={"source": "folder", "size": 64, "flip": True},
        ),
        Preset(
            "photos-128",
            "Photographs, 128 px",
            "The paper's shape for a folder with a subfolder for each class, 128 px, narrower nets; for a large GPU.",
            model={"latent": 120, "width": 48, "attention": 64, "embedding": 128, "orthogonal": 1e-4, "d_steps": 2},
            training={"batch": 64, "horizon": 200000},
            data={"source": "folder", "size": 128, "flip": True},
        ),
    ),
)
