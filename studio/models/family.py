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
    """What a net is built for: ``size`` pixels square, 1 or 3 channels, the names of classes and of yes/no attributes.

    ``parent`` describes the model whose nets this one takes over, with its own family, settings and spec.
    """

    size: int
    channels: int
    classes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    parent: Parent | None = None


@dataclass(frozen=True)
class Parent:
    """The trained model that another is built on; enough to build its nets again without its weights."""

    name: str
    family: str
    model: Mapping[str, Any]
    spec: Spec


@dataclass(frozen=True)
class Prior:
    """Where codes come from, (N, size) float32; :mod:`studio.models.priors` knows the kinds.

    ``kind``: normal N(0, 1); uniform U(-1, 1); mixture of ``modes`` Gaussians on a ring; Swiss roll. ``labelled``: a
    one-hot condition picks the mode.
    """

    size: int
    kind: str = "normal"
    modes: int = 10
    labelled: bool = False


@dataclass(frozen=True)
class Condition:
    """What a picture can be asked for: one of several classes, or any of several yes/no attributes.

    Nets see it as (N, len(names)) float32: one-hot for ``kind`` "class", 0 and 1 for "attributes".
    """

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Optimiser:
    """How a player learns. ``momentum`` is Adam's beta 1 and SGD's, ``second`` Adam's beta 2, ``rho`` RMSprop's.

    ``decay`` shrinks the rate as Keras does, rate / (1 + decay · step); ``weight_decay`` is decoupled (AdamW).
    """

    kind: str
    rate: float
    momentum: float = 0.9
    second: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-8
    decay: float = 0.0
    weight_decay: float = 0.0


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
    """(N, C, H, W) float32 in the family's value range; the input of pairs, domain A of two domains"""
    labels: torch.Tensor | None = None
    """(N,) int64"""
    attributes: torch.Tensor | None = None
    """(N, A) float32, 0 or 1"""
    other: torch.Tensor | None = None
    """(N, C, H, W) as ``pictures``: the target of pairs, domain B of two domains"""
    index: torch.Tensor | None = None
    """(N,) int64, which row of the training set each picture is"""
    shared: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.pictures.shape[0])

    def conditions(self, condition: Condition | None) -> torch.Tensor | None:
        """The batch's own conditions, (N, len(names)) float32; None for an unconditional model."""
        if condition is None:
            return None
        if condition.kind == "attributes":
            return self.attributes
        assert self.labels is not None
        return one_hot(self.labels, len(condition.names))


