"""DCGAN (lecture system L7; Radford, Metz and Chintala 2016): strided and fractionally strided convolutions, batch norm
in both nets, ReLU in G with tanh at the end, LeakyReLU in D, no pooling, no hidden dense layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import adversarial
from studio.models.family import Family, Preset, Spec

if TYPE_CHECKING:
    from torch import nn

SIZES = (16, 32, 64, 128, 256)
NORMS = {"batch": "Batch", "group": "Group", "spectral": "Spectral", "none": "None"}


@dataclass(frozen=True)
class DcganConfig(adversarial.AdversarialConfig):
    """Settings of the DCGAN."""

    architecture: str = option(
        "dcgan",
        "Nets",
        group="Nets",
        choices={"dcgan": "DCGAN", "lecture": "Lecture 000", "lecture 004": "Lecture 004"},
        help="The paper's nets for any power of two from 16 to 256 pixels, or exactly those of a lecture for 28 "
        "pixels: the small ones of 000, or the ones of 004, whose generator doubles the size by repeating pixels.",
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
    dropout: float = option(
        0.0,
        "Dropout in D",
        group="Nets",
        low=0.0,
        high=0.95,
        help="Share of D's features left out at random each step; holds a discriminator back that wins too early.",
    )
    norm: str = option(
        "batch",
        "Norm in D",
        group="Nets",
        choices=NORMS,
        help="Batch: the paper's. Group or none for the Wasserstein game and for R1, whose penalties look at single "
        "pictures. Spectral: keeps D from becoming steep, usual with hinge. The lectures' nets have none.",
    )

    @property
    def batch_normed(self) -> bool:
        """The paper's D has a batch norm unless another one is chosen; the lectures' have none."""
        return self.architecture == "dcgan" and self.norm == "batch"


def build(config: DcganConfig, spec: Spec) -> dict[str, nn.Module]:
    """Generator (N, latent) -> (N, C, S, S) in [-1, 1]; discriminator (N, C, S, S) -> (N, 1) logits."""
    from studio.models.blocks import initialise_normal, spectral

    if config.architecture == "lecture":
        return _lecture(config, spec)
    if config.architecture == "lecture 004":
        return _lecture_004(config, spec)
    nets = {"generator": _generator(config, spec), "discriminator": _discriminator(config, spec)}
    nets = {name: initialise_normal(net) for name, net in nets.items()}
    if config.norm == "spectral":
        spectral(nets["discriminator"])
    return nets


def _channels(config: DcganConfig, size: int) -> list[int]:
    """Channels at size/2, size/4, …, 4 pixels: width, 2·width, … up to 8·width."""
    levels = size.bit_length() - 3
    return [config.width * min(2**level, 8) for level in range(levels)]


def _generator(config: DcganConfig, spec: Spec) -> nn.Module:
    from torch import nn

    channels = _channels(config, spec.size)[::-1]
    layers: list[nn.Module] = [
        nn.Unflatten(1, (config.latent, 1, 1)),
        nn.ConvTranspose2d(config.latent, channels[0], 4, 1, 0, bias=False),
    ]
    for i, o in zip(channels, [*channels[1:], spec.channels], strict=True):
        layers += [nn.BatchNorm2d(i), nn.ReLU(inplace=True), nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)]
    return nn.Sequential(*layers, nn.Tanh())


def _discriminator(config: DcganConfig, spec: Spec) -> nn.Module:
    from torch import nn

    from studio.models.blocks import group_norm

    norms: dict[str, Callable[[int], list[nn.Module]]] = {
        "batch": lambda channels: [nn.BatchNorm2d(channels)],
        "group": lambda channels: [group_norm(channels)],
    }
    norm = norms.get(config.norm, lambda channels: [])
    bias = config.norm not in norms  # a norm with a shift of its own makes the bias of a convolution useless
    channels = _channels(config, spec.size)
    layers: list[nn.Module] = [nn.Conv2d(spec.channels, channels[0], 4, 2, 1, bias=bias), nn.LeakyReLU(0.2, True)]
    for i, o in itertools.pairwise(channels):
        layers += [nn.Dropout2d(config.dropout)] if config.dropout else []
        layers += [nn.Conv2d(i, o, 4, 2, 1, bias=bias), *norm(o), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 0, bias=bias), nn.Flatten())


def _lecture(config: DcganConfig, spec: Spec) -> dict[str, nn.Module]:
    """The nets of lecture 000 (oracle O6), "same" padding as in Keras; batch norm with Keras' momentum and ε."""
    from torch import nn

    from studio.models.blocks import SameConv2d, SameConvTranspose2d, initialise_glorot

    def norm(channels: int) -> list[nn.Module]:
        return [nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01), nn.ReLU(inplace=True)]

    generator = nn.Sequential(
        nn.Linear(config.latent, 7 * 7 * 64, bias=False),
        nn.BatchNorm1d(7 * 7 * 64, eps=1e-3, momentum=0.01),
        nn.ReLU(inplace=True),
        nn.Unflatten(1, (64, 7, 7)),
        SameConvTranspose2d(64, 64, 5, 1, bias=False),
        *norm(64),
        SameConvTranspose2d(64, 32, 5, 2, bias=False),
        *norm(32),
        SameConvTranspose2d(32, spec.channels, 5, 2, bias=False),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        SameConv2d(spec.channels, 64, 5, 2),
        nn.LeakyReLU(0.3, True),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Linear(14 * 14 * 64, 1),
    )
    return {"generator": initialise_glorot(generator), "discriminator": initialise_glorot(discriminator)}


