"""What the decoder of the codes family is fed: ones, a one-hot vector, or a learned code for each training picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPEED = 10.0
"""how many times as fast as the decoder the learned codes move"""
JITTER = 1e-4
"""added to the codes' variances, so that few codes in many dimensions still have a factor"""


class Ones(nn.Module):
    """The same vector of ones for every picture."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, index: Tensor) -> Tensor:
        """Rows (N,) int64 -> (N, size), all ones."""
        return torch.ones(len(index), self.size, device=index.device)

    def has(self, index: Tensor) -> Tensor:
        """Which rows (N,) have an input, (N,) bool: all."""
        return torch.ones_like(index, dtype=torch.bool)

    def drawn(self, noise: Tensor) -> Tensor:
        """Noise (N, any) -> (N, size), all ones again."""
        return noise.new_ones(len(noise), self.size)


class OneHot(nn.Module):
    """A one-hot vector for each of ``pictures`` pictures (1 of k encoding)."""

    def __init__(self, pictures: int) -> None:
        super().__init__()
        self.pictures = pictures

    def forward(self, index: Tensor) -> Tensor:
        """Rows (N,) int64 below ``pictures`` -> (N, pictures)."""
        return F.one_hot(index, self.pictures).float()

    def has(self, index: Tensor) -> Tensor:
        """Which rows (N,) have an input, (N,) bool."""
        return index < self.pictures

    def drawn(self, noise: Tensor) -> Tensor:
        """Noise (N, pictures) -> one-hot at the largest number: each picture equally likely under equal noise."""
        return F.one_hot(noise.argmax(1), self.pictures).float()


class Learned(nn.Module):
    """A free code for each picture, learned with the decoder (Bojanowski et al. 2018).

    The table is kept in tenths (:data:`SPEED`), so that one optimiser moves codes ten times as fast as weights.
    """

    known: Tensor

    def __init__(self, pictures: int, size: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(pictures, size) / SPEED)
        self.register_buffer("known", torch.zeros(pictures, dtype=torch.bool))

    def forward(self, index: Tensor) -> Tensor:
        """Rows (N,) int64 below ``pictures`` -> their codes (N, size); in training mode they are noted as known."""
        if self.training:
            self.known[index] = True
        return F.embedding(index, self.table) * SPEED

    def has(self, index: Tensor) -> Tensor:
        """Which rows (N,) have an input, (N,) bool."""
        return index < len(self.table)

    def drawn(self, noise: Tensor) -> Tensor:
        """Standard normal noise (N, size) -> codes with the mean and the covariance of the learned ones."""
        codes = self.table.float() * SPEED
        # the codes of pictures that the data does not have never moved: they do not count, unless there are no others
        weights = torch.where(self.known.any(), self.known, ~self.known).float()[:, None]
        total = weights.sum()
        mean = (weights * codes).sum(0) / total
        centred = (codes - mean) * weights
        covariance = centred.T @ centred / total + JITTER * torch.eye(codes.shape[1], device=codes.device)
        return mean + noise @ torch.linalg.cholesky_ex(covariance)[0].T


class Decoder(nn.Module):
    """An input for each training picture, and the net that draws from it."""

    def __init__(self, inputs: Ones | OneHot | Learned, body: nn.Module) -> None:
        super().__init__()
        self.inputs, self.body = inputs, body

    def forward(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of the training set (N,) int64 -> the logits of their pictures (N, C, S, S), their inputs (N, K)."""
        inputs = self.inputs(index)
        return self.body(inputs), inputs

    def drawn(self, noise: Tensor) -> Tensor:
        """Noise of the prior -> logits (N, C, S, S) of pictures that follow from it."""
        return self.body(self.inputs.drawn(noise))
