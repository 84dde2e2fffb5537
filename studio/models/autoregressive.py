"""What PixelCNN, PixelRNN and WaveNet share (lecture L31): a picture is read number by number, p(x) is a product.

Pictures become grey levels, the net tells the distribution of each number given those before it, and the loss is the
exact −log p of a picture in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.family import Batch, Optimiser, Phase, Player, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    import torch

    from studio.models.family import Nets

NET = "density"
SIZES = (4, 64)
"""px: pictures are drawn number by number, which is too slow to watch for larger ones"""


@dataclass(frozen=True)
class RasterConfig:
    """Settings of all models that go through the raster."""

    levels: int = option(
        2,
        "Grey levels",
        group="Picture",
        low=2,
        high=256,
        help="How many brightnesses a pixel can have. 2: ink or none, drawn anew at each step with the pixel's "
        "brightness as probability (binarised digits). 256: as in the file; far slower to learn.",
    )
    place: bool = option(
        True,
        "Knows the place",
        group="Net",
        help="Tells the net in which row and column a pixel stands, which helps where digits or faces are centred. Off "
        "is the papers' net, which can only guess it from the edges.",
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


def players(config: RasterConfig) -> tuple[Player, ...]:
    """One net, one optimiser."""
    return (Player(NET, (NET,), Optimiser("adam", config.rate, weight_decay=config.weight_decay)),)


def phases(config: RasterConfig) -> tuple[Phase, ...]:
    """One phase: maximum likelihood."""
    return (Phase(NET, NET, "nats", loss, label="Step"),)


def curves(config: RasterConfig) -> tuple[Curve, ...]:
    """The same loss in two units."""
    return (
        Curve("nats", NET, "loss", "Nats that a picture costs, −log p(x): less is better. Exact, no lower bound."),
        Curve("bits/dim", NET, "score", "The same in bits for each number of the picture; 0 knows all in advance."),
    )


def loss(step: Step, batch: Batch) -> Terms:
    """−log p of the batch's grey levels, mean over pictures; two levels are drawn anew at each step."""
    from studio.models import autoregressive_nets as nets

    levels = step.config.levels
    noise = step.draw.uniform(tuple(batch.pictures.shape)) if levels == 2 else None
    symbols = nets.quantise(batch.pictures, levels, noise)
    nats = -nets.log_probability(step.nets[NET](nets.signed(symbols, levels)), symbols).mean()
    return {"nats": nats, "bits/dim": nets.bits(nats.detach(), batch.pictures[0].numel())}


def validate(step: Step, batch: Batch) -> Terms:
    """The same on held-out pictures, for two levels on a draw that is the same for the same epoch."""
    return {f"val {name}": value for name, value in loss(step, batch).items()}


def prior(config: RasterConfig, spec: Spec) -> Prior:
    """One even number for each number of the picture, in raster order, channels of a pixel side by side."""
    return Prior(spec.channels * spec.size**2, "uniform")


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures (N, C, S, S) in [0, 1]: each number where its code, put on [0, 1], falls in its distribution."""
    from studio.models.autoregressive_nets import sample

    return sample(nets[NET], codes)  # type: ignore[arg-type]


def log_likelihood(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """log p (N,) in nats of pictures put on the net's grey levels, always in the same way."""
    from studio.models.autoregressive_nets import nats

    return nats(nets[NET], pictures)  # type: ignore[arg-type]


def spec_problems(config: RasterConfig, spec: Spec) -> list[str]:
    """Pictures of a size that can be drawn number by number."""
    low, high = SIZES
    if low <= spec.size <= high:
        return []
    return [f"Drawing number by number works from {low} to {high} px, not at {spec.size}. Choose 28 or 32 px."]


def fit_size(native: int) -> int:
    """The pictures' own size, up to 32."""
    return max(SIZES[0], min(32, native))
