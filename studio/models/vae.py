"""Variational autoencoder (lecture system L4; Kingma and Welling 2014): z = μ + σ∘ε between encoder and decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.adversarial import OPTIMISERS
from studio.models.autoencoder import convolution_problems
from studio.models.family import Batch, Family, Nets, Optimiser, Phase, Player, Preset, Prior, Spec, Step, Terms

if TYPE_CHECKING:
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
        help="Loss = error per pixel + λ · KL per code element. Higher: smoother latent space, blurrier pictures. A "
        "β-VAE's β is λ times the numbers in a picture, divided by the code's length.",
    )
    kl_warmup: float = option(
        0.0,
        "KL warm-up",
        group="Code",
        low=0.0,
        high=1.0,
        help="Share of the planned length over which λ rises from 0. Raise it to 0.1 to 0.5 when codes stay unused (KL "
        "near 0): the decoder then learns to read them before they cost anything.",
    )
    free_bits: float = option(
        0.0,
        "Free bits",
        group="Code",
        unit="nats",
        low=0.0,
        high=100.0,
        help="KL of a code element that costs nothing (Kingma et al. 2016). Try 0.1 to 0.5 when some elements stay "
        "unused; 0 is the plain VAE. The held-out figures always count all of it.",
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
        choices={"convolutional": "Convolutional", "lecture": "Lecture 004", "lecture000": "Lecture 000"},
        help="Convolutions halving the size down to 4–7 px for any size, or exactly the nets of one of the lectures.",
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
    if config.architecture != "convolutional":
        return {"encoder": _lecture_encoder(config, spec), "decoder": _lecture_decoder(config, spec)}
    from studio.models.autoencoder_nets import convolutional_decoder, convolutional_encoder

    return {
        "encoder": convolutional_encoder(spec.size, spec.channels, config.width, 2 * config.latent),
        "decoder": convolutional_decoder(spec.size, spec.channels, config.width, config.latent),
    }


def _lecture_encoder(config: VaeConfig, spec: Spec) -> nn.Module:
    """Of lecture 004 (oracle O3) without its third convolution, whose output nothing reads; of lecture 000 (O7)."""
    from torch import nn

    from studio.models.blocks import SameConv2d

    layers: list[nn.Module] = [SameConv2d(spec.channels, 32, 3), nn.ReLU(), SameConv2d(32, 64, 3, 2), nn.ReLU()]
    if config.architecture == "lecture":  # lecture 000 leaves the number open: "more convs as you find useful"
        layers += [SameConv2d(64, 64, 3), nn.ReLU()]
    inner = spec.size // 2
    dense = [nn.Linear(inner * inner * 64, 32), nn.ReLU(), nn.Linear(32, 2 * config.latent)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)


def _lecture_decoder(config: VaeConfig, spec: Spec) -> nn.Module:
    """Of lecture 004 (oracle O3); of lecture 000 (O7): no small dense layer, twice the channels."""
    from torch import nn

    from studio.models.blocks import SameConv2d, SameConvTranspose2d

    inner = spec.size // 2
    small = [nn.Linear(config.latent, 32), nn.ReLU()] if config.architecture == "lecture" else []
    first, channels = (32, 32) if config.architecture == "lecture" else (config.latent, 64)
    return nn.Sequential(
        *small,
        nn.Linear(first, inner * inner * 64),
        nn.ReLU(),
        nn.Unflatten(1, (64, inner, inner)),
        SameConvTranspose2d(64, channels, 3, 2),
        nn.ReLU(),
        SameConv2d(channels, spec.channels, 3),
    )


def players(config: VaeConfig) -> tuple[Player, ...]:
    """Encoder and decoder learn together."""
    return (Player("autoencoder", ("encoder", "decoder"), Optimiser(config.optimiser, config.rate)),)


def phases(config: VaeConfig) -> tuple[Phase, ...]:
    """One phase: error plus weighted KL."""
    return (Phase("autoencoder", "autoencoder", "loss", loss, label="Step"),)


def curves(config: VaeConfig) -> tuple[Curve, ...]:
    """The loss and its two parts, and the KL itself where warm-up or free bits hide it."""
    lines = (
        Curve("loss", "autoencoder", "loss", "Reconstruction plus λ times KL."),
        Curve("reconstruction", "decoder", "loss", "How far the drawn picture is from the original, per pixel."),
        Curve("λ·KL", "encoder", "loss", "λ times how far the codes' distribution is from N(0, 1), per code element."),
    )
    raw = Curve("KL", "encoder", "score", "KL per code element in nats, all of it and before λ. Near 0: unused codes.")
    return (*lines, raw) if config.kl_warmup or config.free_bits else lines


def loss(step: Step, batch: Batch) -> Terms:
    """The negative evidence lower bound, per pixel and per code element, as the lecture weighs them."""
    config = step.config
    weight, raw = config.kl_weight, bool(config.kl_warmup or config.free_bits)
    if config.kl_warmup:
        weight = weight * min(1.0, step.progress / config.kl_warmup)
    return _bound(step, batch, weight, config.free_bits, raw)


def validate(step: Step, batch: Batch) -> Terms:
    """The loss on held-out pictures, ε drawn as in training (the lecture's val_loss); full λ and all of the KL, so
    that figures of any time and of any warm-up compare."""
    return {f"val {name}": value for name, value in _bound(step, batch, step.config.kl_weight).items()}


def _bound(step: Step, batch: Batch, weight: float, free: float = 0.0, raw: bool = False) -> Terms:
    """The terms of the loss with this λ; ``free`` nats of a code element cost nothing, ``raw`` adds the KL itself."""
    from studio.models import losses

    mean, log_variance = step.nets["encoder"](batch.pictures).float().chunk(2, dim=1)
    # the reparameterisation trick: the gradient goes through μ and σ, not through ε
    codes = mean + (0.5 * log_variance).exp() * step.draw.normal(tuple(mean.shape))
    error = {"bernoulli": losses.bernoulli, "gaussian": losses.gaussian}[step.config.likelihood]
    reconstruction = error(step.nets["decoder"](codes), batch.pictures)
    divergence = losses.kl_to_standard_normal(mean, log_variance)
    cost = weight * (_above(mean, log_variance, free) if free else divergence)
    terms = {"loss": reconstruction + cost, "reconstruction": reconstruction.detach(), "λ·KL": cost.detach()}
    return terms | {"KL": divergence.detach()} if raw else terms


def _above(mean: torch.Tensor, log_variance: torch.Tensor, free: float) -> torch.Tensor:
    """KL per code element where each costs at least ``free`` nats: below, it has no gradient (Kingma et al. 2016).

    As in the paper the mean over the batch is compared, not each picture's own KL.
    """
    each = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean(0)
    return each.clamp_min(free).mean()


def prior(config: VaeConfig, spec: Spec) -> Prior:
    """Codes of new pictures come from N(0, 1)."""
    return Prior(config.latent)


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1] for codes (N, latent)."""
    return nets["decoder"](codes).float().sigmoid()


def encode(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """The mean codes μ (N, latent) of pictures in [0, 1]."""
    return nets["encoder"](pictures).float().chunk(2, dim=1)[0]


def spec_problems(config: VaeConfig, spec: Spec) -> list[str]:
    """The nets halve the size at least once; the lectures' do it exactly once."""
    found = convolution_problems("The VAE", spec.size)
    return found if config.architecture == "convolutional" or spec.size % 2 or not 8 <= spec.size <= 256 else []


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
    curves=curves,
    shown=("encoder", "decoder"),
    spec_problems=spec_problems,
    fit_size=fit_size,
    prior=prior,
    generate=generate,
    encode=encode,
    features=encode,
    feature_nets=("encoder",),
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
            "lecture000",
            "Lecture 000 (2-D code)",
            "The VAE of the other lecture: MNIST, a code of 2 straight into a dense layer of 14·14·64, 50 epochs.",
            model={"architecture": "lecture000", "latent": 2},
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