def one_hot(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """(N, classes) float32 for labels (N,) int64."""
    import torch.nn.functional as F

    return F.one_hot(labels, classes).float()


class Draw(Protocol):
    """The random numbers of a step; the same whether one process draws them or several share the batch."""

    def codes(self, count: int, prior: Prior, conditions: torch.Tensor | None = None) -> torch.Tensor:
        """(count, prior.size) float32 from the prior."""

    def normal(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Standard normal float32; the first axis is the batch."""

    def uniform(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Even between 0 and 1, float32; the first axis is the batch."""


Baseline = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True)
class Step:
    """What a phase is handed: nets to call, the config, random numbers, and where the training stands.

    ``index`` counts steps from 0, ``progress`` is the share of the planned length that is done (0 to 1): schedules
    follow them, so that a resumed run equals an unbroken one. ``baselines`` are what the family compares itself with.
    """

    nets: Mapping[str, Callable[..., Any]]
    config: Any
    draw: Draw
    spec: Spec
    index: int = 0
    progress: float = 0.0
    baselines: Mapping[str, Baseline] = field(default_factory=dict)


Terms = dict[str, "torch.Tensor"]
Nets = Mapping[str, "nn.Module"]


@dataclass(frozen=True)
class Phase:
    """One player's move: ``loss(step, batch)`` returns 0-d tensors; the one named ``objective`` is minimised.

    A training in stages gives its phases a part of the planned length each: ``during`` (from, to) as shares of it.
    """

    name: str
    player: str
    objective: str
    loss: Callable[[Step, Batch], Terms]
    repeats: int = 1
    label: str = ""
    during: tuple[float, float] = (0.0, 1.0)

    def runs(self, progress: float) -> bool:
        """Whether the phase belongs to this share of the planned length (the last one stays when it is over)."""
        return self.during[0] <= progress and (progress < self.during[1] or self.during[1] == 1.0)


@dataclass(frozen=True)
class Needs:
    """What the data must have: classes, yes/no attributes, a second picture for each, two kinds of pictures."""

    labels: bool = False
    attributes: bool = False
    pairs: bool = False
    domains: bool = False


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
    """A family of models. Optional functions are its capabilities; panels ask for them, never for the id.

    ``nets`` are modules by name in eval mode under inference mode, ``config`` is an instance of the family's config.
    """

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
    curves: Callable[[Any], tuple[Curve, ...]]
    presets: tuple[Preset, ...]
    shown: tuple[str, ...]
    """the nets that are averaged, snapshotted, stored in moments and shipped"""
    needs: Callable[[Any], Needs] = lambda config: Needs()
    simultaneous: Callable[[Any], bool] = lambda config: False
    """whether all gradients are taken before any update"""
    spec_problems: Callable[[Any, Spec], list[str]] = lambda config, spec: []
    """why the config cannot work on such pictures, as sentences"""
    fit_size: Callable[[int], int] = lambda native: native
    """the size to train at when nobody chose one, from the size that the pictures have by themselves"""
    preferred_precision: str = "bfloat16"
    """what "auto" means where bf16 is native; float32 where measurements say that bf16 costs quality or time"""

    prior: Callable[[Any, Spec], Prior] | None = None
    generate: Callable[[Nets, torch.Tensor, torch.Tensor | None], torch.Tensor] | None = None
    """(nets, codes (N, latent), conditions (N, K) or None) -> pictures (N, C, H, W) in the value range"""
    latent: Callable[[Any, Spec], int] | None = None
    """the length of a code, where no prior says it"""
    condition: Callable[[Any, Spec], Condition | None] = lambda config, spec: None
    """what a picture can be asked for"""
    encode: Callable[[Nets, torch.Tensor], torch.Tensor] | None = None
    """(nets, pictures) -> codes (N, latent)"""
    directions: Callable[[Any, Spec], tuple[str, ...]] = lambda config, spec: ()
    """the ways in which it translates pictures, by name"""
    translate: Callable[[Nets, torch.Tensor, int], torch.Tensor] | None = None
    """(nets, pictures (N, C, H, W), index of the direction) -> pictures (N, C, H, W)"""
    classify: Callable[[Nets, torch.Tensor], torch.Tensor] | None = None
    """(nets, pictures) -> scores (N, classes) before the softmax"""
    log_likelihood: Callable[[Nets, torch.Tensor], torch.Tensor] | None = None
    """(nets, pictures) -> log p(x) (N,) in nats (of a lower bound where there is only one)"""
    features: Callable[[Nets, torch.Tensor], torch.Tensor] | None = None
    """(nets, pictures) -> what a classifier head is put on, (N, F)"""
    feature_nets: tuple[str, ...] = ()
    """the nets that ``features`` reads"""
    compare: Callable[[Nets, Batch], dict[str, torch.Tensor]] | None = None
    """(nets, batch) -> named rows of pictures, each (N, C, H, W), shown under each other: input, result, target"""
    baselines: Callable[[Any, torch.Tensor], Mapping[str, Baseline]] | None = None
    """(config, training pictures) -> plain methods by name, shown and measured beside the model"""
    validate: Callable[[Step, Batch], Terms] | None = None
    """figures on held-out pictures (0-d tensors), averaged over the held-out set"""
    figure_plot: Callable[[str], str] = lambda name: "loss"
    """the plot that such a figure belongs to, as :attr:`studio.events.Curve.plot`"""
    prepare: Callable[[Any, Nets, torch.Tensor], None] | None = None
    """(config, nets, training pictures (N, C, H, W) in the value range): change the fresh nets before the first step"""
    parent: Callable[[Any], str] = lambda config: ""
    """the name of the trained model that it is built on, "" for none"""
    inherit: Callable[[Any, Nets, Nets], None] | None = None
    """(config, nets, the parent's nets by name): copy what is taken over, before the first step"""

    @property
    def samples(self) -> bool:
        """Whether it makes pictures from codes."""
        return self.generate is not None and self.prior is not None

    @property
    def encodes(self) -> bool:
        """Whether it finds a picture's code by itself."""
        return self.encode is not None

    def code_size(self, config: Any, spec: Spec) -> int | None:
        """The length of a code; None when there are no codes."""
        if self.prior is not None:
            return self.prior(config, spec).size
        return self.latent(config, spec) if self.latent is not None else None

    def capabilities(self) -> tuple[str, ...]:
        """What it can do, in words for cards and listings."""
        words = {
            "samples": self.samples,
            "encodes": self.encodes,
            "translates": self.translate is not None,
            "classifies": self.classify is not None,
            "likelihood": self.log_likelihood is not None,
        }
        return tuple(word for word, has in words.items() if has)

    def rows(self, nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
        """Named rows of pictures that show what the nets make of a batch; empty for a family that reads none."""
        if self.compare is not None:
            return self.compare(nets, batch)
        if self.encode is None or self.generate is None:
            return {}
        return {"picture": batch.pictures, "again": self.generate(nets, self.encode(nets, batch.pictures), None)}

    def preset(self, name: str) -> Preset:
        """A preset by id; :class:`studio.errors.Refused` names the known ones."""
        from studio.errors import Refused

        for preset in self.presets:
            if preset.id == name:
                return preset
        raise Refused(f"{self.title} has no preset {name!r}. Choose one of: {', '.join(p.id for p in self.presets)}.")
