"""Principal component analysis: the linear code with the smallest squared error, what an autoencoder has to beat."""

from __future__ import annotations

import torch
from torch import Tensor

PICTURES = 20_000
"""at most so many pictures are read"""
SIDE = 4096
"""at most so wide is the matrix whose eigenvectors are sought: about ten seconds on one core"""
VALUES = 10**8
"""at most so many numbers are held (400 MB)"""


class Pca:
    """The mean of pictures and their ``components`` main directions; calling it takes pictures there and back."""

    def __init__(self, mean: Tensor, basis: Tensor) -> None:
        self.mean, self.basis = mean, basis
        """(D,) and (D, components) float32, the columns orthonormal, the largest variance first"""

    def encode(self, pictures: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, components) float32."""
        # only matrix products, but of float32: bfloat16 would cost the comparison several tenths of a dB
        with torch.autocast(pictures.device.type, enabled=False):
            return (pictures.float().flatten(1) - self.mean) @ self.basis

    def decode(self, codes: Tensor) -> Tensor:
        """(N, components) -> (N, D) float32."""
        with torch.autocast(codes.device.type, enabled=False):
            return codes @ self.basis.T + self.mean

    def __call__(self, pictures: Tensor) -> Tensor:
        """(N, C, H, W) float32 as the code keeps them, same shape, not clamped."""
        return self.decode(self.encode(pictures)).reshape(pictures.shape)


def fit(pictures: Tensor, components: int) -> Pca:
    """PCA of ``pictures`` (N, C, H, W), with fewer components where pictures or pixels are fewer.

    Exact: the eigenvectors of the covariance of the pixels or of the pictures' Gram matrix, whichever is smaller.
    Of more pictures than :data:`PICTURES`, :data:`SIDE` and :data:`VALUES` allow, every n-th is taken.
    """
    device = pictures.device
    home = device if device.type in ("cpu", "cuda") else torch.device("cpu")  # elsewhere torch has no eigenvectors
    flat = _spread(pictures.flatten(1)).to(home, torch.float32)
    with torch.autocast(home.type, enabled=False):
        mean = flat.mean(0)
        basis = _main_directions(flat - mean, components)
    return Pca(mean.to(device), basis.to(device))


def _spread(flat: Tensor) -> Tensor:
    """As many rows of (N, D) as can be handled, evenly over all of them."""
    count, values = flat.shape
    limit = max(1, min(PICTURES if values <= SIDE else SIDE, VALUES // values))
    if count <= limit:
        return flat
    return flat[torch.arange(limit, device=flat.device) * count // limit]


def _main_directions(centred: Tensor, components: int) -> Tensor:
    """(D, k) orthonormal columns for (N, D) with mean zero, k = min(components, N, D)."""
    small = centred.shape[1] <= centred.shape[0]
    _, vectors = torch.linalg.eigh(centred.T @ centred if small else centred @ centred.T)
    vectors = vectors.flip(1)[:, :components]  # they come with the smallest variance first
    if small:
        return vectors.contiguous()
    # pictures times eigenvector of the Gram matrix; QR makes them orthonormal, also those that have no variance
    return torch.linalg.qr(centred.T @ vectors)[0].contiguous()
