"""MADE, the masked autoencoder for distribution estimation (lecture L31; Germain et al. 2015): p(x) as a product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.family import Batch, Family, Optimiser, Phase, Player, Preset, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

    from studio.models.family import Nets

LARGEST = 4096
"""pixels: the first and the last layer grow with their number, the direct connections with its square"""


@dataclass(frozen=True)
class MadeConfig:
    """Settings of MADE."""

    hidden: int = option(
        1000,
        "Hidden units",
        group="Net",
        low=1,
        high=16384,
        help="Units of each hidden layer. More give a better likelihood and slower steps; fewer than pixels is little.",
    )
    layers: int = option(
        1, "Hidden layers", group="Net", low=1, high=8, help="How many hidden layers. One wide layer is a good start."
    )
    order: str = option(
        "raster",
        "Order",
        group="Masks",
        choices={"raster": "Line by line", "random": "Shuffled"},
        help="The order in which pixels are predicted: line by line like a text, or shuffled, which is harder but "
        "lets any part of a picture be completed.",
    )
    orders: int = option(
        1,
        "Sets of masks",
        group="Masks",
        low=1,
        high=64,
        help="1: fixed masks. More: the net learns with several sets in turn (several orders, when shuffled) and its "
        "likelihood is the mean over them; slower to learn, better in the end.",
    )
    direct: bool = option(
        True,
        "Direct connections",
        group="Net",
        help="Whether each output also sees all earlier pixels directly, past the hidden layers. Helps early on.",
    )
    rate: float = option(
        1e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Adam's. Lower it when the curve jumps; let it fall with a schedule to gain the last nats.",
    )
    weight_decay: float = option(
        0.0,
        "Weight decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Pulls weights towards zero (AdamW). Use it when held-out nats rise while those in training fall.",
    )


def build(config: MadeConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: binary pictures (N, C, S, S) -> logits of each pixel given the ones before it."""
    from studio.models.made_nets import Made

    shuffled = config.order == "random"
    net = Made(spec.channels, spec.size, config.hidden, config.layers, config.orders, shuffled, config.direct)
    return {"made": net}


def players(config: MadeConfig) -> tuple[Player, ...]:
    """One net, one optimiser."""
    return (Player("made", ("made",), Optimiser("adam", config.rate, weight_decay=config.weight_decay)),)


def phases(config: MadeConfig) -> tuple[Phase, ...]:
    """One phase: maximum likelihood."""
    return (Phase("made", "made", "nats", loss, label="Step"),)


def curves(config: MadeConfig) -> tuple[Curve, ...]:
    """The negative log-likelihood."""
    return (
        Curve("nats", "made", "loss", "Nats that a picture costs, −log p(x): less is better. Exact, no lower bound."),
    )


def loss(step: Step, batch: Batch) -> Terms:
    """−log p of pictures binarised anew at each step, under one set of masks after the other."""
    from studio.models.binary import binarise

    dots = binarise(batch.pictures, step.draw.uniform(tuple(batch.pictures.shape)))
    logits = step.nets["made"](dots, step.index % step.config.orders)
    return {"nats": _nats(logits, dots).mean()}


def validate(step: Step, batch: Batch) -> Terms:
    """−log p of held-out pictures, the mean over all sets of masks (as probabilities)."""
    from studio.models.binary import binarise

    dots = binarise(batch.pictures, step.draw.uniform(tuple(batch.pictures.shape)))
    return {"val nats": -_log_mean(step.nets["made"], dots, step.config.orders).mean()}


def log_likelihood(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """log p (N,) in nats; grey pictures are binarised at thresholds that are always the same."""
    from studio.models import binary

    net = nets["made"]
    return _log_mean(net, binary.fixed(pictures), net.orders)  # type: ignore[arg-type]


def _log_mean(net: object, dots: torch.Tensor, orders: int) -> torch.Tensor:
    """log of the mean probability over the sets of masks, (N,)."""
    import math

    import torch

    each = torch.stack([-_nats(net(dots, chosen), dots) for chosen in range(orders)])  # type: ignore[operator]
    return each.logsumexp(0) - math.log(orders)


def _nats(logits: torch.Tensor, dots: torch.Tensor) -> torch.Tensor:
    """Cross entropy (N,) in nats, summed over pixels."""
    import torch.nn.functional as F

    return F.binary_cross_entropy_with_logits(logits.float(), dots, reduction="none").flatten(1).sum(1)


def prior(config: MadeConfig, spec: Spec) -> Prior:
    """One even number a pixel: the code is what chance says at each pixel."""
    return Prior(spec.channels * spec.size**2, "uniform")


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures of 0 and 1: a pixel is 1 where its code, put on [0, 1], is below its probability given those before."""
    import torch

    from studio.models.binary import to_unit

    with torch.autocast(codes.device.type, enabled=False):
        return nets["made"].fill(to_unit(codes))  # type: ignore[operator]


def encode(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """Codes (N, C·S·S) that give the pictures back (as black and white): the middle of all that would."""
    import torch

    from studio.models.binary import from_unit

    dots = (pictures > 0.5).float()
    with torch.autocast(pictures.device.type, enabled=False):
        p = torch.sigmoid(nets["made"](dots))
    return from_unit(torch.where(dots > 0, p / 2, (1 + p) / 2).flatten(1))


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """The picture, the first half of it in the net's order (the rest grey), and what the net makes of that half."""
    import torch

    from studio.models import binary

    dots = (batch.pictures > 0.5).float()
    known = (nets["made"].order[0] < dots[0].numel() // 2).reshape(dots.shape[1:])  # type: ignore[index]
    chance = binary.thresholds((len(dots), dots[0].numel()), dots.device)
    codes = torch.where(known.flatten(), encode(nets, dots), binary.from_unit(chance))
    return {"picture": dots, "first half": torch.where(known, dots, 0.5), "completed": generate(nets, codes)}


def spec_problems(config: MadeConfig, spec: Spec) -> list[str]:
    """Too many pixels make the layers too large."""
    if spec.channels * spec.size**2 > LARGEST:
        return [f"MADE has weights for each pair of pixels, too many at {spec.size} px. Choose 32 px or less."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, up to 32."""
    return min(32, native)


FAMILY = Family(
    id="made",
    title="MADE",
    summary="Predicts each pixel from the ones before it with masked dense layers; tells a picture's exact likelihood.",
    lecture="L31",
    config=MadeConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("made",),
    spec_problems=spec_problems,
    fit_size=fit_size,
    preferred_precision="float32",
    prior=prior,
    generate=generate,
    encode=encode,
    log_likelihood=log_likelihood,
    compare=compare,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 8 px: learns to write them in a minute.",
            model={"hidden": 256, "weight_decay": 1e-2},
            training={"batch": 64, "horizon": 3000, "schedule": "linear"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px, dots drawn anew at each step: below 92 nats on held-out digits.",
            model={"hidden": 1000},
            training={"batch": 128, "horizon": 14000, "schedule": "linear"},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
