"""What a family of models is: a frozen record that panels, trainer and terminal read. Importable without torch.

A family file declares everything here and builds its nets inside functions, so that the list of families is on screen
before torch is imported. The family owns the arithmetic of its step (what is detached, what is shared between phases);
the trainer owns everything else (order of phases, backward, optimisers, averaging, reports, checkpoints).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from studio.events import Curve

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class Spec:
    """The pictures a net is built for: ``size`` pixels square, 1 or 3 channels, class names ("" or labelled)."""

    size: int
    channels: int
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prior:
    """Where codes come from: ``kind`` normal N(0, 1) or uniform U(-1, 1), (N, size) float32."""

    size: int
    kind: str = "normal"


@dataclass(frozen=True)
class Optimiser:
    """How a player learns. ``momentum`` is Adam's beta 1, ``second`` its beta 2; ``rho`` is RMSprop's."""

    kind: str
    rate: float
    momentum: float = 0.9
    second: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-8


@dataclass(frozen=True)
class Player:
    """Nets that share an optimiser ("generator"; a VAE's encoder and decoder are one player)."""

    name: str
    nets: tuple[str, ...]
    optimiser: Optimiser


@dataclass(eq=False)
class Batch:
    """One minibatch on the device; ``shared`` carries what one phase computed and a later one may use again."""

    pictures: torch.Tensor
    """(N, C, H, W) float32 in the family's value range"""
    labels: torch.Tensor | None = None
    """(N,) int64"""
    shared: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.pictures.shape[0])


class Draw(Protocol):
    """The random numbers of a step; the same whether one process draws them or several share the batch."""

    def codes(self, count: int, prior: Prior) -> torch.Tensor:
        """(count, prior.size) float32 from the prior."""

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal float32; the first axis is the batch."""


@dataclass(frozen=True)
class Step:
    """What a phase is handed: nets to call, the config, random numbers."""

    nets: Mapping[str, Callable[..., torch.Tensor]]
    config: Any
    draw: Draw


Terms = dict[str, "torch.Tensor"]


@dataclass(frozen=True)
class Phase:
    """One player's move: ``loss(step, batch)`` returns 0-d tensors; the one named ``objective`` is minimised."""

    name: str
    player: str
    objective: str
    loss: Callable[[Step, Batch], Terms]
    repeats: int = 1
    label: str = ""


@dataclass(frozen=True)
class Needs:
    """What the data must have."""

    labels: bool = False
    pairs: bool = False
    domains: int = 1


@dataclass(frozen=True)
class Preset:
    """A named starting point: settings of the model, the training and the data."""

    id: str
    title: str
    help: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    default: bool = True
    """whether it is taken when only its data source is named (a lecture's exact nets are not)"""


@dataclass(frozen=True)
class Family:
    """A family of models. Optional functions are its capabilities; panels ask for them, never for the id."""

    id: str
    title: str
    summary: str
    lecture: str
    config: type
    value_range: tuple[float, float]
    build: Callable[[Any, Spec], dict[str, nn.Module]]
    """nets by name for a config and a spec"""
    players: Callable[[Any], tuple[Player, ...]]
    phases: Callable[[Any], tuple[Phase, ...]]
    curves: tuple[Curve, ...]
    presets: tuple[Preset, ...]
    shown: tuple[str, ...]
    """the nets that are averaged, snapshotted, stored in moments and shipped"""
    needs: Needs = Needs()
    simultaneous: Callable[[Any], bool] = lambda config: False
    """whether all gradients are taken before any update"""
    spec_problems: Callable[[Any, Spec], list[str]] = lambda config, spec: []
    """why the config cannot work on such pictures, as sentences"""
    fit_size: Callable[[int], int] = lambda native: native
    """the size to train at when nobody chose one, from the size that the pictures have by themselves"""
    prior: Callable[[Any], Prior] | None = None
    generate: Callable[[Mapping[str, nn.Module], torch.Tensor], torch.Tensor] | None = None
    """(nets, codes (N, latent)) -> pictures (N, C, H, W) in the value range"""
    encode: Callable[[Mapping[str, nn.Module], torch.Tensor], torch.Tensor] | None = None
    """(nets, pictures) -> codes (N, latent)"""
    validate: Callable[[Step, Batch], Terms] | None = None
    """figures on held-out pictures (0-d tensors), averaged over the held-out set"""
    preferred_precision: str = "bfloat16"
    """what "auto" means where bf16 is native; float32 where measurements say that bf16 costs quality or time"""
    stages: tuple[str, ...] = ()
    parent: str | None = None

    @property
    def samples(self) -> bool:
        """Whether it makes pictures from codes."""
        return self.generate is not None and self.prior is not None

    @property
    def encodes(self) -> bool:
        """Whether it finds a picture's code by itself."""
        return self.encode is not None

    def capabilities(self) -> tuple[str, ...]:
        """What it can do, in words for cards and listings."""
        return tuple(word for word, has in (("samples", self.samples), ("encodes", self.encodes)) if has)

    def preset(self, name: str) -> Preset:
        """A preset by id; :class:`studio.errors.Refused` names the known ones."""
        from studio.errors import Refused

        for preset in self.presets:
            if preset.id == name:
                return preset
        raise Refused(f"{self.title} has no preset {name!r}. Choose one of: {', '.join(p.id for p in self.presets)}.")
