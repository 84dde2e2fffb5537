"""The net of MADE: dense layers whose masks let each pixel see only the pixels before it. Imports torch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

ORDERS_SEED = 0


class MaskedLinear(nn.Linear):
    """A dense layer that uses only the weights that a mask (outputs, inputs) bool lets through."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(N, inputs) -> (N, outputs)."""
        return F.linear(x, self.weight if mask is None else self.weight * mask, self.bias)


class Made(nn.Module):
    """Binary pictures (N, C, S, S) -> logits of the same shape, each from the pixels that come before it.

    A hidden unit of degree d sees the pixels of rank 0 … d; the output of rank r sees the units of degree < r.
    ``orders`` > 1: as many sets of masks over the same weights, with ``shuffled`` pixels in another order in each.
    """

    order: Tensor
    degrees: Tensor

    def __init__(
        self, channels: int, size: int, hidden: int, layers: int, orders: int, shuffled: bool, direct: bool
    ) -> None:
        super().__init__()
        self.shape = (channels, size, size)
        pixels = channels * size * size
        sizes = [pixels, *[hidden] * layers, pixels]
        self.layers = nn.ModuleList(MaskedLinear(i, o) for i, o in pairwise(sizes))
        self.direct = nn.Parameter(torch.zeros(pixels, pixels)) if direct else None
        # as buffers, so that a model on disk keeps its order; small whole numbers, unlike the masks they stand for
        order, degrees = _plan(channels, pixels, hidden, layers, orders, shuffled)
        self.register_buffer("order", torch.tensor(order))
        self.register_buffer("degrees", torch.tensor(degrees))

    @property
    def orders(self) -> int:
        """How many sets of masks there are."""
        return len(self.order)

    def forward(self, pictures: Tensor, chosen: int = 0) -> Tensor:
        """Logits (N, C, S, S) under the masks number ``chosen``."""
        x = pictures.flatten(1)
        rank = self.order[chosen]
        h, sees = x, rank
        *inner, last = self.layers
        for linear, degree in zip(inner, self.degrees[chosen], strict=True):
            h = F.relu(linear(h, degree[:, None] >= sees))
            sees = degree
        logits = last(h, rank[:, None] > sees)
        if self.direct is not None:
            logits = logits + F.linear(x, self.direct * (rank[:, None] > rank))
        return logits.unflatten(1, self.shape)

    def fill(self, uniform: Tensor) -> Tensor:
        """Pictures (N, C, S, S) of 0 and 1, pixel after pixel in the first order: 1 where ``uniform`` < p(1 | before).

        ``uniform`` is (N, C·S·S) in [0, 1]. A hidden unit is computed once, as soon as the last pixel that it sees is
        known, so that all pixels together cost about one forward pass instead of one each.
        """
        ranked = self.order[0].argsort()
        weights, biases, counts = self._triangular(ranked)
        direct = None if self.direct is None else self.direct[ranked][:, ranked]
        uniform = uniform[:, ranked]
        x = torch.zeros_like(uniform)
        units = [uniform.new_zeros(len(x), len(bias)) for bias in biases[:-1]]
        for rank in range(x.shape[1]):
            ready = counts[-1][rank]
            logit = biases[-1][rank] + units[-1][:, :ready] @ weights[-1][rank, :ready]
            if direct is not None:
                logit = logit + x[:, :rank] @ direct[rank, :rank]
            x[:, rank] = (uniform[:, rank] < torch.sigmoid(logit)).float()
            below, width = x, rank + 1
            for weight, bias, values, count in zip(weights, biases, units, counts, strict=False):
                new = slice(count[rank], count[rank + 1])
                if new.start < new.stop:
                    values[:, new] = F.relu(F.linear(below[:, :width], weight[new, :width], bias[new]))
                below, width = values, new.stop
        return x[:, self.order[0]].unflatten(1, self.shape)

    def _triangular(self, ranked: Tensor) -> tuple[list[Tensor], list[Tensor], list[list[int]]]:
        """Weights and biases with pixels and units in the order in which they become known.

        ``counts[layer][r]`` is how many of a layer's units see only pixels of rank below r.
        """
        sorted_, by_degree = self.degrees[0].sort(dim=1, stable=True)
        places = [ranked, *by_degree, ranked]
        weights, biases = [], []
        for linear, rows, columns in zip(self.layers, places[1:], places[:-1], strict=True):
            assert isinstance(linear, MaskedLinear)
            weights.append(linear.weight[rows][:, columns])
            biases.append(linear.bias[rows])
        ranks = torch.arange(len(ranked) + 1, device=ranked.device, dtype=sorted_.dtype)
        return weights, biases, [torch.searchsorted(row, ranks).tolist() for row in sorted_]


def _plan(
    channels: int, pixels: int, hidden: int, layers: int, orders: int, shuffled: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Ranks (orders, pixels) and degrees (orders, layers, hidden), both int32.

    The first set is even: as many units of each degree. The others are drawn, each layer's degrees not below the
    smallest of the layer before, so that no unit is blind (Germain et al. 2015).
    """
    draw = np.random.default_rng(ORDERS_SEED)
    # raster order with a pixel's colours next to each other, for pictures that are flattened as C, H, W
    raster = np.arange(pixels).reshape(pixels // channels, channels).T.ravel()
    even = np.arange(hidden) * (pixels - 1) // hidden
    order = np.stack([draw.permutation(pixels) if shuffled else raster for _ in range(orders)])
    degrees = np.empty((orders, layers, hidden), np.int32)
    degrees[0] = even
    for chosen in range(1, orders):
        lowest = 0
        for layer in range(layers):
            degrees[chosen, layer] = draw.integers(lowest, max(pixels - 1, 1), hidden)
            lowest = int(degrees[chosen, layer].min())
    return order.astype(np.int32), degrees
