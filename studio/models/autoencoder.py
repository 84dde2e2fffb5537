"""Deep autoencoder (lecture system L1; Hinton and Salakhutdinov 2006): encode to a small code, decode, squared error.

Shown and measured beside PCA with a code of the same size, which is the best that linear nets can do. It has no prior:
there is no saying which codes are pictures, so it draws only what it was shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.adversarial_config import OPTIMISERS
from studio.models.family import Baseline, Batch, Family, Nets, Optimiser, Phase, Player, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

ACTIVATIONS = {"elu": "ELU", "relu": "ReLU", "leaky": "Leaky ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}
WIDEST, DEEPEST = 4096, 8


@dataclass(frozen=True)
class AutoencoderConfig:
    """Settings of the autoencoder."""

    latent: int = option(
        30,
        "Latent size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the code. The smaller it is, the more it pays to have deep nets instead of PCA; 2 can be drawn "
        "as a map.",
    )
    architecture: str = option(
        "dense",
        "Nets",
        group="Nets",
        choices={"dense": "Fully connected", "convolutional": "Convolutional"},
        help="The lecture's fully connected nets for pictures up to about 32 px, convolutions for larger ones.",
    )
    hidden: str = option(
        "2000-1000-500",
        "Hidden layers",
        group="Nets",
        help="Units of the encoder's hidden layers, from the picture to the code; the decoder has them in reverse. "
        "Used by fully connected nets. Empty: none, and the nets find what PCA finds.",
    )
    activation: str = option(
        "elu",
        "Activation",
        group="Nets",
        choices=ACTIVATIONS,
        help="What bends each hidden layer of the fully connected nets. ELU and leaky ReLU train surely; the sigmoid "
        "is the one of 2006, which needed pretraining.",
    )
    width: int = option(
        32,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the convolutional nets next to the picture; they double at each halving, up to 8 times.",
    )
    optimiser: str = option(
        "adam", "Optimiser", group="Learning", choices=OPTIMISERS, help="How gradients become updates. Adam is usual."
    )
    rate: float = option(
        3e-4,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of an update. Lower it when all pictures become the same grey face, raise it when the loss creeps.",
    )
    weight_decay: float = option(
        0.0,
        "Weight decay",
        group="Learning",
        low=0.0,
        high=10.0,
        scientific=True,
        help="Pulls weights to zero, separately from the loss. 0.3 to 1 for a few hundred pictures, where the training "
        "error falls and the held-out one does not; 0 for tens of thousands.",
    )

    def problems(self) -> list[str]:
        """Hidden layers that are no list of widths."""
        if not re.fullmatch(r"([0-9]+(-[0-9]+)*)?", self.hidden.strip()):
            return [f"Hidden layers: {self.hidden!r} is not of the form 2000-1000-500."]
        widths = layer_widths(self.hidden)
        if any(not 1 <= width <= WIDEST for width in widths):
            return [f"Hidden layers have 1 to {WIDEST:,} units each, not {self.hidden}."]
        if len(widths) > DEEPEST:
            return [f"There are at most {DEEPEST} hidden layers, not {len(widths)}."]
        return []


def layer_widths(hidden: str) -> list[int]:
    """[2000, 1000, 500] for "2000-1000-500", [] for ""."""
    return [int(part) for part in hidden.split("-")] if hidden.strip() else []


def build(config: AutoencoderConfig, spec: Spec) -> dict[str, nn.Module]:
    """Encoder (N, C, S, S) in [0, 1] -> (N, latent); decoder (N, latent) -> (N, C, S, S), not clamped."""
    from studio.models import autoencoder_nets as nets

    if config.architecture == "convolutional":
        return {
            "encoder": nets.convolutional_encoder(spec.size, spec.channels, config.width, config.latent),
            "decoder": nets.convolutional_decoder(spec.size, spec.channels, config.width, config.latent),
        }
    shape = (spec.channels, spec.size, spec.size)
    widths = [*layer_widths(config.hidden), config.latent]
    return {
        "encoder": nets.dense_encoder(shape, widths, config.activation),
        "decoder": nets.dense_decoder(shape, widths, config.activation),
    }


def players(config: AutoencoderConfig) -> tuple[Player, ...]:
    """Encoder and decoder learn together."""
    optimiser = Optimiser(config.optimiser, config.rate, weight_decay=config.weight_decay)
    return (Player("autoencoder", ("encoder", "decoder"), optimiser),)


def phases(config: AutoencoderConfig) -> tuple[Phase, ...]:
    """One phase: the squared error."""
    return (Phase("autoencoder", "autoencoder", "loss", loss, label="Step"),)


def curves(config: AutoencoderConfig) -> tuple[Curve, ...]:
    """The squared error."""
    return (Curve("loss", "autoencoder", "loss", "Mean squared error per pixel, for pictures between 0 and 1."),)


def loss(step: Step, batch: Batch) -> Terms:
    """The mean squared error per pixel."""
    again = step.nets["decoder"](step.nets["encoder"](batch.pictures))
    return {"loss": squared_error(again, batch.pictures)}


def squared_error(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The mean over all elements, 0-d float32."""
    return (made.float() - wanted.float()).square().mean()


