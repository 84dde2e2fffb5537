"""Face GAN: an autoencoder whose generator also plays against a discriminator (VAE-GAN, Larsen et al. 2016), for
editing faces. The encoder reads any picture at once; the code is Gaussian; attributes lie on straight lines in it.

It differs from the paper where few pictures and no GPU ask for it: it starts as PCA, input and target are changed at
random together, the error is the logarithm of each picture's squared error, and the discriminator's pushes are measured
in shares of the pull towards the original, so that one knows what sharpness costs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from studio.events import Curve
from studio.models import autoencoder
from studio.models.facegan_config import FaceganConfig
from studio.models.family import (
    Baseline,
    Batch,
    Family,
    Nets,
    Optimiser,
    Phase,
    Player,
    Preset,
    Prior,
    Spec,
    Step,
    Terms,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

MOST_NOISE = 0.9
"""the largest variance that a code element starts with"""


def build(config: FaceganConfig, spec: Spec) -> dict[str, nn.Module]:
    """Encoder (N, C, S, S) in [-1, 1] -> (N, 2·latent + attributes); generator (N, latent) -> (N, C, S, S), about
    [-1, 1]; discriminator -> logits (N, 1) and its inner maps."""
    from studio.models import facegan_nets as nets

    encoder = nets.down_channels(spec.size, config.e_width, config.e_widest)
    generator = nets.generator_channels(spec.size, config.width, config.widest)
    discriminator = nets.down_channels(spec.size, config.d_width, 5 * config.d_width)
    return {
        "encoder": nets.Encoder(spec.size, spec.channels, config.latent, encoder, len(spec.attributes)),
        "generator": nets.Generator(spec.size, spec.channels, config.latent, generator),
        "discriminator": nets.Discriminator(spec.channels, discriminator),
    }


def prepare(config: FaceganConfig, nets: Nets, pictures: torch.Tensor) -> None:
    """Start as PCA of the training pictures (N, C, S, S): codes have variance 1, reconstructions are PCA's.

    The noise on a code element starts where it causes its share of the error that :attr:`FaceganConfig.kl_weight` says.
    """
    import torch

    from studio.models import facegan_nets, pca

    encoder: Any = nets["encoder"]
    generator: Any = nets["generator"]
    small = facegan_nets.shrunk(pictures, encoder.low)
    small = torch.cat((small, small.flip(3))) if config.mirror else small
    found = pca.fit(small, config.latent)
    codes = found.encode(small)
    spread = codes.std(0).clamp_min(1e-3)
    generator.linear.set(found.basis * spread, found.mean)
    encoder.linear.set(found.basis.T / spread[:, None], -(found.mean @ found.basis) / spread)
    error = (found.decode(codes) - small.flatten(1)).square().sum(1).mean().clamp_min(1e-3)
    noise = (config.kl_weight / config.latent * error / spread.square()).clamp(1e-4, MOST_NOISE)
    with torch.no_grad():
        encoder.code.bias[config.latent : config.latent + len(noise)] = noise.log()


def players(config: FaceganConfig) -> tuple[Player, ...]:
    """Encoder and generator are one player, the discriminator the other."""
    return (
        Player("autoencoder", ("encoder", "generator"), Optimiser("adam", config.rate, 0.5, 0.99)),
        Player("discriminator", ("discriminator",), Optimiser("adam", config.d_rate, 0.0, 0.99)),
    )


def phases(config: FaceganConfig) -> tuple[Phase, ...]:
    """Encoder and generator alone; then with the discriminator; then with the encoder at rest."""
    start, freeze = config.start, config.freeze
    alone, both, last = (
        partial(_coders, game=game, rest=rest) for game, rest in ((False, False), (True, False), (True, True))
    )
    found = (
        Phase("autoencoder", "autoencoder", "AE loss", alone, label="Step E, G", during=(0.0, start)),
        Phase("autoencoder, game", "autoencoder", "AE loss", both, label="Step E, G", during=(start, freeze)),
        Phase("generator, game", "autoencoder", "AE loss", last, label="Step G", during=(freeze, 1.0)),
        Phase("discriminator", "discriminator", "D loss", _judge, label="Step D", during=(start, 1.0)),
    )
    return tuple(phase for phase in found if phase.during[0] < phase.during[1])


def _coders(step: Step, batch: Batch, game: bool, rest: bool) -> Terms:
    from studio.models.facegan_losses import autoencoder_loss

    return autoencoder_loss(step, batch, game, rest)


def _judge(step: Step, batch: Batch) -> Terms:
    from studio.models.facegan_losses import discriminator_loss

    return discriminator_loss(step, batch)


def curves(config: FaceganConfig) -> tuple[Curve, ...]:
    """The parts of the loss; the game's where there is one."""
    lines = (
        Curve("AE loss", "autoencoder", "loss", "What encoder and generator minimise, without the pushes of D."),
        Curve("error", "generator", "loss", "Half the logarithm of each picture's mean squared error."),
        Curve("PSNR", "generator", "", "How true training pictures are drawn again from noisy codes, in dB."),
        Curve("KL", "encoder", "", "How far codes are from N(0, 1), in nats per code element. Near 0: unused codes."),
        Curve("attributes", "encoder", "loss", "Cross entropy of the linear answers to each attribute; 0 without any."),
    )
    if config.start >= 1:
        return lines
    return (
        *lines,
        Curve("cycle", "encoder", "loss", "|E(G(z)) − z|² per code element for random codes."),
        Curve("D loss", "discriminator", "loss", "What the discriminator minimises: low when it tells real from made."),
        Curve("D(x)", "discriminator", "score", "Its mean belief that real pictures are real."),
        Curve("D(G(E(x)))", "discriminator", "score", "Its mean belief that reconstructions are real."),
        Curve("D(G(z))", "discriminator", "score", "Its mean belief that pictures of random codes are real."),
        Curve("R1", "discriminator", "loss", "γ/2 · ‖∇D‖² at real pictures, how steep D is there, when last computed."),
    )


