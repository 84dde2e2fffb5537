"""A WaveNet for pictures (lecture L31; van den Oord et al. 2016): dilated causal convolutions over the raster scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import autoregressive
from studio.models.family import Family, Preset, Spec

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class WaveNetConfig(autoregressive.RasterConfig):
    """Settings of the WaveNet."""

    width: int = option(
        32,
        "Width",
        group="Net",
        unit="channels",
        low=4,
        high=256,
        help="Channels of the residual path. The time of a step grows with its square.",
    )
    skip: int = option(
        64,
        "Skip width",
        group="Net",
        unit="channels",
        low=4,
        high=512,
        help="Channels in which all layers add up what they found for the prediction.",
    )
    layers: int = option(
        9,
        "Dilations",
        group="Net",
        low=1,
        high=12,
        help="Layers of a block, with dilations 1, 2, 4, … A block of n layers looks 2ⁿ − 1 numbers farther back: 9 "
        "see 512 numbers, 18 rows of a grey picture of 28 px.",
    )
    blocks: int = option(
        1,
        "Blocks",
        group="Net",
        low=1,
        high=8,
        help="How often the dilations start again at 1. The net sees 1 + blocks · (2ⁿ − 1) numbers back, more finely "
        "with each block.",
    )


def build(config: WaveNetConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: (N, C, S, S) in [-1, 1] -> (N, K, C, S, S), the distributions of all numbers."""
    from studio.models.wavenet_nets import WaveNet

    net = WaveNet(
        config.levels,
        spec.channels,
        spec.size,
        config.width,
        config.skip,
        (config.layers, config.blocks),
        config.place,
    )
    return {autoregressive.NET: net}


FAMILY = Family(
    id="wavenet",
    title="WaveNet",
    summary="Reads a picture line by line like a sound, with ever wider gaps; tells the exact likelihood.",
    lecture="L31",
    config=WaveNetConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=autoregressive.players,
    phases=autoregressive.phases,
    curves=autoregressive.curves,
    shown=(autoregressive.NET,),
    spec_problems=autoregressive.spec_problems,
    fit_size=autoregressive.fit_size,
    preferred_precision="bfloat16",
    prior=autoregressive.prior,
    generate=autoregressive.generate,
    log_likelihood=autoregressive.log_likelihood,
    validate=autoregressive.validate,
    figure_plot=lambda name: "score" if name.endswith("dim") else "loss",
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program at 8 px with all their 17 grey levels: one or two minutes.",
            model={"levels": 17, "layers": 6},
            training={"batch": 32, "horizon": 2000, "schedule": "cosine"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px, dots drawn anew at each step: two epochs, about half an hour on one core.",
            model={"rate": 2e-3},
            training={"batch": 32, "horizon": 4000, "schedule": "cosine"},
            data={"source": "mnist", "size": 28},
        ),
    ),
)
