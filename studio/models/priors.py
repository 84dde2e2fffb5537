"""Where codes come from: base random numbers (N, columns) become codes (N, size) of a prior (Makhzani et al. 2016).

The caller draws :func:`base` noise and pushes it through; for normal and uniform priors the noise is the code. Only the
first two dimensions of a mixture or a Swiss roll have a shape, the others are N(0, 1). Every constant comes from Python
floats and modes are found by comparisons, so that all devices agree to float32 rounding.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from studio.models.family import Prior

KINDS = {"normal": "Gaussian", "mixture": "Ring of Gaussians", "swiss roll": "Swiss roll", "uniform": "Uniform"}
"""the kinds and their titles; the keys are :attr:`studio.models.family.Prior.kind`"""
RADIUS = 3.0
"""of the ring's centres, and of the roll's outer end"""
ALONG = 0.5
"""standard deviation of a mode of the ring along its radius"""
ACROSS = 0.3
"""and across it when there are few modes; many share the circle, see :func:`_across`"""
TURNS = 2.0
THICKNESS = 0.15
"""standard deviation of the roll about its line; its turns are RADIUS / TURNS apart"""


def columns(prior: Prior) -> int:
    """How many base random numbers a code needs (the mode of a mixture is chosen by one more)."""
    return prior.size + 1 if prior.kind == "mixture" else prior.size


def base(prior: Prior) -> str:
    """Which noise the caller draws: "normal" for N(0, 1), "uniform" for even in [-1, 1)."""
    return "uniform" if prior.kind == "uniform" else "normal"


def push(prior: Prior, noise: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Codes (N, size) of base noise (N, columns) float32.

    With ``prior.labelled`` the one-hot conditions (N, modes) pick the mode, or the part of the roll; without conditions
    the noise picks it. Raises ValueError for an unknown kind and for a shape in less than two dimensions.
    """
    if prior.kind in ("normal", "uniform"):
        return noise
    chosen = conditions.argmax(1) if prior.labelled and conditions is not None else None
    if prior.kind == "mixture":
        return _mixture(prior, noise, chosen)
    return _swiss_roll(prior, noise, chosen)


def mode_of(prior: Prior, codes: torch.Tensor) -> torch.Tensor:
    """The mode whose density is highest at each code, (N,) int64; of a Swiss roll the nearest part of its line.

    A prior without modes has one: all zeros.
    """
    if prior.kind == "mixture":
        plane, centres = codes[:, None, :2].float(), _centres(prior, codes)
        offset, out = plane - centres, centres / RADIUS
        along = (offset * out).sum(2)
        across = offset[..., 1] * out[:, 0] - offset[..., 0] * out[:, 1]
        # all modes weigh the same, so the densest one is the nearest in units of its own spread
        return ((along / ALONG).square() + (across / _across(prior)).square()).argmin(1)
    if prior.kind == "swiss roll":
        return (_place(codes).square() * prior.modes).long().clamp(max=prior.modes - 1)
    return codes.new_zeros(len(codes)).long()


def truncate(prior: Prior, codes: torch.Tensor, truncation: float) -> torch.Tensor:
    """Codes drawn towards the middle: of the prior, of their own mode, or of the roll's line; 1 leaves them alone."""
    if truncation == 1.0:
        return codes
    if prior.kind in ("normal", "uniform"):
        return codes * truncation
    import torch

    middle = torch.zeros_like(codes)
    middle[:, :2] = _centres(prior, codes)[mode_of(prior, codes)] if prior.kind == "mixture" else _line(_place(codes))
    return middle + truncation * (codes - middle)


def centres(prior: Prior) -> list[tuple[float, float]]:
    """The middles of a mixture's modes in the first two dimensions, in order; empty for other kinds."""
    if prior.kind != "mixture":
        return []
    angles = [2 * math.pi * mode / prior.modes for mode in range(prior.modes)]
    return [(RADIUS * math.cos(angle), RADIUS * math.sin(angle)) for angle in angles]


def reach(prior: Prior) -> float:
    """How far from 0 nearly all codes lie in each of the first two dimensions: how much a map has to show."""
    return {"uniform": 1.0, "mixture": RADIUS + 3 * ALONG, "swiss roll": RADIUS + 3 * THICKNESS}.get(prior.kind, 3.0)


def _mixture(prior: Prior, noise: torch.Tensor, chosen: torch.Tensor | None) -> torch.Tensor:
    import torch

    _require_plane(prior)
    if chosen is None:
        # equal shares of N(0, 1): comparing with its quantiles is the same on every device, its CDF is not quite
        shares = [NormalDist().inv_cdf(mode / prior.modes) for mode in range(1, prior.modes)]
        chosen = torch.bucketize(noise[:, prior.size].contiguous(), noise.new_tensor(shares), right=True)
    middle = _centres(prior, noise)[chosen]
    out = middle / RADIUS
    along, across = ALONG * noise[:, :1], _across(prior) * noise[:, 1:2]
    plane = middle + along * out + across * torch.stack((-out[:, 1], out[:, 0]), 1)
    return torch.cat((plane, noise[:, 2 : prior.size]), 1)


def _swiss_roll(prior: Prior, noise: torch.Tensor, chosen: torch.Tensor | None) -> torch.Tensor:
    import torch

    _require_plane(prior)
    share = torch.special.ndtr(noise[:, 0])  # even in [0, 1]
    if chosen is not None:
        share = (chosen + share) / prior.modes
    line = share.sqrt()  # the turns grow with the radius: even along the line, not along the angle
    plane = _line(line)
    out = plane / (RADIUS * line).clamp(min=1e-6)[:, None]
    return torch.cat((plane + THICKNESS * noise[:, 1:2] * out, noise[:, 2:]), 1)


def _line(place: torch.Tensor) -> torch.Tensor:
    """The roll's line (N, 2) at places from 0, its middle, to 1, its outer end."""
    import torch

    angle = 2 * math.pi * TURNS * place
    return torch.stack((angle.cos(), angle.sin()), 1) * (RADIUS * place)[:, None]


def _place(codes: torch.Tensor) -> torch.Tensor:
    """Where on the roll's line, 0 to 1, the turn nearest to each code passes, (N,)."""
    import torch

    plane = codes[:, :2].float()
    place = (
        torch.linalg.vector_norm(plane, dim=1) / RADIUS
    )  # what the radius says; the angle says it but for whole turns
    part = torch.atan2(plane[:, 1], plane[:, 0]) / (2 * math.pi * TURNS)
    turn = ((place - part) * TURNS).round()
    # the line begins at angle 0 and ends after TURNS turns
    first, last = (part < 0).float(), TURNS - (part > 0).float()
    return (part + torch.minimum(torch.maximum(turn, first), last) / TURNS).clamp(0.0, 1.0)


def _centres(prior: Prior, like: torch.Tensor) -> torch.Tensor:
    return like.new_tensor(centres(prior))


def _across(prior: Prior) -> float:
    """Standard deviation across the radius: neighbouring centres stay at least eight of them apart."""
    return min(ACROSS, 2 * math.pi * RADIUS / prior.modes / 8)


def _require_plane(prior: Prior) -> None:
    if prior.size < 2 or prior.kind not in KINDS:
        raise ValueError(f"No prior {prior.kind!r} with codes of {prior.size}.")
