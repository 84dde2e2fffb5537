"""Classifier (lecture system L3): a head on a trained model's features, or on convolutions of its own.

Fine-tuning pretrained features with few labels, compared with the same nets from scratch, shows what was learned
without labels (Hinton and Salakhutdinov 2006; Vincent et al. 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.config import option
from studio.events import Curve
from studio.models.adversarial import OPTIMISERS
from studio.models.family import Batch, Family, Needs, Nets, Optimiser, Phase, Player, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

SMALLEST, LARGEST = 8, 512


@dataclass(frozen=True)
class ClassifierConfig:
    """Settings of the classifier."""

    parent: str = option(
        "",
        "Built on",
        group="Start",
        model=True,
        help="A trained model whose features are used: its name, its folder or its run. Empty: convolutions of its "
        "own, learned from scratch.",
    )
    start: str = option(
        "pretrained",
        "Start from",
        group="Start",
        choices={"pretrained": "Its weights", "scratch": "Random weights"},
        help="With a model to build on: take over what it has learned, or the same nets with random weights, to see "
        "what that was worth.",
    )
    freeze: bool = option(
        False,
        "Only the head learns",
        group="Start",
        help="Keeps the features of the model as they are. Fast, and safe with very few labels; off, they adapt too.",
    )
    width: int = option(
        16,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the first of its own convolutions; they double at each halving, up to 8 times. Not used "
        "when it is built on a model.",
    )
    dropout: float = option(
        0.3,
        "Dropout",
        group="Nets",
        low=0.0,
        high=0.95,
        help="Share of the features left out at random each step. Raise it when the held-out pictures lag behind.",
    )
    shift: int = option(
        2,
        "Random shifts",
        group="Learning",
        unit="px",
        low=0,
        high=64,
        help="Moves each picture by up to so many pixels each time it is seen: more pictures for nothing. 0 for "
        "pictures where the place means something.",
    )
    smoothing: float = option(
        0.0,
        "Label smoothing",
        group="Learning",
        low=0.0,
        high=0.9,
        help="Share of the target that is spread over all classes, so that the scores stay moderate. 0.1 helps with "
        "wrong labels and with sure mistakes.",
    )
    optimiser: str = option(
        "adam", "Optimiser", group="Learning", choices=OPTIMISERS, help="How gradients become updates. Adam is usual."
    )
    rate: float = option(
        2e-3,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of an update. For pretrained features 3e-4 changes them with care.",
    )


def build(config: ClassifierConfig, spec: Spec) -> dict[str, nn.Module]:
    """Features (N, C, S, S) in [0, 1] -> (N, F); head (N, F) -> (N, classes) scores."""
    from studio.models import classifier_nets

    features: nn.Module
    if spec.parent is None:
        features = classifier_nets.convolutional(spec.channels, spec.size, config.width)
    else:
        about, nets = _parent_nets(spec)
        features = classifier_nets.Inherited(about, nets, config.freeze)
    shape = (spec.channels, spec.size, spec.size)
    return {
        "features": features,
        "head": classifier_nets.head(features, shape, len(spec.classes), config.dropout),
    }


def _parent_nets(spec: Spec) -> tuple[Family, dict[str, nn.Module]]:
    """The parent's family, and those of its nets that its features read."""
    from studio import config as configs
    from studio import models

    assert spec.parent is not None
    about = models.family(spec.parent.family)
    nets = about.build(configs.from_json(about.config, spec.parent.model), spec.parent.spec)
    return about, {name: nets[name] for name in about.feature_nets}


def inherit(config: ClassifierConfig, nets: Nets, parent_nets: Nets) -> None:
    """Take over the weights of the parent's features, unless the comparison from scratch is asked for."""
    from studio.models import classifier_nets

    if config.start == "pretrained":
        classifier_nets.fill(nets["features"], parent_nets)


def players(config: ClassifierConfig) -> tuple[Player, ...]:
    """Features and head learn together, or the head alone."""
    frozen = config.freeze and bool(config.parent)
    return (Player("classifier", ("head",) if frozen else ("features", "head"), _optimiser(config)),)


def _optimiser(config: ClassifierConfig) -> Optimiser:
    return Optimiser(config.optimiser, config.rate)


def phases(config: ClassifierConfig) -> tuple[Phase, ...]:
    """One phase: cross entropy."""
    return (Phase("classifier", "classifier", "loss", loss, label="Step"),)


def loss(step: Step, batch: Batch) -> Terms:
    """Cross entropy of the classes, on shifted pictures; and the share that is right."""
    import torch.nn.functional as F

    from studio.models import classifier_nets

    pictures = batch.pictures
    if step.config.shift:
        pictures = classifier_nets.shifted(pictures, step.config.shift, step.draw.uniform((len(batch), 2)))
    scores = step.nets["head"](step.nets["features"](pictures)).float()
    assert batch.labels is not None
    error = F.cross_entropy(scores, batch.labels, label_smoothing=step.config.smoothing)
    return {"loss": error, "accuracy": _accuracy(scores, batch.labels)}


