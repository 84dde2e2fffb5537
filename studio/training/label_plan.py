"""What a label curve consists of: its settings, its points, and which of them are trained already. Torch-free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from studio import config as configs
from studio import models
from studio.config import option
from studio.data.config import DataConfig
from studio.errors import Refused
from studio.models.family import Family
from studio.models.library import Card
from studio.training import recipe as recipes
from studio.training import runs
from studio.training.jobs import LabelCurveJob
from studio.training.recipe import Recipe
from studio.training.runs import Run

STARTS = {"pretrained": "from the trained encoder", "scratch": "from scratch"}
"""values of the setting ``START`` of a family that classifies, in words"""
START, LABELS = "start", "per_class"
ALL = "all"
RARELY = 100_000
"""epochs between measurements: a point is measured when it is done"""
ELSEWHERE = ("Machine", "Keeping")
"""groups of settings in which two runs of the same point may differ"""


@dataclass(frozen=True)
class Point:
    """One training of the curve: where it starts, its labels a class (0: all), the name of its run, its recipe."""

    start: str
    count: int
    name: str
    recipe: Recipe

    def title(self) -> str:
        """Its place on the curve, in words."""
        return f"{count_word(self.count)} labels a class, {STARTS[self.start]}"


def counts(text: str) -> tuple[int, ...]:
    """Labels a class as a person writes them, each once, fewest first ("10,30,all"; all: 0), or :class:`Refused`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word != ALL and not (word.isdecimal() and int(word) > 0):
            raise Refused(f"Labels a class: “{word}” is no number. Write numbers with commas between them, or all.")
    if not words:
        raise Refused("Labels a class: write numbers with commas between them, or all.")
    numbers = {int(word) for word in words if word != ALL}
    return (*sorted(numbers), *([0] if ALL in words else []))


def count_word(count: int) -> str:
    """A number of labels a class as it is written."""
    return str(count) if count else ALL


def _refusal(check: Callable[[str], Any], text: str) -> str | None:
    try:
        check(text)
    except Refused as error:
        return str(error)
    return None


@dataclass(frozen=True)
class CurveSettings:
    """What a person sets of a curve besides the encoder, the data and the classifier."""

    labels: str = option(
        "10,30,100,300,all",
        "Labels a class",
        help="The points of the curve: how many labelled pictures of each class are learned from, with commas between "
        "the numbers; all takes every one.",
        check=partial(_refusal, counts),
    )
    steps: int = option(
        1000,
        "Steps",
        unit="each",
        low=1,
        high=10_000_000,
        help="Length of each training. There are two for each number of labels, one from the trained encoder and one "
        "from scratch.",
    )
    batch: int = option(
        64,
        "Batch",
        unit="pictures",
        low=1,
        high=8192,
        help="Pictures a step. It cannot be larger than the smallest point: the fewest labels a class, of every class.",
    )
    name: str = option(
        "",
        "Name",
        help="What the names of the runs begin with; empty: the encoder's name. Points of the same name and settings "
        "that are trained already are used, so that a curve that was stopped goes on.",
        check=lambda name: _refusal(runs.check_name, name) if name else None,
    )
    out: str = option(
        "",
        "Results in",
        path=True,
        help="The folder for accuracy.png and accuracy.json. Empty: in the folder of the encoder's run.",
    )


def classifier() -> Family:
    """The family that the points are trained with: it classifies, on the features of a trained model."""
    return next(about for about in models.FAMILIES if about.classify is not None and model_option(about))


def model_option(about: Family) -> str:
    """The name of the setting that names the model a family is built on; "" when it has none."""
    return next((found.name for found in configs.options(about.config) if found.model), "")


def recipe_for(encoder: str, card: Card, source: str, own: DataConfig | None = None) -> Recipe:
    """A classifier on ``encoder`` for pictures of ``source`` that are like those the encoder knows.

    ``own`` are the encoder's own data settings, kept where they mean something for the curve.
    """
    found = recipes.for_data(classifier().id, source)
    data = found.data
    if own is not None and own.source == source:
        data = replace(own, degradation="none", swap=False, holdout=own.holdout or data.holdout)
    colour = {1: "grey", 3: "colour"}[card.channels]
    data = replace(data, size=card.size, colour=colour, per_class=0)
    model = replace(found.model, **{model_option(found.about): encoder})
    return replace(found, model=model, data=data, training=replace(found.training, validate_every=RARELY))


def points(job: LabelCurveJob) -> list[Point]:
    """Every training of the curve, in the order in which they are done."""
    return [
        Point(
            start,
            count,
            f"{job.name}-{start}-{count_word(count)}",
            job.recipe.with_settings((f"{START}={start}", f"{LABELS}={count}")),
        )
        for count in job.counts
        for start in STARTS
    ]


def stored(folder: Path, point: Point) -> Run | None:
    """The run of a point if it is there, done or not; :class:`Refused` when that name is the run of another training.

    Otherwise the curve would show the accuracy of settings that nobody asked for.
    """
    place = folder / runs.check_name(point.name)
    if not place.exists():
        return None
    run = runs.open_run(place)
    if run.recipe.family != point.recipe.family or (found := _differing(run.recipe, point.recipe)):
        what = f"its {found} differs" if run.recipe.family == point.recipe.family else "it is another model"
        raise Refused(f"There is already a run {point.name} of another curve: {what}. Choose another name.")
    return run


def _differing(one: Recipe, other: Recipe) -> str:
    """The label of the first setting in which two recipes of a family differ; "" when they train the same."""
    for part in recipes.PARTS:
        left, right = getattr(one, part), getattr(other, part)
        for known in configs.options(left):
            if known.group not in ELSEWHERE and getattr(left, known.name) != getattr(right, known.name):
                return known.label
    return ""
