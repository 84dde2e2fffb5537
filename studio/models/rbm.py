"""Restricted Boltzmann machine (lecture L31): an energy for every picture, learned by contrastive divergence.

Hinton 2002 (CD-k), Tieleman 2008 (persistent chains), Salakhutdinov and Murray 2008 (its likelihood).
"""

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
FLIPS = 8
"""pixels of each held-out picture that the pseudo-likelihood asks for"""


@dataclass(frozen=True)
class RbmConfig:
    """Settings of the restricted Boltzmann machine."""

    hidden: int = option(
        500,
        "Hidden units",
        group="Net",
        low=1,
        high=8192,
        help="Each learns one feature, such as a piece of a stroke. More model the data better and mix more slowly.",
    )
    persistent: bool = option(
        True,
        "Persistent chains",
        group="Sampling",
        help="On: chains that run on through the whole training (PCD), which finds the model's own dreams. Off: new "
        "chains from the data at each step (CD), quicker at first, worse samples.",
    )
    steps: int = option(
        1,
        "Gibbs steps k",
        group="Sampling",
        low=1,
        high=100,
        help="How many steps the chains go before each update. More follow the true gradient better and cost time.",
    )
    chains: int = option(
        100,
        "Chains",
        group="Sampling",
        low=1,
        high=4096,
        help="How many persistent chains there are. Without persistence there are as many as pictures in the batch.",
    )
    burn_in: int = option(
        600,
        "Steps of a sample",
        group="Sampling",
        low=1,
        high=100_000,
        help="Gibbs steps from noise to a picture when it is shown. Raise it when samples look unfinished.",
    )
    optimiser: str = option(
        "adam",
        "Optimiser",
        group="Learning",
        choices={"adam": "Adam", "sgd": "SGD"},
        help="Adam learns quickly at 0.001. SGD is the papers' choice: start at 0.05.",
    )
    rate: float = option(
        1e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Persistent chains must keep up with the weights: lower it, or let it fall, when samples get worse.",
    )
    momentum: float = option(
        0.5, "Momentum", group="Learning", low=0.0, high=0.999, help="SGD's momentum, and the first beta of Adam."
    )
    weight_decay: float = option(
        0.0,
        "Weight decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Pulls weights towards zero, which lets the chains mix more easily and keeps features tidy.",
    )


def build(config: RbmConfig, spec: Spec) -> dict[str, nn.Module]:
    """The machine and, when persistent, the place of its chains."""
    from studio.models.rbm_nets import Chain, Rbm

    nets: dict[str, nn.Module] = {"rbm": Rbm(spec.channels, spec.size, config.hidden, config.burn_in)}
    if config.persistent:
        nets["chain"] = Chain(config.chains, spec.channels, spec.size)
    return nets


def players(config: RbmConfig) -> tuple[Player, ...]:
    """The machine; its chains learn nothing."""
    optimiser = Optimiser(config.optimiser, config.rate, config.momentum, weight_decay=config.weight_decay)
    return (Player("rbm", ("rbm",), optimiser),)


def phases(config: RbmConfig) -> tuple[Phase, ...]:
    """One phase: data down, dreams up."""
    return (Phase("rbm", "rbm", "free energy gap", loss, label="Step"),)


def curves(config: RbmConfig) -> tuple[Curve, ...]:
    """What can be seen of a likelihood that cannot be computed."""
    return (
        Curve(
            "free energy gap",
            "rbm",
            "loss",
            "Free energy of the data minus that of the chains' states. Its gradient is what counts; near 0 is good.",
        ),
        Curve(
            "reconstruction",
            "rbm",
            "score",
            "Cross entropy per pixel after one step of the chain from the data. Falls while it learns, no likelihood.",
        ),
    )


def loss(step: Step, batch: Batch) -> Terms:
    """F(data) − F(chain's states), whose gradient is that of −log p as far as the chain is at home in the model."""
    import torch
    import torch.nn.functional as F

    from studio.models.binary import binarise

    dots = binarise(batch.pictures, step.draw.uniform(tuple(batch.pictures.shape)))
    with torch.no_grad():
        again = _probabilities(step, dots, data=True)
        if step.config.persistent:
            dreams = _walk(step, step.nets["chain"](), step.config.steps)
            step.nets["chain"](dreams)
        else:
            dreams = binarise(again, step.draw.uniform(tuple(dots.shape)))
            dreams = _walk(step, dreams, step.config.steps - 1)
        reconstruction = F.binary_cross_entropy(again.float().clamp(1e-6, 1 - 1e-6), dots)
    energies = step.nets["rbm"](torch.cat([dots, dreams])).float()
    gap = energies[: len(dots)].mean() - energies[len(dots) :].mean()
    return {"free energy gap": gap, "reconstruction": reconstruction}