def validate(step: Step, batch: Batch) -> Terms:
    """Cross entropy and the share of right answers on held-out pictures, unshifted and unsmoothed."""
    import torch.nn.functional as F

    assert batch.labels is not None
    scores = step.nets["head"](step.nets["features"](batch.pictures)).float()
    return {"val loss": F.cross_entropy(scores, batch.labels), "val accuracy": _accuracy(scores, batch.labels)}


def _accuracy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return (scores.detach().argmax(1) == labels).float().mean()


def curves(config: ClassifierConfig) -> tuple[Curve, ...]:
    """The loss, and the share of right answers."""
    return (
        Curve("loss", "classifier", "loss", "Cross entropy: how unlikely the right classes seemed, in nats."),
        Curve("accuracy", "classifier", "score", "Share of the training pictures whose class it found."),
    )


def classify(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """Scores (N, classes) before the softmax, of pictures in [0, 1]."""
    return nets["head"](nets["features"](pictures)).float()


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """The pictures, and below them again those that it takes for another class; the others are left black."""
    if batch.labels is None:
        return {"picture": batch.pictures}
    wrong = classify(nets, batch.pictures).argmax(1) != batch.labels
    return {"picture": batch.pictures, "misread": batch.pictures * wrong[:, None, None, None]}


def features(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """What its own head reads, (N, F), for a further classifier on other classes."""
    return nets["features"](pictures).float()


def spec_problems(config: ClassifierConfig, spec: Spec) -> list[str]:
    """Several classes; and pictures like those that the parent was trained on."""
    found = []
    if len(spec.classes) < 2:
        found.append("A classifier needs pictures of at least two classes. Put them into one folder per class.")
    if spec.parent is None and not SMALLEST <= spec.size <= LARGEST:
        found.append(
            f"The classifier's nets are made for {SMALLEST} to {LARGEST} px, not {spec.size}. Choose 28 or 64."
        )
    if spec.parent is not None:
        found += _parent_problems(spec.parent.name, spec, spec.parent.spec)
    if config.shift >= spec.size:
        found.append(f"Shifts of {config.shift} px move pictures of {spec.size} px out of sight. Choose 2 or less.")
    return found


def _parent_problems(name: str, spec: Spec, parent: Spec) -> list[str]:
    found = []
    if parent.size != spec.size:
        found.append(
            f"{name} was trained on pictures of {parent.size} px, not {spec.size}. Set the picture size to "
            f"{parent.size}."
        )
    if parent.channels != spec.channels:
        kinds = {1: "grey", 3: "coloured"}
        wanted = {1: "grey", 3: "colour"}[parent.channels]
        found.append(
            f"{name} was trained on {kinds[parent.channels]} pictures, not {kinds[spec.channels]} ones. Set colour to "
            f"{wanted}."
        )
    return found


FAMILY = Family(
    id="classifier",
    title="Classifier",
    summary="Tells classes apart: with nets of its own, or on the features of a model that was trained without labels.",
    lecture="L3",
    config=ClassifierConfig,
    value_range=(0.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("features", "head"),
    needs=lambda config: Needs(labels=True),
    spec_problems=spec_problems,
    fit_size=lambda native: min(64, max(SMALLEST, native)),
    classify=classify,
    compare=compare,
    features=features,
    feature_nets=("features",),
    inherit=inherit,
    validate=validate,
    figure_plot=lambda name: "score" if name.endswith("accuracy") else "loss",
    parent=lambda config: config.parent,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "The 1,797 digits that come with the program, 16 px: most digits are told apart within a minute.",
            model={"shift": 1},
            training={"batch": 64, "horizon": 600, "schedule": "cosine"},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "mnist",
            "MNIST",
            "Convolutions from scratch on all 60,000 digits, until they read 99 % of the test set.",
            # measured: 99.2 % of the 10,000 test digits after 1,800 steps, 71 s of one core
            training={"batch": 100, "horizon": 1800, "schedule": "cosine"},
            data={"source": "mnist", "size": 28},
        ),
        Preset(
            "few labels",
            "MNIST, 100 labels",
            "Ten labelled digits of each class. Name an autoencoder trained on MNIST as the model to build on, and "
            "compare with random weights.",
            model={"rate": 1e-3, "dropout": 0.5, "smoothing": 0.1},
            training={"batch": 50, "horizon": 1000, "schedule": "cosine"},
            data={"source": "mnist", "size": 28, "limit": 100},
            default=False,
        ),
    ),
)
