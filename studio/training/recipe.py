"""A recipe: everything that says what a training is (family, model, data, training). Torch-free, frozen, JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studio import config as configs
from studio import models
from studio.config import option
from studio.data import registry
from studio.data.config import LABELS, PAIRS, DataConfig
from studio.errors import Refused
from studio.models.family import Family, Preset

PARTS = ("model", "training", "data")
CHANGEABLE = (
    "horizon", "schedule", "ema_half_life", "device", "precision", "threads", "checkpoint_minutes", "keep", "moments",
    "validate_every",
)  # fmt: skip
"""training settings that may change when a run goes on, besides the learning rates"""


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained, whatever its family."""

    batch: int = option(
        64,
        "Batch",
        group="Training",
        unit="pictures",
        low=1,
        high=8192,
        help="Pictures a step. Smaller is noisier and needs less memory; it cannot be larger than the data.",
    )
    horizon: int = option(
        10000,
        "Length",
        group="Training",
        unit="steps",
        low=1,
        high=10_000_000,
        help="How long the training is meant to be. Schedules follow it; you may stop earlier or go on later.",
    )
    schedule: str = option(
        "constant",
        "Schedule",
        group="Training",
        choices={"constant": "Constant", "linear": "Linear decay", "cosine": "Cosine to zero"},
        help="The learning rate over time: constant, falling to zero in the second half of the planned length, or "
        "along a cosine.",
    )
    seed: int = option(
        0,
        "Seed",
        group="Training",
        low=0,
        high=2**31 - 1,
        help="Same seed, same machine, same run: bit for bit on a CPU.",
    )
    ema_half_life: float = option(
        10000.0,
        "Averaging",
        group="Training",
        unit="pictures",
        low=0.0,
        high=1e7,
        help="Half-life of the average. The pictures you see come from a running average of the weights, which is "
        "calmer and better than the weights themselves. 0 shows the weights as they are.",
    )
    validate_every: int = option(
        1,
        "Measure every",
        group="Training",
        unit="epochs",
        low=1,
        high=100_000,
        help="How often a model that measures itself does so on the held-out pictures; at the end it always does. "
        "Raise it when there are few pictures to learn from and many held out.",
    )
    device: str = option(
        "auto",
        "Device",
        group="Machine",
        help="auto, cpu, cuda, cuda:0, cuda:1, … or mps. Auto takes a GPU if there is one.",
    )
    precision: str = option(
        "auto",
        "Precision",
        group="Machine",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        help="Automatic computes in bfloat16 where the chip can and the model does not suffer, else in float32.",
    )
    threads: int = option(
        0,
        "Threads",
        group="Machine",
        low=0,
        high=1024,
        help="Processor threads for training; 0 takes the cores that are idle at the start, less one for the window. "
        "Exact resume holds for one number of threads, so it is stored with the run.",
    )
    checkpoint_minutes: float = option(
        5.0,
        "Checkpoint",
        group="Keeping",
        unit="min",
        low=0.05,
        high=600.0,
        help="How often everything needed to go on is written. Stopping writes one too.",
    )
    keep: int = option(3, "Checkpoints", group="Keeping", low=1, high=1000, help="Older ones go; marked ones stay.")
    moments: int = option(
        96,
        "Moments",
        group="Keeping",
        low=8,
        high=2000,
        help="How many moments of the run can be scrubbed back to. When there are more, every second one goes.",
    )