def validate(step: Step, batch: Batch) -> Terms:
    """Figures on held-out pictures; see :func:`studio.models.facegan_losses.validate`."""
    from studio.models import facegan_losses

    return facegan_losses.validate(step, batch)


def figure_plot(name: str) -> str:
    """Shares belong to the scores, decibels to a scale of their own."""
    if name.endswith("PSNR"):
        return ""
    return "loss" if name == "val L1" else "score"


def prior(config: FaceganConfig, spec: Spec) -> Prior:
    """Codes of new pictures come from N(0, 1)."""
    return Prior(config.latent)


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [-1, 1] for codes (N, latent)."""
    return nets["generator"](codes).float().clamp(-1, 1)


def encode(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """The mean codes μ (N, latent) of pictures in [-1, 1]."""
    encoder: Any = nets["encoder"]
    return encoder(pictures)[:, : encoder.latent].float()


def spec_problems(config: FaceganConfig, spec: Spec) -> list[str]:
    """The nets halve the size down to 4 px."""
    if spec.size not in (8, 16, 32, 64, 128, 256):
        return [f"The face GAN needs a size that is a power of two from 8 to 256, not {spec.size}. Choose 64 or 128."]
    return []


def fit_size(native: int) -> int:
    """The power of two from 8 to 64 that is next to the pictures' own size, the larger one if it is between two."""
    return next((size for size in (8, 16, 32) if size >= native), 64)


def baselines(config: FaceganConfig, pictures: torch.Tensor) -> Mapping[str, Baseline]:
    """PCA with a code of the same size, fitted to the training pictures (N, C, H, W)."""
    return autoencoder.baselines(config, pictures)  # type: ignore[arg-type]


FAMILY = Family(
    id="facegan",
    title="Face GAN",
    summary="Reads any aligned face into a code, draws it again, sharp, and invents new ones; made for editing faces.",
    lecture="",
    config=FaceganConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("encoder", "generator"),
    spec_problems=spec_problems,
    fit_size=fit_size,
    prepare=prepare,
    prior=prior,
    generate=generate,
    encode=encode,
    features=encode,
    feature_nets=("encoder",),
    baselines=baselines,
    validate=validate,
    figure_plot=figure_plot,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 16 px, a code of 16, small nets: minutes on one core.",
            model={
                "latent": 16,
                "width": 32,
                "widest": 64,
                "e_width": 16,
                "e_widest": 64,
                "d_width": 16,
                "mirror": False,
                "light": 0.0,
                "blend": 0.0,
            },
            training={"batch": 64, "horizon": 4000, "schedule": "linear"},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "portraits",
            "Drawn faces, 64 px",
            "The faces that the program draws itself, with every attribute known, 64 px.",
            training={"batch": 32, "horizon": 30000, "schedule": "linear", "validate_every": 20},
            data={"source": "portraits", "size": 64},
        ),
        Preset(
            "faces",
            "Faces, 64 px",
            "A folder of faces, cropped alike with the eyes in the same place, at 64 px.",
            training={"batch": 32, "horizon": 30000, "schedule": "linear", "validate_every": 20},
            data={"source": "folder", "size": 64, "colour": "colour"},
        ),
        Preset(
            "faces-128",
            "Faces, 128 px",
            "A folder of faces, cropped alike with the eyes in the same place, at 128 px.",
            model={"width": 32, "e_width": 16, "d_width": 32},
            training={"batch": 32, "horizon": 30000, "schedule": "linear", "validate_every": 20},
            data={"source": "folder", "size": 128, "colour": "colour"},
            default=False,
        ),
    ),
)
