"""Denoising autoencoder (lecture system L2; Vincent et al. 2010): the input is corrupted at random, the target clean.

Stacked, it learns layer after layer: each is a denoising autoencoder of the clean codes of the layers below, which stay
as they are; then all are tuned together. A layer's loss reaches the parameters of that layer alone, so one player and
two whole nets are enough.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from studio.config import option
from studio.events import Curve
from studio.models import autoencoder
from studio.models.autoencoder import layer_widths, psnr, squared_error
from studio.models.family import Batch, Family, Nets, Phase, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

CORRUPTIONS = {"masking": "Masking", "salt": "Salt and pepper", "gaussian": "Gaussian"}


@dataclass(frozen=True)
class DenoisingConfig(autoencoder.AutoencoderConfig):
    """Settings of the denoising autoencoder."""

    corruption: str = option(
        "masking",
        "Corruption",
        group="Noise",
        choices=CORRUPTIONS,
        help="What happens to the input. Masking: pixels become black. Salt and pepper: black or white. Gaussian: "
        "every pixel is moved a little, as in dim light.",
    )
    amount: float = option(
        30.0,
        "Amount of noise",
        group="Noise",
        unit="%",
        low=0.0,
        high=100.0,
        help="Share of the pixels that are hit; for Gaussian noise its standard deviation, white being 100. 30 is "
        "usual, more for little data; 0 is the plain autoencoder.",
    )
    stacked: bool = option(
        False,
        "Layer by layer",
        group="Noise",
        help="Train each layer as a denoising autoencoder of the layers below, one after the other, then all together. "
        "For deep, fully connected nets that do not start well at once.",
    )
    pretraining: float = option(
        50.0,
        "Layer by layer for",
        group="Noise",
        unit="%",
        low=1.0,
        high=95.0,
        help="Share of the planned length that the layers have, in equal parts; the rest tunes all of them together. "
        "Used when training layer by layer.",
    )

    def problems(self) -> list[str]:
        """What the settings get wrong together."""
        found = super().problems()
        if self.stacked and self.architecture != "dense":
            found.append("Only fully connected nets can be trained layer by layer. Set the nets to dense.")
        return found


@dataclass(frozen=True)
class Corruption:
    """What happens to an input: a kind of :data:`CORRUPTIONS` and its ``amount``, 0 to 1."""

    kind: str
    amount: float

    def of_pictures(self, clean: torch.Tensor, draw: Noise) -> torch.Tensor:
        """Pictures (N, C, H, W) in [0, 1], still in [0, 1]; a pixel is hit in all its colours."""
        shape = (clean.shape[0], 1, *clean.shape[2:])
        return self._hit(clean, shape, 0.0, 1.0, draw).clamp(0, 1)

    def of_codes(self, clean: torch.Tensor, draw: Noise) -> torch.Tensor:
        """Codes (N, F) of a hidden layer; "black" and "white" are two standard deviations from their mean."""
        mean, deviation = clean.mean(), clean.std()
        return self._hit(clean, tuple(clean.shape), mean - 2 * deviation, mean + 2 * deviation, draw)

    def _hit(self, clean: torch.Tensor, shape: tuple[int, ...], low: Any, high: Any, draw: Noise) -> torch.Tensor:
        if self.kind == "gaussian":
            return clean + self.amount * (high - low) * draw.normal(tuple(clean.shape))
        chance = draw.uniform(shape)
        if self.kind == "masking":
            return clean * (chance >= self.amount)
        pepper, salt = chance < self.amount / 2, chance >= 1 - self.amount / 2
        return clean.where(~pepper, low).where(~salt, high)


class Noise(Protocol):
    """Where a corruption gets its random numbers: a step's draw, or fixed ones."""

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal float32."""

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Even between 0 and 1, float32."""


class FixedNoise:
    """The same numbers each time, so that pictures shown again and again are corrupted alike."""

    def __init__(self, device: torch.device) -> None:
        import torch

        self._device, self._generator = device, torch.Generator().manual_seed(0)

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal float32 on the device."""
        import torch

        return torch.randn(shape, generator=self._generator, device="cpu").to(self._device)

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Even between 0 and 1, float32 on the device."""
        import torch

        return torch.rand(shape, generator=self._generator, device="cpu").to(self._device)


def corruption(config: DenoisingConfig) -> Corruption:
    """The corruption that the settings describe."""
    return Corruption(config.corruption, config.amount / 100)


def build(config: DenoisingConfig, spec: Spec) -> dict[str, nn.Module]:
    """The autoencoder's nets; the encoder knows the corruption, which :func:`compare` shows."""
    nets: dict[str, Any] = autoencoder.build(config, spec)
    nets["encoder"].corruption = corruption(config)
    if config.stacked:
        nets["encoder"].in_parts = nets["decoder"].in_parts = True
    return nets


