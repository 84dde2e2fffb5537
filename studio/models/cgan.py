"""Conditional GAN (lecture systems L8 and L33; Mirza and Osindero 2014): both nets see what the picture is to show, one
of several classes or any of several yes/no attributes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import adversarial
from studio.models.family import Condition, Family, Needs, Nets, Phase, Preset, Spec

if TYPE_CHECKING:
    import torch
    from torch import nn

SIZES = (16, 28, 32, 64, 128)


@dataclass(frozen=True)
class CganConfig(adversarial.AdversarialConfig):
    """Settings of the conditional GAN."""

    condition: str = option(
        "class",
        "Condition",
        group="Condition",
        choices={"class": "Class", "attributes": "Attributes"},
        help="What you can ask for. Class: one of several (folders, digits). Attributes: several yes/no facts at once "
        "(smile, glasses), from a labels.csv beside the pictures.",
    )
    entry: str = option(
        "embedding",
        "Enters G",
        group="Condition",
        choices={"embedding": "As an embedding", "one-hot": "As it is"},
        help="How the generator is told: as a learned vector beside the code, or as the plain zeros and ones beside "
        "it (the 2014 paper). The embedding is heard sooner, since it is as large as the code.",
    )
    embedding: int = option(
        32,
        "Embedding",
        group="Condition",
        low=1,
        high=1024,
        help="Length of that learned vector. Make it longer when there are many classes or attributes.",
    )
    discriminator: str = option(
        "projection",
        "D judges by",
        group="Condition",
        choices={"projection": "Projection", "concatenate": "Extra maps"},
        help="Projection: D compares its features with a vector for the condition (Miyato and Koyama 2018), obeyed "
        "soonest. Extra maps: the condition lies beside the picture as constant channels (the plain way).",
    )
    width: int = option(
        64,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels next to the picture; each halving of the size doubles them, up to 8 times. Half the width "
        "trains about three times as fast.",
    )
    norm: str = option(
        "batch",
        "Norm in D",
        group="Nets",
        choices={"batch": "Batch", "group": "Group", "spectral": "Spectral", "none": "None"},
        help="Batch: as in DCGAN. Group or none for the Wasserstein game and for R1, whose penalties look at single "
        "pictures. Spectral: keeps D from becoming steep (Miyato et al. 2018), usual with hinge.",
    )
    dropout: float = option(
        0.0,
        "Dropout in D",
        group="Nets",
        low=0.0,
        high=0.95,
        help="Share of D's features left out at random each step; holds a discriminator back that wins too early.",
    )

    @property
    def batch_normed(self) -> bool:
        """Whether D has a batch norm."""
        return self.norm == "batch"


def condition(config: CganConfig, spec: Spec) -> Condition:
    """The classes or the attributes of the pictures."""
    return Condition(config.condition, spec.classes if config.condition == "class" else spec.attributes)


def needs(config: CganConfig) -> Needs:
    """Classes or attributes, as the settings say."""
    return Needs(labels=config.condition == "class", attributes=config.condition == "attributes")


def build(config: CganConfig, spec: Spec) -> dict[str, nn.Module]:
    """Generator (N, latent), (N, K) -> (N, C, S, S) in [-1, 1]; discriminator (N, C, S, S), (N, K) -> (N, 1) logits."""
    from studio.models.conditional_nets import ConditionalDiscriminator, ConditionalGenerator

    base, channels = _plan(config, spec.size)
    conditions = len(condition(config, spec).names)
    embedding = config.embedding if config.entry == "embedding" else 0
    return {
        "generator": ConditionalGenerator(config.latent, conditions, embedding, base, channels[::-1], spec.channels),
        "discriminator": ConditionalDiscriminator(
            spec.channels,
            conditions,
            base,
            channels,
            projection=config.discriminator == "projection",
            norm=config.norm,
            dropout=config.dropout,
        ),
    }


def _plan(config: CganConfig, size: int) -> tuple[int, list[int]]:
    """Pixels of the smallest map (7 for 28 px, else 4), and channels at size/2, size/4, … down to it."""
    base = 7 if size % 7 == 0 else 4
    levels = (size // base).bit_length() - 1
    return base, [config.width * min(2**level, 8) for level in range(levels)]


def phases(config: CganConfig) -> tuple[Phase, ...]:
    """The game of :mod:`studio.models.adversarial`, both nets told the condition."""
    return adversarial.phases(config, condition)


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [-1, 1] for codes (N, latent) and conditions (N, K); ValueError without conditions."""
    if conditions is None:
        raise ValueError("A conditional GAN makes no picture without a condition, (N, K) float32.")
    return nets["generator"](codes, conditions)


def spec_problems(config: CganConfig, spec: Spec) -> list[str]:
    """Sizes that the nets do not exist for, and pictures that nothing can be asked of."""
    found = []
    if spec.size not in SIZES:
        found.append(f"The conditional GAN makes pictures of 16, 28, 32, 64 or 128 px, not {spec.size}. Choose 32.")
    if config.condition == "class" and len(spec.classes) < 2:
        found.append(
            "A conditional GAN needs pictures of at least two classes. Put them into one folder per class, or set the "
            "condition to attributes when a labels.csv lies beside them."
        )
    if config.condition == "attributes" and not spec.attributes:
        found.append(
            "These pictures have no yes/no attributes. Put a labels.csv with a column for each beside them, or set the "
            "condition to class."
        )
    return found


def fit_size(native: int) -> int:
    """The smallest size of :data:`SIZES` that loses nothing (64 at the most: more is a choice)."""
    return next((size for size in SIZES if size >= min(native, 64)), 64)


FAMILY = Family(
    id="cgan",
    title="Conditional GAN",
    summary="A GAN that draws what you ask for: a class, or any mixture of attributes such as smile and glasses.",
    lecture="L8",
    config=CganConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=adversarial.players,
    phases=phases,
    curves=adversarial.curves,
    shown=("generator",),
    needs=needs,
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
            "The 1,797 digits that come with the program at 16 px: ask for any of the ten after a minute or two.",
            # measured: 96 % of 1,000 pictures are read as asked, and within a class pixels vary nearly as much as in
            # real ones (0.27 to 0.29); with a batch norm in D instead of R1 each class became one picture
            model={"latent": 32, "width": 32, "norm": "none", "r1": 0.5},
            training={"batch": 64, "horizon": 2000, "schedule": "linear"},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "mnist",
            "MNIST",
            "The digits of MNIST at 28 px, each on demand; a quarter of an hour on one processor core.",
            # measured, 8,000 steps: 97.9 % of 2,000 pictures are read as asked by a classifier of 99.4 %, which is sure
            # (≥ 0.9) of 95.9 %; within a class pixels vary by 0.29 (real ones by 0.31)
            model={"latent": 64, "width": 32, "dropout": 0.3},
            training={"batch": 64, "horizon": 8000, "schedule": "linear"},
            data={"source": "mnist", "size": 28},
        ),
        Preset(
            "attributes",
            "Attributes of faces, 64 px",
            "A folder of faces with a labels.csv of yes/no columns (smile, glasses, …): switch each on or off.",
            model={"condition": "attributes", "norm": "none", "r1": 0.2, "augment": "colour, translation"},
            training={"batch": 64, "horizon": 20000},
            data={"source": "folder", "size": 64, "flip": True},
        ),
    ),
)
