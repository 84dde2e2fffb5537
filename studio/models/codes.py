"""From a vector of ones to a latent code (lecture system L32): a decoder alone, and three things to feed it.

The second lecture's road to autoencoders. Fed a vector of ones, the decoder learns one picture; fed one-hot vectors, it
memorises as many as they are long; fed vectors of real numbers that are learned with it, it has latent variables
(generative latent optimisation, Bojanowski et al. 2018; DeepSDF's auto-decoder, Park et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.config import option
from studio.events import Curve
from studio.models.adversarial import OPTIMISERS
from studio.models.family import Batch, Family, Nets, Optimiser, Phase, Player, Preset, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

LARGEST_TABLE = 2**26
"""numbers in all learned codes together; a quarter of a gigabyte"""


@dataclass(frozen=True)
class CodesConfig:
    """Settings of the decoder and of what it is fed."""

    stage: str = option(
        "learned",
        "Fed with",
        group="Code",
        choices={"ones": "A vector of ones", "one-hot": "One-hot vectors", "learned": "Learned codes"},
        help="Ones: it can only learn one picture, the mean of all. One-hot: it memorises each picture by its number. "
        "Learned codes: pictures that look alike come to lie together, and between them there are new ones.",
    )
    pictures: int = option(
        16,
        "Pictures",
        group="Code",
        unit="pictures",
        low=1,
        high=1_000_000,
        help="How many training pictures get a one-hot vector or a code of their own, from the first on; further ones "
        "are left out. Set the data's limit (At most) to the same number.",
    )
    latent: int = option(
        8,
        "Code size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the vector of ones and of the learned codes. One-hot vectors have one place for each picture.",
    )
    pull: float = option(
        1e-4,
        "Pull to the middle",
        group="Code",
        low=0.0,
        high=100.0,
        scientific=True,
        help="Weight of the mean square of the learned codes in the loss. Higher keeps them closer together, so that "
        "new codes meet known ground.",
    )
    likelihood: str = option(
        "gaussian",
        "Pixel error",
        group="Code",
        choices={"gaussian": "Squared error", "bernoulli": "Cross entropy"},
        help="Squared error as in the lecture, or cross entropy, which is quicker for ink on paper (digits).",
    )
    width: int = option(
        32,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the decoder next to the picture; towards the code they double at each level, up to 8 times.",
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
        help="Size of an update of the decoder; learned codes move ten times as fast. Lower it when the loss jumps.",
    )


def build(config: CodesConfig, spec: Spec) -> dict[str, nn.Module]:
    """Decoder: rows of the training set (N,) int64 -> logits (N, C, S, S) and inputs (N, K)."""
    from studio.models import aae_nets, codes_nets

    inputs: Any = {
        "ones": lambda: codes_nets.Ones(config.latent),
        "one-hot": lambda: codes_nets.OneHot(config.pictures),
        "learned": lambda: codes_nets.Learned(config.pictures, config.latent),
    }[config.stage]()
    width = config.pictures if config.stage == "one-hot" else config.latent
    body = aae_nets.convolutional_decoder(width, spec.channels, spec.size, config.width)
    return {"decoder": codes_nets.Decoder(inputs, body)}


def players(config: CodesConfig) -> tuple[Player, ...]:
    """The decoder and the codes inside it learn together."""
    return (Player("decoder", ("decoder",), Optimiser(config.optimiser, config.rate)),)


def phases(config: CodesConfig) -> tuple[Phase, ...]:
    """One phase: error of the pictures, and the pull on learned codes."""
    return (Phase("decoder", "decoder", "loss", loss, label="Step"),)


def loss(step: Step, batch: Batch) -> Terms:
    """Error per pixel of those pictures of the batch that have an input, plus the pull on their codes."""
    import torch

    assert batch.index is not None
    logits, inputs = step.nets["decoder"](_known(step.config, batch.index))
    each = _errors(step.config, logits.float(), batch.pictures)
    counted = torch.ones_like(each) if step.config.stage == "ones" else (batch.index < step.config.pictures).float()
    # a batch may hold none of the counted ones: a mean of nothing is 0, not NaN
    error = (each * counted).sum() / counted.sum().clamp(min=1)
    if step.config.stage != "learned":
        return {"loss": error}
    squares = inputs.float().square().mean(1)
    return {"loss": error + step.config.pull * (squares * counted).sum() / counted.sum().clamp(min=1)}


def _known(config: CodesConfig, index: torch.Tensor) -> torch.Tensor:
    """Rows that have an input; the others stand in for the last one and do not count."""
    return index if config.stage == "ones" else index.clamp(max=config.pictures - 1)


def _errors(config: CodesConfig, logits: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """(N,) float32, mean over the pixels of each picture."""
    import torch.nn.functional as F

    if config.likelihood == "bernoulli":
        return F.binary_cross_entropy_with_logits(logits, pictures, reduction="none").flatten(1).mean(1)
    return (logits.sigmoid() - pictures).square().flatten(1).mean(1)


def curves(config: CodesConfig) -> tuple[Curve, ...]:
    """The loss."""
    return (Curve("loss", "decoder", "loss", "How far the drawn pictures are from the training pictures, per pixel."),)


def prior(config: CodesConfig, spec: Spec) -> Prior:
    """N(0, 1), of which the decoder makes its input: the only one, one of k, or a code like the learned ones."""
    return Prior(config.pictures if config.stage == "one-hot" else config.latent)


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1] for codes (N, K) of the prior."""
    decoder: Any = nets["decoder"]
    return decoder.drawn(codes).float().sigmoid()


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """Training pictures that have an input, and what the decoder draws from it."""
    if batch.index is None:
        return {}
    decoder: Any = nets["decoder"]
    has = decoder.inputs.has(batch.index)
    if not bool(has.any()):
        return {}
    logits, _ = decoder(batch.index[has])
    return {"picture": batch.pictures[has], "from its code": logits.float().sigmoid()}