def _lecture_004(config: DcganConfig, spec: Spec) -> dict[str, nn.Module]:
    """The nets of lecture 004 (oracle O4): 2,394,241 parameters in G, of which 25,536 are running statistics.

    The lecture's pictures lie in [0, 1]: G ends in a sigmoid and D reads ink as it is. The family's range is [-1, 1],
    so 2σ − 1 leaves G and (x + 1) / 2 enters D. These are fixed and cancel between the two nets, which are the
    lecture's own, the zeros around D's pictures included.
    """
    from torch import nn

    from studio.models.blocks import Affine, SameConv2d, SameConvTranspose2d, initialise_glorot

    norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.1)  # Keras' momentum 0.9 keeps what torch's 0.1 replaces

    def down(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
        return [SameConv2d(inputs, outputs, 5, stride), nn.LeakyReLU(0.2), nn.Dropout(0.4)]

    generator = nn.Sequential(
        nn.Linear(config.latent, 7 * 7 * 256),
        nn.BatchNorm1d(7 * 7 * 256, eps=1e-3, momentum=0.1),
        nn.ReLU(inplace=True),
        nn.Dropout(0.4),
        nn.Unflatten(1, (256, 7, 7)),
        nn.Upsample(scale_factor=2),
        SameConvTranspose2d(256, 128, 5),
        norm(128),
        nn.ReLU(inplace=True),
        nn.Upsample(scale_factor=2),
        SameConvTranspose2d(128, 64, 5),
        norm(64),
        nn.ReLU(inplace=True),
        SameConvTranspose2d(64, 32, 5),
        norm(32),
        nn.ReLU(inplace=True),
        SameConvTranspose2d(32, spec.channels, 5),
        nn.Sigmoid(),
        Affine(2.0, -1.0),
    )
    discriminator = nn.Sequential(
        Affine(0.5, 0.5),
        *down(spec.channels, 64, 2),
        *down(64, 128, 2),
        *down(128, 256, 2),
        *down(256, 512, 1),
        nn.Flatten(),
        nn.Linear(4 * 4 * 512, 1),
    )
    return {"generator": initialise_glorot(generator), "discriminator": initialise_glorot(discriminator)}


def spec_problems(config: DcganConfig, spec: Spec) -> list[str]:
    """The nets exist for certain sizes only."""
    if config.architecture != "dcgan" and spec.size != 28:
        lecture = "004" if config.architecture == "lecture 004" else "000"
        return [f"The nets of lecture {lecture} make pictures of 28 px, not {spec.size}. Set the size to 28."]
    if config.architecture == "dcgan" and spec.size not in SIZES:
        return [f"DCGAN needs a size that is a power of two from 16 to 256, not {spec.size}. Choose 32 or 64."]
    return []


def fit_size(native: int) -> int:
    """The smallest size of :data:`SIZES` that loses nothing (64 at the most: more is a choice)."""
    return next((size for size in SIZES if size >= min(native, 64)), 64)


FAMILY = Family(
    id="dcgan",
    title="DCGAN",
    summary="The convolutional GAN of the lectures: digits in minutes, photographs of 64 px in hours on a CPU.",
    lecture="L7",
    config=DcganConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=adversarial.players,
    phases=adversarial.phases,
    curves=adversarial.curves,
    shown=("generator",),
    simultaneous=lambda config: config.simultaneous,
    spec_problems=spec_problems,
    fit_size=fit_size,
    prior=adversarial.prior,
    generate=adversarial.generate,
    features=adversarial.features,
    feature_nets=("discriminator",),
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 32 px, small nets: digits to read in a few minutes.",
            # measured: 65 % of the pictures are read at ≥ 0.9 by a classifier (59 % with equal rates and no decay)
            model={"latent": 64, "width": 32, "dropout": 0.4, "d_rate": 1e-4, "g_rate": 4e-4},
            training={"batch": 64, "horizon": 6000, "schedule": "linear"},
            data={"source": "digits", "size": 32},
        ),
        Preset(
            "mnist",
            "MNIST, 32 px",
            "The 60,000 handwritten digits of MNIST with nets of three quarters of the paper's width.",
            # without R1 the discriminator wins within 3,000 steps and the samples stay as they are (66 % readable)
            model={"latent": 32, "width": 48, "r1": 0.2, "penalty_every": 16},
            training={"batch": 64, "horizon": 12000, "schedule": "linear"},
            data={"source": "mnist", "size": 32},
        ),
        Preset(
            "photos",
            "Photographs, 64 px",
            "The paper's nets for a folder of pictures (cats and dogs, faces, landscapes), 64 px.",
            training={"batch": 64, "horizon": 20000},
            data={"source": "folder", "size": 64, "flip": True},
        ),
        Preset(
            "lecture",
            "Lecture 000",
            "The lecture's nets for 28 px, both gradients taken before either update, 50 epochs of MNIST.",
            model={
                "architecture": "lecture",
                "simultaneous": True,
                "d_rate": 1e-4,
                "g_rate": 1e-4,
                "momentum": 0.9,
            },
            training={"batch": 256, "horizon": 11700},
            data={"source": "mnist", "size": 28},
            default=False,
        ),
        Preset(
            "lecture004",
            "Lecture 004",
            "The lecture's GAN for 28 px: MNIST, codes even between −1 and 1, RMSprop with decay, D's made pictures "
            "from a generator in inference mode, real and made in one batch.",
            # the lecture's loss is the mean over both halves, half of ours: RMSprop's step does not see the factor
            model={
                "architecture": "lecture 004",
                "prior": "uniform",
                "fakes_in_eval": True,
                "one_batch": True,
                "optimiser": "rmsprop",
                "d_rate": 2e-4,
                "d_decay": 6e-8,
                "g_rate": 1e-4,
                "g_decay": 3e-8,
                "rho": 0.9,
                "epsilon": 1e-7,
            },
            training={"batch": 256, "horizon": 10000, "ema_half_life": 0.0},
            data={"source": "mnist", "size": 28},
            default=False,
        ),
    ),
)
