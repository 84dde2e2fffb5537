"""PixelCNN, gated (lecture L31; van den Oord et al. 2016): masked convolutions predict each pixel from those before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.models import autoregressive
from studio.models.family import Family, Preset, Spec

if TYPE_CHECKING:
    from torch import nn

KERNELS = {3: "3 × 3", 5: "5 × 5", 7: "7 × 7"}


@dataclass(frozen=True)
class PixelCnnConfig(autoregressive.RasterConfig):
    """Settings of the PixelCNN."""

    width: int = option(
        32,
        "Width",
        group="Net",
        unit="channels",
        low=4,
        high=256,
        help="Channels of both stacks. The time of a step grows with its square; 32 is enough for digits.",
    )
    layers: int = option(
        7,
        "Layers",
        group="Net",
        low=1,
        high=32,
        help="Gated layers. Each one sees farther by half its mask; 7 see 9 pixels up and to the sides.",
    )
    first_kernel: int = option(
        7,
        "First mask",
        group="Net",
        choices=KERNELS,
        help="Size of the mask that reads the picture itself (type A: without the pixel). Larger sees farther at once.",
    )
    kernel: int = option(
        3,
        "Masks",
        group="Net",
        choices=KERNELS,
        help="Size of the masks of all deeper layers (type B). 3 × 3 and more layers is usually the better bargain.",
    )


def build(config: PixelCnnConfig, spec: Spec) -> dict[str, nn.Module]:
    """One net: (N, C, S, S) in [-1, 1] -> (N, K, C, S, S), the distributions of all numbers."""
    from studio.models.pixelcnn_nets import PixelCnn

    net = PixelCnn(
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
    id="pixelcnn",
    title="PixelCNN",
    summary="Predicts each pixel from those before it with gated masked convolutions; tells the exact likelihood.",
    lecture="L31",
    config=PixelCnnConfig,
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
            model={"levels": 17, "layers": 4, "first_kernel": 5},
            training={"batch": 32, "horizon": 2000, "schedule": "cosine"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "mnist",
            "MNIST",
            "MNIST at 28 px, dots drawn anew at each step: two epochs, about half an hour on one core.",
            # measured: held-out nats after 480 steps are 88.8 with 3e-3, 91.4 with 1e-3
            model={"rate": 3e-3},
            training={"batch": 32, "horizon": 4000, "schedule": "cosine"},
            data={"source": "mnist", "size": 28},
        ),
        Preset(
            "photos",
            "Small photographs",
            "CIFAR-10 at 32 px in colour with 256 levels, as in the paper but with a smaller net; for a graphics card.",
            model={"levels": 256, "width": 96, "layers": 12},
            training={"batch": 64, "horizon": 100000, "schedule": "cosine"},
            data={"source": "cifar10", "size": 32, "flip": True},
        ),
    ),
)
