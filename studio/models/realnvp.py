"""RealNVP (lecture L31; Dinh, Sohl-Dickstein and Bengio 2017): an invertible net, so the likelihood is exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.family import Batch, Family, Optimiser, Phase, Player, Preset, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

    from studio.models.family import Nets


@dataclass(frozen=True)
class RealNvpConfig:
    """Settings of RealNVP."""

    couplings: int = option(
        3,
        "Couplings",
        group="Net",
        low=2,
        high=16,
        help="Couplings of each kind (checkerboard, channels) on each floor. Fewer than 3 leave some pixels unheard.",
    )
    width: int = option(
        32,
        "Width",
        group="Net",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the nets inside the couplings. The time of a step grows with its square.",
    )
    blocks: int = option(
        1,
        "Residual blocks",
        group="Net",
        low=0,
        high=16,
        help="Residual blocks in each coupling's net: more see farther and cost time in proportion.",
    )
    rate: float = option(
        3e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Adam's. Lower it when bits/dim jumps upwards; let it fall with a schedule towards the end.",
    )
    weight_decay: float = option(
        0.0,
        "Weight decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Pulls weights towards zero (AdamW). Use it when held-out bits/dim rises while the curve still falls.",
    )


def build(config: RealNvpConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: pictures in (0, 1) -> codes and log-determinant, and back."""
    from studio.models.realnvp_nets import RealNvp

    return {"flow": RealNvp(spec.channels, spec.size, config.couplings, config.width, config.blocks)}


def players(config: RealNvpConfig) -> tuple[Player, ...]:
    """One net, one optimiser."""
    return (Player("flow", ("flow",), Optimiser("adam", config.rate, weight_decay=config.weight_decay)),)


def phases(config: RealNvpConfig) -> tuple[Phase, ...]:
    """One phase: maximum likelihood."""
    return (Phase("flow", "flow", "bits/dim", loss, label="Step"),)


def curves(config: RealNvpConfig) -> tuple[Curve, ...]:
    """The negative log-likelihood."""
    return (
        Curve(
            "bits/dim",
            "flow",
            "loss",
            "Bits that one number of a picture costs: less is better. Exact; 8 is what storing all 256 levels takes.",
        ),
    )


def loss(step: Step, batch: Batch) -> Terms:
    """Bits a dimension of pictures whose 256 levels are spread evenly by noise, new at each step."""
    noise = step.draw.uniform(tuple(batch.pictures.shape))
    return {"bits/dim": bits(_log_probability(step.nets["flow"], batch.pictures, noise), batch.pictures)}


def validate(step: Step, batch: Batch) -> Terms:
    """The same on held-out pictures."""
    return {"val bits/dim": loss(step, batch)["bits/dim"]}


def log_likelihood(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """log p (N,) in nats of pictures with 256 levels (a lower bound, by dequantisation), fixed noise."""
    from studio.models.binary import thresholds

    return _log_probability(nets["flow"], pictures, thresholds(tuple(pictures.shape[1:]), pictures.device))


def bits(log_probability: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """Mean bits a dimension for log p (N,) in nats of ``pictures`` (N, C, H, W)."""
    return -log_probability.float().mean() / (pictures[0].numel() * math.log(2))


def _log_probability(flow: object, pictures: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """log p (N,) of the levels: the density of values in (0, 1), times the volume 256⁻ᴰ of a level."""
    from studio.models.realnvp_nets import LEVELS, dequantise, normal_log_density

    codes, log_det = flow(dequantise(pictures, noise))  # type: ignore[operator]
    return normal_log_density(codes) + log_det - pictures[0].numel() * math.log(LEVELS)


def prior(config: RealNvpConfig, spec: Spec) -> Prior:
    """A code has as many numbers as a picture."""
    return Prior(spec.channels * spec.size**2, "normal")


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [0, 1]: the flow backwards."""
    import torch

    from studio.models.realnvp_nets import quantised

    # The inverse computes what forward computed: rounding to bf16 would be magnified from coupling to coupling.
    with torch.autocast(codes.device.type, enabled=False):
        return quantised(nets["flow"].inverse(codes.float()))  # type: ignore[operator]


def encode(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """Codes that give the pictures back: the flow forwards, from the middle of each level."""
    import torch

    from studio.models.realnvp_nets import dequantise

    with torch.autocast(pictures.device.type, enabled=False):
        return nets["flow"](dequantise(pictures, 0.5))[0]


def spec_problems(config: RealNvpConfig, spec: Spec) -> list[str]:
    """An odd size cannot be squeezed even once."""
    if spec.size % 2 or spec.size < 4:
        return [f"RealNVP halves pictures, and {spec.size} px cannot be halved. Choose 8, 16, 28 or 32."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size, made a multiple of 4, from 8 to 32."""
    return min(32, max(8, native - native % 4))


FAMILY = Family(
    id="realnvp",
    title="RealNVP",
    summary="An invertible net between pictures and normal codes: exact likelihood, and each picture has its code.",
    lecture="L31",
    config=RealNvpConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("flow",),
    spec_problems=spec_problems,
    fit_size=fit_size,
    preferred_precision="bfloat16",  # a third less time a step, the same bits/dim; codes and pictures stay in float32
    prior=prior,
    generate=generate,
    encode=encode,
    log_likelihood=log_likelihood,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 8 px: minutes.",
            model={"width": 32, "weight_decay": 1e-3},
            training={"batch": 64, "horizon": 3000, "schedule": "linear"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px: below 1.5 bits a pixel on held-out digits in a quarter of an hour.",
            model={},
            training={"batch": 64, "horizon": 5000, "schedule": "linear"},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
