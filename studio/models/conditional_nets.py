"""DCGAN-like nets that see a condition beside the code or the picture.

Conditions are (N, K) float32: one-hot for classes, several ones at once for attributes; what lies between is a blend.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from studio.models.blocks import group_norm, initialise_normal
from studio.models.spectral import spectral

NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm2d, "group": group_norm}
"""norms of D that are layers"""


class Projection(nn.Module):
    """What features say for a picture by itself and for each of its conditions (Miyato and Koyama 2018).

    ψ(h) + ⟨V y, h⟩, computed as ψ(h) + ⟨y, Vᵀ h⟩: no vector as long as h for each picture. No bias: under
    the hinge loss its gradient cancels while all pictures are inside the margin.
    """

    def __init__(self, features: int, conditions: int) -> None:
        super().__init__()
        self.score = nn.Linear(features, 1, bias=False)
        self.each = nn.Linear(features, conditions, bias=False)

    def forward(self, features: Tensor, conditions: Tensor) -> Tensor:
        """Features (N, F) and conditions (N, K) -> logits (N, 1) float32."""
        return self.score(features).float() + (self.each(features).float() * conditions).sum(1, keepdim=True)


class ConditionalGenerator(nn.Module):
    """DCGAN's generator on code and condition together; ``channels`` from the smallest map to the largest."""

    def __init__(
        self, latent: int, conditions: int, embedding: int, base: int, channels: Sequence[int], pictures: int
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(conditions, embedding, bias=False) if embedding else None
        entered = latent + (embedding or conditions)
        first = channels[0] * base * base
        layers: list[nn.Module] = [nn.Linear(entered, first, bias=False), nn.Unflatten(1, (channels[0], base, base))]
        for i, o in zip(channels, [*channels[1:], pictures], strict=True):
            layers += [nn.BatchNorm2d(i), nn.ReLU(inplace=True), nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)]
        self.body = nn.Sequential(*layers, nn.Tanh())
        initialise_normal(self)
        if self.embed is not None:
            # as long as a one-hot vector: as large as the code it drowns the code out (one picture a class), and at
            # 0.02 it goes unheard for long
            nn.init.normal_(self.embed.weight, 0.0, embedding**-0.5)

    def forward(self, codes: Tensor, conditions: Tensor) -> Tensor:
        """Codes (N, latent) and conditions (N, K) -> (N, C, S, S) in [-1, 1]."""
        entered = conditions if self.embed is None else self.embed(conditions)
        return self.body(torch.cat([codes, entered.to(codes.dtype)], 1))


class ConditionalDiscriminator(nn.Module):
    """DCGAN's discriminator with the condition as constant maps beside the picture, or projected on its features.

    ``channels`` from the largest map to the smallest, which has ``base`` pixels; ``norm``: batch, group, spectral or
    none.
    """

    def __init__(
        self,
        pictures: int,
        conditions: int,
        base: int,
        channels: Sequence[int],
        *,
        projection: bool,
        norm: str,
        dropout: float,
    ) -> None:
        super().__init__()
        entered = pictures if projection else pictures + conditions
        layers: list[nn.Module] = [nn.Conv2d(entered, channels[0], 4, 2, 1), nn.LeakyReLU(0.2, True)]
        for i, o in itertools.pairwise(channels):
            layers += [nn.Dropout2d(dropout)] if dropout else []
            layers += [nn.Conv2d(i, o, 4, 2, 1, bias=norm not in NORMS)]  # these norms shift by themselves
            layers += [NORMS[norm](o)] if norm in NORMS else []
            layers += [nn.LeakyReLU(0.2, True)]
        layers += [nn.Dropout2d(dropout)] if dropout else []
        self.body = nn.Sequential(*layers, nn.Flatten())
        features = channels[-1] * base * base
        self.judge = Projection(features, conditions) if projection else nn.Linear(features, 1, bias=False)
        initialise_normal(self)
        if norm == "spectral":
            spectral(self)

    def forward(self, pictures: Tensor, conditions: Tensor) -> Tensor:
        """Pictures (N, C, S, S) and conditions (N, K) -> logits (N, 1) float32."""
        if isinstance(self.judge, Projection):
            return self.judge(self.body(pictures), conditions)
        maps = conditions.to(pictures.dtype)[:, :, None, None].expand(-1, -1, *pictures.shape[2:])
        return self.judge(self.body(torch.cat([pictures, maps], 1))).float()