def phases(config: DenoisingConfig) -> tuple[Phase, ...]:
    """One phase, or one for each layer in turn and one for all of them."""
    if not config.stacked:
        return (Phase("autoencoder", "autoencoder", "loss", loss, label="Step"),)
    count, share = _layers(config), config.pretraining / 100
    layers = (
        Phase(
            f"layer {layer + 1}",
            "autoencoder",
            f"layer {layer + 1} loss",
            functools.partial(layer_loss, layer, count),
            label=f"Step layer {layer + 1}",
            during=(share * layer / count, share * (layer + 1) / count),
        )
        for layer in range(count)
    )
    return (*layers, Phase("fine-tuning", "autoencoder", "loss", loss, label="Step all", during=(share, 1.0)))


def curves(config: DenoisingConfig) -> tuple[Curve, ...]:
    """The squared error to the clean picture, and that of each layer when they are trained in turn."""
    text = "Mean squared error per pixel of the restored picture to the clean one, for pictures between 0 and 1."
    lines = [Curve("loss", "autoencoder", "loss", text)]
    for layer in range(_layers(config) if config.stacked else 0):
        text = f"Mean squared error of what layer {layer + 1} makes of its corrupted input, while it is trained alone."
        lines.append(Curve(f"layer {layer + 1} loss", "encoder", "loss", text))
    return tuple(lines)


def loss(step: Step, batch: Batch) -> Terms:
    """The mean squared error of the restored pictures to the clean ones."""
    noisy = corruption(step.config).of_pictures(batch.pictures, step.draw)
    return {"loss": squared_error(step.nets["decoder"](step.nets["encoder"](noisy)), batch.pictures)}


def layer_loss(layer: int, count: int, step: Step, batch: Batch) -> Terms:
    """One layer of ``count`` and its mirror image in the decoder restore the codes below, which do not move."""
    import torch

    encoder, decoder, noise = step.nets["encoder"], step.nets["decoder"], corruption(step.config)
    if layer == 0:
        clean = batch.pictures
        noisy = noise.of_pictures(clean, step.draw)
    else:
        with torch.no_grad():
            clean = encoder(batch.pictures, 0, layer).float()
        noisy = noise.of_codes(clean, step.draw)
    again = decoder(encoder(noisy, layer, layer + 1), count - 1 - layer, count - layer)
    return {f"layer {layer + 1} loss": squared_error(again, clean)}


def _layers(config: DenoisingConfig) -> int:
    return len(layer_widths(config.hidden)) + 1


def validate(step: Step, batch: Batch) -> Terms:
    """Squared error and PSNR of restored held-out pictures, of the corrupted ones, and of what PCA makes of those."""
    noisy = corruption(step.config).of_pictures(batch.pictures, step.draw)
    made = {"val": step.nets["decoder"](step.nets["encoder"](noisy)), "corrupted": noisy}
    made |= {name: method(noisy) for name, method in step.baselines.items()}
    figures = {f"{name} PSNR": psnr(pictures, batch.pictures) for name, pictures in made.items()}
    return {"val loss": squared_error(made["val"], batch.pictures), **figures}


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """Pictures, the same corrupted (alike each time), and restored."""
    noise: Any = nets["encoder"].corruption
    noisy = noise.of_pictures(batch.pictures, FixedNoise(batch.pictures.device))
    restored = autoencoder.generate(nets, autoencoder.encode(nets, noisy))
    return {"picture": batch.pictures, "corrupted": noisy, "restored": restored}


def spec_problems(config: DenoisingConfig, spec: Spec) -> list[str]:
    """Convolutional nets halve the size; fully connected ones take any, but grow with it."""
    return autoencoder.spec_problems(config, spec)


FAMILY = Family(
    id="denoising",
    title="Denoising autoencoder",
    summary="Learns to restore pictures that are corrupted at random; all layers at once, or layer after layer.",
    lecture="L2",
    config=DenoisingConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=autoencoder.players,
    phases=phases,
    curves=curves,
    shown=("encoder", "decoder"),
    spec_problems=spec_problems,
    fit_size=autoencoder.fit_size,
    generate=autoencoder.generate,
    latent=lambda config, spec: config.latent,
    encode=autoencoder.encode,
    features=autoencoder.encode,
    feature_nets=("encoder",),
    compare=compare,
    baselines=autoencoder.baselines,
    validate=validate,
    figure_plot=lambda name: "" if name.endswith("PSNR") else "loss",
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program as they are, 8 px; 30 % of the pixels are black.",
            model={"latent": 32, "hidden": "256-128", "rate": 1e-3},
            training={"batch": 64, "horizon": 4000, "schedule": "cosine"},
            data={"source": "digits", "size": 8},
        ),
        Preset(
            "lecture",
            "Lecture 002 (stacked)",
            "The lecture's deep nets for grey patches of 25 px, layer after layer and then all together, 30 % noise.",
            model={"stacked": True},
            training={"batch": 128, "horizon": 20000},
            data={"source": "folder", "size": 25, "colour": "grey", "flip": True},
            default=False,
        ),
        Preset(
            "photos",
            "Photographs, 64 px",
            "A folder of faces or other pictures, 64 px, convolutional nets, salt and pepper on 30 % of the pixels.",
            model={"architecture": "convolutional", "latent": 128, "corruption": "salt", "rate": 1e-3},
            training={"batch": 64, "horizon": 10000, "schedule": "cosine"},
            data={"source": "folder", "size": 64, "flip": True},
        ),
    ),
)
