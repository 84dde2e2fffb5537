"""What families that translate pictures share: settings, the judge's choices, names of directions, the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.config import option
from studio.models.family import Optimiser, Player, Spec

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn

GAMES = {"least squares": "Least squares", "non-saturating": "Non-saturating", "hinge": "Hinge"}
PATCHES = {
    "auto": "Automatic",
    "1": "1 px (each pixel)",
    "16": "16 px",
    "34": "34 px",
    "70": "70 px",
    "142": "142 px",
    "286": "286 px",
    "whole": "Whole picture",
}
LAYERS = {"1": 0, "16": 1, "34": 2, "70": 3, "142": 4, "286": 5}
"""strided convolutions of the discriminator that sees such patches"""


@dataclass(frozen=True)
class TranslationConfig:
    """Settings that all translating families have."""

    width: int = option(
        64,
        "Width of G",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the generator next to the picture. The papers take 64; on a processor 16 or 24 trains many "
        "times as fast and is enough for small pictures.",
    )
    d_width: int = option(
        64,
        "Width of D",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the discriminator next to the picture. Take about as many as for the generator.",
    )
    loss: str = option(
        "least squares",
        "Game",
        group="Game",
        choices=GAMES,
        help="What generator and discriminator play for. Least squares is CycleGAN's and UNIT's and the calmest, "
        "non-saturating is pix2pix's, hinge stops caring about what is judged rightly.",
    )
    g_rate: float = option(
        2e-4,
        "G learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the generator's updates. Lower it when pictures flicker between previews.",
    )
    d_rate: float = option(
        2e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the discriminator's updates. Lower it when D tells real from made without fail.",
    )
    momentum: float = option(
        0.5,
        "Adam's beta 1",
        group="Learning",
        low=0.0,
        high=0.999,
        help="Momentum of Adam; 0.5 instead of the usual 0.9 keeps the game from swinging (Radford et al. 2016).",
    )

    def player(self, name: str, nets: tuple[str, ...], rate: float) -> Player:
        """A player that learns with Adam."""
        return Player(name, nets, Optimiser("adam", rate, self.momentum))


def patch_option() -> Any:
    """The setting that says how much of a picture the discriminator sees at once."""
    return option(
        "auto",
        "D judges patches of",
        group="Nets",
        choices=PATCHES,
        help="How much of a picture each judgement sees (PatchGAN). Small patches ask for texture and leave the shape "
        "alone, large ones ask for the right whole. Automatic: 70 px, the papers' choice, and less for pictures below "
        "128 px.",
    )


def patch_of(patch: str, size: int) -> str:
    """The patch that "auto" means for pictures of ``size`` px, or the one chosen."""
    if patch != "auto":
        return patch
    return "70" if size >= 128 else "34" if size >= 48 else "16"


def discriminator(patch: str, inputs: int, size: int, width: int, kind: str) -> nn.Module:
    """(N, inputs, size, size) -> (N, 1, h, w) logits for the patches named."""
    from studio.models.translators import PatchDiscriminator, WholeDiscriminator

    patch = patch_of(patch, size)
    if patch == "whole":
        return WholeDiscriminator(inputs, size, width, kind)
    return PatchDiscriminator(inputs, width, LAYERS[patch], kind)


def patch_problems(patch: str, size: int) -> list[str]:
    """Pictures too small for a patch leave nothing to judge."""
    patch = patch_of(patch, size)
    layers = LAYERS.get(patch, 0)
    if layers and size >> layers < 3:
        return [
            f"Patches of {patch} px need pictures of {3 << layers} px at least, not {size}. Choose a smaller patch."
        ]
    return []


def size_problems(title: str, size: int) -> list[str]:
    """The nets halve the size twice and double it again."""
    if size % 4 or size < 8 or size > 1024:
        return [f"{title} needs a size that is a multiple of 4 from 8 to 1024 px, not {size}. Choose 32, 64 or 128."]
    return []


def fit_size(native: int) -> int:
    """The pictures' own size made a multiple of 4, from 16 to 64."""
    return min(64, max(16, -(-native // 4) * 4))


def domains(spec: Spec) -> tuple[str, str]:
    """What the two kinds of pictures are called: the classes when there are two, else A and B."""
    return (spec.classes[0], spec.classes[1]) if len(spec.classes) == 2 else ("A", "B")


def both_ways(config: Any, spec: Spec) -> tuple[str, ...]:
    """The names of both directions."""
    a, b = domains(spec)
    return f"{a} to {b}", f"{b} to {a}"


def judge(
    net: Callable[[torch.Tensor], torch.Tensor], real: torch.Tensor, made: torch.Tensor, together: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of real and of made pictures; ``together`` in one pass where no batch norm would mix their statistics."""
    import torch

    if not together:
        return net(real), net(made)
    logits = net(torch.cat([real, made.to(real.dtype)]))
    return logits[: len(real)], logits[len(real) :]


def fooling(game: str, logits: torch.Tensor) -> torch.Tensor:
    """What a generator minimises, at the scale that CycleGAN's and UNIT's weights are meant for.

    They weigh the other losses against (D − 1)², of which :mod:`studio.models.losses` takes half.
    """
    from studio.models.losses import ADVERSARIAL

    return ADVERSARIAL[game].generator(logits) * (2.0 if game == "least squares" else 1.0)


def l1(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of pictures, 0-d float32 (0 to 2 for pictures in [-1, 1])."""
    return (made.float() - wanted.float()).abs().mean()
