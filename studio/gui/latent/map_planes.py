"""From what is chosen above the map to the plane that it shows, and how much of it at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.errors import Refused
from studio.gui.latent import plane_bar
from studio.latent import planes
from studio.latent.codes import Code
from studio.latent.embedding import Embedding
from studio.latent.latent_space import LatentSpace
from studio.latent.planes import Plane

SPREADS = 3.0
"""what a map of directions shows at first, in standard deviations"""
BEYOND = 1.6
"""what a map through three codes shows at first, in the distance between them"""


def made(
    kind: str,
    axes: tuple[int, int],
    space: LatentSpace,
    base: np.ndarray | None,
    selected: Sequence[Code],
    data: Embedding | None,
) -> Plane:
    """The plane of a kind of :mod:`plane_bar`: ``base`` (D,) is the code in hand, ``selected`` those on the shelf.

    Raises :class:`Refused` when there is no such plane.
    """
    if kind == plane_bar.PRINCIPAL:
        assert data is not None
        return _principal(axes, data)
    if kind == plane_bar.THREE:
        if len(selected) != 3:
            raise Refused("Select three codes on the shelf (Ctrl and click), then choose this plane again.")
        a, b, c = selected
        return planes.through(a.values, b.values, c.values, (a.name, b.name, c.name))
    if base is None and _unknown(space) and data is not None:
        base = data.codes.mean(0)
    return planes.of_axes(space.size, *axes, base, kind == plane_bar.QUANTILES)


def reach(kind: str, space: LatentSpace, data: Embedding | None) -> float:
    """How far from its middle a map of this kind reaches at first."""
    if kind == plane_bar.AXES and _unknown(space) and data is not None:
        return float(SPREADS * data.codes.std(0).max() + np.abs(data.codes.mean(0)).max())
    return {plane_bar.PRINCIPAL: SPREADS, plane_bar.THREE: BEYOND}.get(kind, space.reach)


def _principal(axes: tuple[int, int], data: Embedding) -> Plane:
    found = data.principal
    if max(axes) >= len(found.directions):
        raise Refused(f"There are {len(found.directions)} principal directions. Choose two of them.")
    across, up = (found.spreads[axis] * found.directions[axis] for axis in axes)
    return planes.of_directions(found.mean, across, up, (f"PCA {axes[0] + 1}", f"PCA {axes[1] + 1}"))


def _unknown(space: LatentSpace) -> bool:
    """Whether no prior says where codes lie: only data can."""
    return space.prior is None