def psnr(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Peak signal-to-noise ratio in dB, the mean over the pictures' own (N, C, H, W) in [0, 1]; 100 at the most."""
    error = (made.float() - wanted.float()).square().flatten(1).mean(1)
    return (-10 * error.clamp_min(1e-10).log10()).mean()


def validate(step: Step, batch: Batch) -> Terms:
    """Squared error and PSNR on held-out pictures, of the nets and of PCA; nothing is clamped for either."""
    again = step.nets["decoder"](step.nets["encoder"](batch.pictures))
    figures = {"val loss": squared_error(again, batch.pictures), "val PSNR": psnr(again, batch.pictures)}
    for name, method in step.baselines.items():
        plain = method(batch.pictures)
        figures |= {f"{name} loss": squared_error(plain, batch.pictures), f"{name} PSNR": psnr(plain, batch.pictures)}
    return figures


def baselines(config: AutoencoderConfig, pictures: torch.Tensor) -> dict[str, Baseline]:
    """PCA with a code of the same size, fitted to the training pictures (N, C, H, W)."""
    from studio.models import pca

    return {f"PCA-{config.latent}": pca.fit(pictures, config.latent)}


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1] for codes (N, latent)."""
    return nets["decoder"](codes).float().clamp(0, 1)


def encode(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """The codes (N, latent) of pictures in [0, 1]; also what a classifier is put on."""
    return nets["encoder"](pictures).float()


def halvings(size: int) -> list[int]:
    """The sizes after each halving, down to an odd size or 4: 28 -> [14, 7], 64 -> [32, 16, 8, 4]."""
    sizes = []
    while size > 4 and size % 2 == 0:
        size //= 2
        sizes.append(size)
    return sizes


def convolution_problems(title: str, size: int) -> list[str]:
    """Why convolutional nets cannot work at ``size`` pixels, as sentences."""
    if size % 2 or size < 8 or size > 256:
        return [f"{title} needs an even size from 8 to 256 px, not {size}. Choose 28, 32 or 64."]
    if halvings(size)[-1] > 15:
        return [f"A size of {size} px can be halved only to {halvings(size)[-1]}. Choose 28, 32, 48 or 64."]
    return []


def spec_problems(config: AutoencoderConfig, spec: Spec) -> list[str]:
    """Convolutional nets halve the size; fully connected ones take any, but grow with it."""
    if config.architecture == "convolutional":
        return convolution_problems("The convolutional autoencoder", spec.size)
    if spec.size > 128:
        return [f"Fully connected nets take at most 128 px, not {spec.size}. Set the nets to convolutional."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, at most 64."""
    return min(64, native)


FAMILY = Family(
    id="autoencoder",
    title="Autoencoder",
    summary="Packs each picture into a small code and draws it again, more truly than PCA does with as many numbers.",
    lecture="L1",
    config=AutoencoderConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("encoder", "decoder"),
    spec_problems=spec_problems,
    fit_size=fit_size,
    generate=generate,
    latent=lambda config, spec: config.latent,
    encode=encode,
    features=encode,
    feature_nets=("encoder",),
    baselines=baselines,
    validate=validate,
    figure_plot=lambda name: "" if name.endswith("PSNR") else "loss",
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program as they are, 8 px, a code of 8 beside PCA-8.",
            model={"latent": 8, "hidden": "256-128", "rate": 1e-3},
            training={"batch": 64, "horizon": 4000, "schedule": "cosine"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "lecture",
            "Lecture 002 (625-2000-1000-500-30)",
            "The lecture's nets for a folder of faces, grey and 25 px, beside PCA-30. For many patches set the weight "
            "decay to 0.",
            # measured on held-out people among 783 faces: 23.69 dB, PCA-30 23.56 dB (weight decay 0.1: 23.41 dB)
            model={"rate": 5e-4, "weight_decay": 1.0},
            training={"batch": 64, "horizon": 2500, "schedule": "cosine"},
            data={"source": "folder", "size": 25, "colour": "grey", "flip": True},
            default=False,
        ),
        Preset(
            "faces",
            "Photographs, 64 px",
            "A folder of faces or other pictures in colour, 64 px, convolutional nets, a code of 30 beside PCA-30.",
            # measured on held-out people among 783 faces: after 1,200 to 2,000 steps
            # 21.60 dB grey (PCA-30 21.56) and 20.73 dB colour (PCA-30 20.59)
            model={"architecture": "convolutional", "width": 16, "rate": 2e-3},
            training={"batch": 32, "horizon": 4000, "schedule": "cosine"},
            data={"source": "folder", "size": 64, "colour": "colour", "flip": True},
        ),
    ),
)