def _walk(step: Step, dots: torch.Tensor, steps: int) -> torch.Tensor:
    """``steps`` steps of the Gibbs chain from binary pictures."""
    from studio.models.binary import binarise

    for _ in range(steps):
        dots = binarise(_probabilities(step, dots), step.draw.uniform(tuple(dots.shape)))
    return dots


def _probabilities(step: Step, dots: torch.Tensor, data: bool = False) -> torch.Tensor:
    """The visible units' probabilities after drawing the hidden ones."""
    return step.nets["rbm"](dots, step.draw.uniform((len(dots), step.config.hidden)), data)


def validate(step: Step, batch: Batch) -> Terms:
    """Free energy, pseudo-likelihood and the estimated likelihood of held-out pictures."""
    from studio.models.binary import binarise
    from studio.models.rbm_nets import log_partition

    net = step.nets["rbm"]
    dots = binarise(batch.pictures, step.draw.uniform(tuple(batch.pictures.shape)))
    energy = net(dots)
    asked = (step.draw.uniform((len(dots), FLIPS)) * dots[0].numel()).long()
    return {
        "val free energy": energy.mean(),
        "val pseudo nats": _pseudo_nats(net, dots, energy, asked).mean(),
        "val nats": energy.mean() + log_partition(net),  # type: ignore[arg-type]
    }


def _pseudo_nats(net: object, dots: torch.Tensor, energy: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """−Σ log p(pixel | all others) (N,), from the pixels ``asked`` (N, k) for: flipped, they must cost energy."""
    import torch.nn.functional as F

    total = energy.new_zeros(len(dots))
    for column in asked.unbind(1):
        flipped = dots.flatten(1).clone()
        place = column[:, None]
        flipped.scatter_(1, place, 1 - flipped.gather(1, place))
        total = total + F.softplus(energy - net(flipped.view_as(dots)))  # type: ignore[operator]
    return total * dots[0].numel() / asked.shape[1]


def log_likelihood(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """log p (N,) in nats, with Z estimated by annealed importance sampling; binarised at fixed thresholds."""
    from studio.models import binary
    from studio.models.rbm_nets import log_partition

    return -nets["rbm"](binary.fixed(pictures)) - log_partition(nets["rbm"])  # type: ignore[arg-type]


def prior(config: RbmConfig, spec: Spec) -> Prior:
    """One even number for each unit: they drive the chain."""
    return Prior(spec.channels * spec.size**2 + config.hidden, "uniform")


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1]: where a Gibbs chain driven by the code arrives."""
    import torch

    from studio.models.binary import to_unit

    with torch.autocast(codes.device.type, enabled=False):
        return nets["rbm"].chain(to_unit(codes))  # type: ignore[operator]


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """Pictures and what one step up and down, without chance, makes of them."""
    import torch

    net = nets["rbm"]
    dots = (batch.pictures > 0.5).float()
    hidden = torch.sigmoid(net.pull(dots.flatten(1)).float() + net.hidden_bias)  # type: ignore[operator]
    again = torch.sigmoid(net.below(hidden).float()).view_as(dots)  # type: ignore[operator]
    return {"picture": dots, "again": again}


def spec_problems(config: RbmConfig, spec: Spec) -> list[str]:
    """Each hidden unit has a weight for each pixel."""
    if spec.channels * spec.size**2 > LARGEST:
        return [f"A Boltzmann machine of {spec.size} px has too many visible units. Choose 32 px or less."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, up to 32."""
    return min(32, native)


FAMILY = Family(
    id="rbm",
    title="Boltzmann machine",
    summary="Gives every picture an energy; a chain of chance steps wanders to pictures of low energy.",
    lecture="L31",
    config=RbmConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("rbm",),
    spec_problems=spec_problems,
    fit_size=fit_size,
    preferred_precision="float32",
    prior=prior,
    generate=generate,
    log_likelihood=log_likelihood,
    compare=compare,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 8 px, 128 hidden units.",
            model={"hidden": 128},
            training={"batch": 50, "horizon": 6000, "schedule": "linear"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px, 500 hidden units, persistent chains.",
            model={},
            training={"batch": 100, "horizon": 20000, "schedule": "linear"},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