@dataclass(frozen=True)
class Recipe:
    """A family's id and its three configs."""

    family: str
    model: Any
    training: TrainingConfig
    data: DataConfig

    @property
    def about(self) -> Family:
        """The family's record."""
        return models.family(self.family)

    def problems(self) -> list[str]:
        """Everything wrong with the settings, before any data is read."""
        return [p for part in PARTS for p in configs.problems(getattr(self, part))]

    def sized(self) -> DataConfig:
        """The data settings with a size: the one chosen, else what suits the family and the source."""
        if self.data.size:
            return self.data
        native = registry.source(self.data.source).native_size
        return dataclasses.replace(self.data, size=self.about.fit_size(native))

    def data_options(self) -> frozenset[str]:
        """The data settings that mean something to this family (what is chosen elsewhere is left out)."""
        needs = self.about.needs(self.model)
        kinds = {
            LABELS: needs.labels or needs.attributes or needs.domains,
            PAIRS: needs.pairs or needs.domains,
        }
        found = {o.name for o in configs.options(self.data) if kinds.get(o.group, True)} - {"source", "root"}
        if not needs.pairs:
            found -= {"degradation", "strength"}
        if not needs.domains:
            found -= {"domain_a", "domain_b"}
        return frozenset(found)

    def to_json(self) -> dict[str, Any]:
        """Plain values, the ``config.json`` of a run."""
        return {"family": self.family, **{part: configs.to_json(getattr(self, part)) for part in PARTS}}

    def with_setting(self, assignment: str) -> Recipe:
        """This recipe with one ``key=value`` (or ``model.key=value``) changed."""
        key, equals, text = assignment.partition("=")
        if not equals:
            raise Refused(f"{assignment!r} is not of the form key=value.")
        part, option_ = self._find(key.strip())
        changed = dataclasses.replace(getattr(self, part), **{option_.name: option_.parse(text)})
        return dataclasses.replace(self, **{part: changed})

    def with_settings(self, assignments: Iterable[str]) -> Recipe:
        """This recipe with several ``key=value`` changed."""
        recipe = self
        for assignment in assignments:
            recipe = recipe.with_setting(assignment)
        return recipe

    def with_changes(self, assignments: Iterable[str]) -> Recipe:
        """This recipe with settings changed that a run may change when it goes on; others are refused."""
        recipe = self
        for assignment in assignments:
            changed = recipe.with_setting(assignment)
            part, found = recipe._find(assignment.partition("=")[0].strip())
            if changed != recipe and not ((part == "model" and found.group == "Learning") or found.name in CHANGEABLE):
                raise Refused(f"{found.label} belongs to what the run has learned. Start a new run to change it.")
            recipe = changed
        return recipe

    def changes_to(self, other: Recipe) -> tuple[str, ...]:
        """What must be assigned to this recipe's settings to get the other's."""
        return tuple(
            f"{part}.{option_.name}={getattr(getattr(other, part), option_.name)}"
            for part in PARTS
            for option_ in configs.options(getattr(self, part))
            if getattr(getattr(self, part), option_.name) != getattr(getattr(other, part), option_.name)
        )

    def _find(self, key: str) -> tuple[str, configs.Option]:
        wanted, _, name = key.rpartition(".")
        for part in PARTS:
            for known in configs.options(getattr(self, part)):
                if known.name == name and wanted in ("", part):
                    return part, known
        known_names = [o.name for part in PARTS for o in configs.options(getattr(self, part))]
        raise Refused(f"{self.about.title} has no setting {key!r}. Known are: {', '.join(known_names)}.")


def from_preset(family: str, preset: str | None = None) -> Recipe:
    """A recipe from a family's preset (its first one when ``preset`` is None)."""
    about = models.family(family)
    return _from(about, about.preset(preset) if preset else about.presets[0])


def for_data(family: str, source: str) -> Recipe:
    """A recipe for a data source: the family's preset for it if there is one, else the family's defaults."""
    about = models.family(family)
    fitting = (p for p in about.presets if p.default and p.data.get("source", "digits") == source)
    return _from(about, next(fitting, Preset("", "", "", data={"source": source})))


def _from(about: Family, preset: Preset) -> Recipe:
    return Recipe(about.id, about.config(**preset.model), TrainingConfig(**preset.training), DataConfig(**preset.data))


def from_json(values: dict[str, Any]) -> Recipe:
    """A recipe from ``config.json``; :class:`Refused` when it is not one."""
    try:
        about = models.family(values["family"])
        return Recipe(
            values["family"],
            configs.from_json(about.config, values["model"]),
            configs.from_json(TrainingConfig, values["training"]),
            configs.from_json(DataConfig, values["data"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused(f"The settings of the run are damaged ({error}).") from error
