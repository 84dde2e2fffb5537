"""PixelRNN (lecture L31; van den Oord et al. 2016): row LSTMs predict each pixel from a triangle of rows above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import autoregressive
from studio.models.family import Family, Preset, Spec
from studio.models.pixelcnn import KERNELS

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class PixelRnnConfig(autoregressive.RasterConfig):
    """Settings of the PixelRNN."""

    width: int = option(
        32,
        "Width",
        group="Net",
        unit="channels",
        low=4,
        high=256,
        help="Numbers in a pixel's state, in each layer. The time of a step grows with its square.",
    )
    layers: int = option(
        3,
        "Layers",
        group="Net",
        low=1,
        high=16,
        help="Row LSTMs on top of each other, each with a residual connection. Cost time in proportion.",
    )
    first_kernel: int = option(
        7,
        "First mask",
        group="Net",
        choices=KERNELS,
        help="Size of the masked convolution that reads the picture itself (type A: without the pixel).",
    )
    kernel: int = option(
        3,
        "Row masks",
        group="Net",
        choices={3: "3", 5: "5", 7: "7"},
        help="How many pixels along the row the LSTMs' convolutions see. Larger opens the triangle above a pixel.",
    )


def build(config: PixelRnnConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: (N, C, S, S) in [-1, 1] -> (N, K, C, S, S), the distributions of all numbers."""
    from studio.models.pixelrnn_nets import PixelRnn

    net = PixelRnn(
        config.levels,
        spec.channels,
        spec.size,
        config.width,
        config.layers,
        (config.first_kernel, config.kernel),
        config.place,
    )
    return {autoregressive.NET: net}


FAMILY = Family(
    id="pixelrnn",
    title="PixelRNN",
    summary="Goes down the picture with LSTMs that keep a state for each column; tells the exact likelihood.",
    lecture="L31",
    config=PixelRnnConfig,
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
            model={"levels": 17, "layers": 2, "first_kernel": 5},
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
