"""Variational autoencoder (lecture system L4; Kingma and Welling 2014): z = μ + σ∘ε between encoder and decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.adversarial import OPTIMISERS
from studio.models.family import Batch, Family, Optimiser, Phase, Player, Preset, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn


@dataclass(frozen=True)
class VaeConfig:
    """Settings of the VAE."""

    latent: int = option(
        16,
        "Latent size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the code. 2 can be drawn as a map; more keeps more of each picture.",
    )
    kl_weight: float = option(
        1e-3,
        "KL weight λ",
        group="Code",
        low=0.0,
        high=1000.0,
        scientific=True,
        help="Loss = error per pixel + λ · KL per code element. Higher: smoother latent space, blurrier pictures.",
    )
    likelihood: str = option(
        "bernoulli",
        "Pixel error",
        group="Code",
        choices={"bernoulli": "Cross entropy", "gaussian": "Squared error"},
        help="Cross entropy for ink on paper (digits), squared error for photographs.",
    )
    architecture: str = option(
        "convolutional",
        "Nets",
        group="Nets",
        choices={"convolutional": "Convolutional", "lecture": "Lecture 004"},
        help="Convolutions halving the size down to 4–7 px for any size, or exactly the lecture's nets.",
    )
    width: int = option(
        32,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels next to the picture; they double at each halving, up to 8 times.",
    )
    optimiser: str = option(
        "adam", "Optimiser", group="Learning", choices=OPTIMISERS, help="How gradients become updates. Adam is usual."
    )
    rate: float = option(
        1e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of an update. Lower it when the loss jumps, raise it when it creeps.",
    )


def build(config: VaeConfig, spec: Spec) -> dict[str, nn.Module]:
    """Encoder (N, C, S, S) in [0, 1] -> (N, 2·latent): μ then log σ²; decoder (N, latent) -> (N, C, S, S) logits."""
    return _lecture(config, spec) if config.architecture == "lecture" else _convolutional(config, spec)


def _lecture(config: VaeConfig, spec: Spec) -> dict[str, nn.Module]:
    """The nets of lecture 004 (oracle O3), without its third convolution, whose output nothing reads."""
    from torch import nn

    from studio.models.blocks import SameConv2d, SameConvTranspose2d

    inner = spec.size // 2
    encoder = nn.Sequential(
        SameConv2d(spec.channels, 32, 3),
        nn.ReLU(),
        SameConv2d(32, 64, 3, 2),
        nn.ReLU(),
        SameConv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(inner * inner * 64, 32),
        nn.ReLU(),
        nn.Linear(32, 2 * config.latent),
    )
    decoder = nn.Sequential(
        nn.Linear(config.latent, 32),
        nn.ReLU(),
        nn.Linear(32, inner * inner * 64),
        nn.ReLU(),
        nn.Unflatten(1, (64, inner, inner)),
        SameConvTranspose2d(64, 32, 3, 2),
        nn.ReLU(),
        SameConv2d(32, spec.channels, 3),
    )
    return {"encoder": encoder, "decoder": decoder}


def _convolutional(config: VaeConfig, spec: Spec) -> dict[str, nn.Module]:
    from torch import nn

    sizes = _halvings(spec.size)
    channels = [config.width * min(2**level, 8) for level in range(len(sizes))]
    inner = sizes[-1]

    down: list[nn.Module] = []
    for i, o in zip([spec.channels, *channels[:-1]], channels, strict=True):
        down += [nn.Conv2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.1, True)]
    encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(channels[-1] * inner**2, 2 * config.latent))

    up: list[nn.Module] = [
        nn.Linear(config.latent, channels[-1] * inner**2),
        nn.Unflatten(1, (channels[-1], inner, inner)),
    ]
    for i, o in zip(channels[::-1], [*channels[-2::-1], channels[0]], strict=True):
        up += [nn.BatchNorm2d(i), nn.LeakyReLU(0.1, True), nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)]
    decoder = nn.Sequential(
        *up, nn.BatchNorm2d(channels[0]), nn.LeakyReLU(0.1, True), nn.Conv2d(channels[0], spec.channels, 3, 1, 1)
    )
    return {"encoder": encoder, "decoder": decoder}


def _halvings(size: int) -> list[int]:
    """The sizes after each halving, down to an odd size or 4: 28 -> [14, 7], 64 -> [32, 16, 8, 4]."""
    sizes = []
    while size > 4 and size % 2 == 0:
        size //= 2
        sizes.append(size)
    return sizes


def players(config: VaeConfig) -> tuple[Player, ...]:
    """Encoder and decoder learn together."""
    return (Player("autoencoder", ("encoder", "decoder"), Optimiser(config.optimiser, config.rate)),)


def phases(config: VaeConfig) -> tuple[Phase, ...]:
    """One phase: error plus weighted KL."""
    return (Phase("autoencoder", "autoencoder", "loss", loss, label="Step"),)


def loss(step: Step, batch: Batch) -> Terms:
    """The negative evidence lower bound, per pixel and per code element, as the lecture weighs them."""
    from studio.models import losses

    mean, log_variance = step.nets["encoder"](batch.pictures).float().chunk(2, dim=1)
    # the reparameterisation trick: the gradient goes through μ and σ, not through ε
    codes = mean + (0.5 * log_variance).exp() * step.draw.normal(tuple(mean.shape))
    error = {"bernoulli": losses.bernoulli, "gaussian": losses.gaussian}[step.config.likelihood]
    reconstruction = error(step.nets["decoder"](codes), batch.pictures)
    kl = step.config.kl_weight * losses.kl_to_standard_normal(mean, log_variance)
    return {"loss": reconstruction + kl, "reconstruction": reconstruction.detach(), "λ·KL": kl.detach()}


def validate(step: Step, batch: Batch) -> Terms:
    """The same loss on held-out pictures, ε drawn as in training (the lecture's val_loss)."""
    return {f"val {name}": value for name, value in loss(step, batch).items()}


def prior(config: VaeConfig) -> Prior:
    """Codes of new pictures come from N(0, 1)."""
    return Prior(config.latent)


def generate(nets: Mapping[str, nn.Module], codes: torch.Tensor) -> torch.Tensor:
    """Pictures in [0, 1] for codes (N, latent)."""
    return nets["decoder"](codes).float().sigmoid()


def encode(nets: Mapping[str, nn.Module], pictures: torch.Tensor) -> torch.Tensor:
    """The mean codes μ (N, latent) of pictures in [0, 1]."""
    return nets["encoder"](pictures).float().chunk(2, dim=1)[0]


def spec_problems(config: VaeConfig, spec: Spec) -> list[str]:
    """The nets halve the size at least once."""
    if spec.size % 2 or spec.size < 8 or spec.size > 256:
        return [f"The VAE needs an even size from 8 to 256 px, not {spec.size}. Choose 28, 32 or 64."]
    if config.architecture == "convolutional" and _halvings(spec.size)[-1] > 15:
        return [f"A size of {spec.size} px can be halved only to {_halvings(spec.size)[-1]}. Choose 28, 32, 48 or 64."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, made even, from 16 to 64."""
    return min(64, max(16, native + native % 2))


FAMILY = Family(
    id="vae",
    title="VAE",
    summary="Packs each picture into a small code and draws it again; codes lie close together and can be walked.",
    lecture="L4",
    config=VaeConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=(
        Curve("loss", "autoencoder", "loss", "Reconstruction plus λ times KL."),
        Curve("reconstruction", "decoder", "loss", "How far the drawn picture is from the original, per pixel."),
        Curve("λ·KL", "encoder", "loss", "λ times how far the codes' distribution is from N(0, 1), per code element."),
    ),
    shown=("encoder", "decoder"),
    spec_problems=spec_problems,
    fit_size=fit_size,
    prior=prior,
    generate=generate,
    encode=encode,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 32 px, a code of 8.",
            model={"latent": 8, "width": 16},
            training={"batch": 64, "horizon": 5000},
            data={"source": "digits", "size": 32},
        ),
        Preset(
            "lecture",
            "Lecture 004 (2-D code)",
            "The lecture's VAE: MNIST, a code of 2, λ 0.001, Adam 0.001, batch 128.",
            model={"architecture": "lecture", "latent": 2},
            training={"batch": 128, "horizon": 23400},
            data={"source": "mnist", "size": 28},
            default=False,
        ),
        Preset(
            "photos",
            "Photographs, 64 px",
            "A folder of pictures at 64 px, a code of 64, squared error.",
            model={"latent": 64, "likelihood": "gaussian", "kl_weight": 1e-3},
            training={"batch": 64, "horizon": 10000},
            data={"source": "folder", "size": 64, "flip": True},
        ),
    ),
)
