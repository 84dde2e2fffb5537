"""What the code space of a model is like, read from its card: size, prior, how to go from code to code. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass

from studio.errors import Refused
from studio.latent.codes import Code
from studio.models import priors
from studio.models.family import Condition, Prior
from studio.models.library import Card

MANY = 8
"""dimensions from which on a Gaussian's codes lie near a shell"""


@dataclass(frozen=True)
class LatentSpace:
    """The codes (D,) of one model; ``picture`` is (size, channels) of what they become."""

    model: str
    title: str
    size: int
    prior: Prior | None
    condition: Condition | None
    encodes: bool
    picture: tuple[int, int]
    stamp: str = ""
    """of the weights; empty while they are in training"""

    @property
    def samples(self) -> bool:
        """Whether codes can be drawn from a seed."""
        return self.prior is not None

    @property
    def spherical(self) -> bool:
        """Whether codes lie near a shell: a Gaussian in many dimensions that no encoder fills differently."""
        return self.prior is not None and self.prior.kind == "normal" and self.size >= MANY and not self.encodes

    @property
    def blend(self) -> str:
        """How to go between two codes unless the person chose: slerp on a shell, lerp in a cloud."""
        return "slerp" if self.spherical else "lerp"

    @property
    def reach(self) -> float:
        """How far from 0 nearly all codes lie in a dimension."""
        return priors.reach(self.prior) if self.prior is not None else 3.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The classes or attributes it can be asked for."""
        return self.condition.names if self.condition is not None else ()

    def check(self, code: Code) -> str:
        """A warning where ``code`` may look different here, else ""; :class:`Refused` where it means nothing.

        Codes travel along a run and its moments, never from one model to another.
        """
        name = code.name or code.source or "given"
        if len(code) != self.size:
            raise Refused(
                f"The code {name} belongs to {code.model or 'another model'}: it has {len(code)} numbers, and "
                f"{self.model} takes {self.size}."
            )
        if code.stamp and code.stamp == self.stamp:
            return ""
        if code.model != self.model:
            raise Refused(f"The code {name} was made with {code.model} and means nothing to {self.model}.")
        if code.wanted and any(word.strip() not in self.wanted for word in code.wanted.split(",")):
            raise Refused(f"The code {name} asks for {code.wanted}, which {self.model} does not know.")
        if code.stamp and self.stamp:
            return f"The code {name} was made at another moment of {self.model}: its picture may look different now."
        return ""


def describe(card: Card) -> LatentSpace:
    """The latent space of the model with this card; :class:`Refused` when it makes no pictures from codes."""
    about = card.record
    size = about.code_size(card.settings, card.spec)
    if about.generate is None or size is None:
        raise Refused(f"{card.name} ({about.title}) makes no pictures from codes.")
    prior = about.prior(card.settings, card.spec) if about.prior is not None else None
    condition = about.condition(card.settings, card.spec)
    shape = (card.size, card.channels)
    return LatentSpace(card.name, about.title, size, prior, condition, about.encodes, shape, card.sha256)