def spec_problems(config: CodesConfig, spec: Spec) -> list[str]:
    """Sizes that the decoder can double up to, and tables that fit into memory."""
    from studio.models import aae_nets

    found = aae_nets.size_problems("The decoder", spec.size)
    if config.stage == "one-hot" and config.pictures > 4096:
        found.append("One-hot vectors are for at most 4,096 pictures: each adds weights. Choose learned codes.")
    if config.stage == "learned" and config.pictures * config.latent > LARGEST_TABLE:
        found.append(f"The codes of {config.pictures:,} pictures are too many numbers. Choose fewer or shorter ones.")
    return found


FAMILY = Family(
    id="codes",
    title="Ones to codes",
    summary="A decoder alone: fed ones it learns one picture, fed one-hot vectors several, fed learned codes a space.",
    lecture="L32",
    config=CodesConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("decoder",),
    spec_problems=spec_problems,
    fit_size=lambda native: min(64, max(16, native + native % 2)),
    prior=prior,
    generate=generate,
    compare=compare,
    presets=(
        Preset(
            "digits",
            "Digits, learned codes",
            "Each of the 1,797 digits that come with the program learns a code of 8 numbers, 16 px.",
            model={"stage": "learned", "pictures": 1797, "likelihood": "bernoulli"},
            training={"batch": 64, "horizon": 4000},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "one-hot",
            "Digits, one-hot vectors",
            "Sixteen digits, each memorised under its number. Between the numbers there is nothing.",
            model={"stage": "one-hot", "pictures": 16},
            training={"batch": 16, "horizon": 1000},
            data={"source": "digits", "size": 16, "limit": 16},
            default=False,
        ),
        Preset(
            "ones",
            "Digits, a vector of ones",
            "One constant input for all pictures: the best the decoder can do is draw their mean.",
            model={"stage": "ones"},
            training={"batch": 64, "horizon": 500},
            data={"source": "digits", "size": 16},
            default=False,
        ),
        Preset(
            "mnist",
            "MNIST, learned codes",
            "Sixty thousand learned codes of 16 numbers, 28 px: latent variables without an encoder.",
            model={"stage": "learned", "pictures": 60000, "latent": 16, "likelihood": "bernoulli"},
            training={"batch": 128, "horizon": 10000},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
