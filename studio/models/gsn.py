"""Generative stochastic network (lecture L31; Bengio, Laufer, Alain and Yosinski 2014): learns to undo chance.

A chain of corrupting and cleaning is trained by backpropagation to come back to the picture that it left (walk-back);
run on, the same chain makes pictures.
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


@dataclass(frozen=True)
class GsnConfig:
    """Settings of the generative stochastic network."""

    hidden: int = option(
        500,
        "Hidden units",
        group="Net",
        low=1,
        high=8192,
        help="Units of each of the two hidden layers. The paper takes 1500; 500 learn three times as fast.",
    )
    corruption: float = option(
        0.4,
        "Corruption",
        group="Noise",
        low=0.0,
        high=0.95,
        help="Share of the pixels replaced by salt and pepper at each step. More makes the chain move more freely, "
        "less keeps pictures sharp.",
    )
    noise: float = option(
        1.0,
        "Hidden noise",
        group="Noise",
        low=0.0,
        high=10.0,
        help="Standard deviation of the Gaussian noise before and after each upper unit's tanh. The paper takes 2.",
    )
    walk: int = option(
        5,
        "Walk-back steps",
        group="Sampling",
        low=1,
        high=50,
        help="Steps of the chain in training, each of which must come back to the clean picture. More remove what the "
        "chain makes up where no picture is; time grows in proportion.",
    )
    steps: int = option(
        200,
        "Steps of a sample",
        group="Sampling",
        low=1,
        high=100_000,
        help="Steps of the chain from noise to a picture when it is shown. A few dozen are often enough.",
    )
    rate: float = option(
        1e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Adam's. Lower it when the curve jumps; let it fall with a schedule for cleaner samples.",
    )
    weight_decay: float = option(
        0.0,
        "Weight decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Pulls weights towards zero (AdamW). Use it when the held-out curve rises while the other falls.",
    )


def build(config: GsnConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: a picture and chance -> logits at each step of the walk."""
    from studio.models.gsn_nets import Gsn

    net = Gsn(spec.channels, spec.size, config.hidden, config.corruption, config.noise, config.steps)
    return {"gsn": net}


def players(config: GsnConfig) -> tuple[Player, ...]:
    """One net, one optimiser."""
    return (Player("gsn", ("gsn",), Optimiser("adam", config.rate, weight_decay=config.weight_decay)),)


def phases(config: GsnConfig) -> tuple[Phase, ...]:
    """One phase: walk away and come back."""
    return (Phase("gsn", "gsn", "walk-back", loss, label="Step"),)


def curves(config: GsnConfig) -> tuple[Curve, ...]:
    """The error along the walk, at its beginning and at its end."""
    return (
        Curve("walk-back", "gsn", "loss", "Cross entropy per pixel to the clean picture, mean over the walk's steps."),
        Curve("first step", "encoder", "loss", "The same after one step: how well corruption is undone."),
        Curve("last step", "decoder", "loss", "The same at the end of the walk: how far the chain drifts away."),
    )


def loss(step: Step, batch: Batch) -> Terms:
    """Cross entropy to the clean picture after each step of the walk (walk-back training), mean over the steps."""
    import torch.nn.functional as F

    pictures = batch.pictures
    chance = step.draw.uniform((len(pictures), step.config.walk, pictures[0].numel() + 2 * step.config.hidden))
    walk = step.nets["gsn"](pictures, chance).float()
    errors = F.binary_cross_entropy_with_logits(walk, pictures.expand_as(walk), reduction="none")
    errors = errors.flatten(1).mean(1)
    return {"walk-back": errors.mean(), "first step": errors[0].detach(), "last step": errors[-1].detach()}


def validate(step: Step, batch: Batch) -> Terms:
    """The same on held-out pictures."""
    return {f"val {name}": value for name, value in loss(step, batch).items()}


def prior(config: GsnConfig, spec: Spec) -> Prior:
    """One even number a pixel and two an upper unit: they drive the chain."""
    return Prior(spec.channels * spec.size**2 + 2 * config.hidden, "uniform")


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1]: where the chain driven by the code arrives."""
    import torch

    from studio.models.binary import to_unit

    with torch.autocast(codes.device.type, enabled=False):
        return nets["gsn"].chain(to_unit(codes))  # type: ignore[operator]


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """The picture, corrupted, and what one step makes of it; chance is always the same."""
    from studio.models.binary import thresholds

    net, pictures = nets["gsn"], batch.pictures
    size = pictures[0].numel() + 2 * len(net.upper_bias)  # type: ignore[arg-type]
    chance = thresholds((len(pictures), 1, size), pictures.device)
    x = net.corrupted(pictures.flatten(1), chance[:, 0, : pictures[0].numel()])  # type: ignore[operator]
    cleaned = net(pictures, chance)[0].float().sigmoid()
    return {"picture": pictures, "corrupted": x.view_as(pictures), "after one step": cleaned}


def spec_problems(config: GsnConfig, spec: Spec) -> list[str]:
    """Each hidden unit has a weight for each pixel."""
    if spec.channels * spec.size**2 > LARGEST:
        return [f"A generative stochastic network of {spec.size} px has too many units. Choose 32 px or less."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, up to 32."""
    return min(32, native)


FAMILY = Family(
    id="gsn",
    title="Generative stochastic network",
    summary="A chain of noisy steps that learned to come back to pictures; run on, it makes new ones.",
    lecture="L31",
    config=GsnConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("gsn",),
    spec_problems=spec_problems,
    fit_size=fit_size,
    preferred_precision="float32",
    prior=prior,
    generate=generate,
    compare=compare,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 8 px, two layers of 200.",
            model={"hidden": 200, "corruption": 0.2, "noise": 0.5},
            training={"batch": 50, "horizon": 6000, "schedule": "linear"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px, two layers of 500, five walk-back steps.",
            model={},
            training={"batch": 100, "horizon": 6000, "schedule": "linear"},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
