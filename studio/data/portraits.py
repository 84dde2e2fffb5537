"""Drawn portraits: endless faces of which every attribute is known, painted when they are read.

The pictures to learn from and the held-out ones are two series that never meet. :func:`drawn` gives the truth behind
either, for measuring what a model has found out about them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from studio.data.arrays import resized, to_channels
from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.errors import Refused
from studio.portraiture.painter import LEAST, paint_picture
from studio.portraiture.portrait import KINDS, RANGES, Eyewear, HairStyle, Portrait, portrait, truth

TITLE = "Drawn portraits"
COUNT = 5000
"""how many there are to learn from when nobody sets a limit"""
LEARN_SEED, HELD_OUT_SEED = 1, 2
_CHECK = 16  # pictures between two looks at the stop flag

Question = Callable[[Portrait], bool]
QUESTIONS: dict[str, Question] = {
    "smiling": lambda one: one.smile > 0.25,
    "open_mouth": lambda one: one.mouth_open > 0.1,
    "glasses": lambda one: one.eyewear is Eyewear.GLASSES,
    "sunglasses": lambda one: one.eyewear is Eyewear.SUNGLASSES,
    "bearded": lambda one: one.beard > 0,
    "long_hair": lambda one: one.hair_length > 0.5,
    "curly_hair": lambda one: one.hair_curl > 0.5,
    "with_fringe": lambda one: one.hair_style is HairStyle.FRINGE,
    "dark_hair": lambda one: one.hair_colour < 0.35 and one.hair_grey < 0.3,
    "grey_hair": lambda one: one.hair_grey >= 0.3,
    "dark_skin": lambda one: one.skin_tone > 0.55,
    "old": lambda one: one.age > 0.55,
    "freckled": lambda one: one.freckles > 0,
    "large_eyes": lambda one: one.eye_size > 1.05,
    "light_eyes": lambda one: one.eye_colour > 0.6,
    "turned_left": lambda one: one.turn < -10,
    "turned_right": lambda one: one.turn > 10,
    "lit_from_left": lambda one: one.light < 0,
}
"""the yes/no attributes of a portrait by name"""


def load(reading: Reading) -> PictureSet:
    """Portraits by number, as many as the limit says, and a share more in ``held_out``; attributes as asked."""
    count = reading.config.limit or COUNT
    more = max(1, round(count * reading.config.holdout)) if reading.held_out and reading.config.holdout > 0 else 0
    reading.require_memory(count + more, 1 if reading.config.colour == "grey" else 3)
    to_learn, kept_apart = drawn(count), drawn(more, held_out=True)
    found, held_out = _facts(to_learn, reading.config), _facts(kept_apart, reading.config)  # first: may be refused
    pictures = _painted(to_learn + kept_apart, reading)
    found = replace(found, pictures=pictures[:count])
    return replace(found, held_out=replace(held_out, pictures=pictures[count:])) if more else found


def drawn(count: int, held_out: bool = False) -> list[Portrait]:
    """The truth behind the first ``count`` pictures of the source, or of its held-out part, in their order."""
    seed = HELD_OUT_SEED if held_out else LEARN_SEED
    return [portrait(seed, index) for index in range(count)]


def _painted(portraits: Sequence[Portrait], reading: Reading) -> np.ndarray:
    size = max(reading.size, LEAST)
    grey = reading.config.colour == "grey"
    pictures = np.empty((len(portraits), size, size, 1 if grey else 3), np.uint8)
    for index, one in enumerate(portraits):
        if index % _CHECK == 0:
            reading.check()
        picture = paint_picture(one, size)[None]
        pictures[index] = to_channels(picture, 1)[0] if grey else picture[0]
        reading.report("painting portraits", index + 1, len(portraits))
    return resized(pictures, reading.size, reading)


def _facts(portraits: Sequence[Portrait], config: DataConfig) -> PictureSet:
    """What is known about the portraits, with pictures of no size in place of the ones to come."""
    words = [word.strip() for word in config.attributes.split(",") if word.strip()]
    by_class = config.classes_from.strip()
    columns: dict[str, np.ndarray] = {}
    for word in words or [name for name in QUESTIONS if name != by_class.lower()]:
        columns |= _answers(word, portraits)
    labels, classes = _classes(by_class, portraits) if by_class else (None, ())
    answers = np.stack([*columns.values()], axis=1)
    nothing = np.empty((len(portraits), 0, 0, 3), np.uint8)
    return PictureSet(nothing, labels, classes, TITLE, attributes=answers, attribute_names=tuple(columns))


def _answers(word: str, portraits: Sequence[Portrait]) -> dict[str, np.ndarray]:
    """The yes/no attributes (N,) uint8 that a person asked for with ``word``: a name, or ``name=value``."""
    name, equals, value = (part.strip().lower() for part in word.partition("="))
    if name in KINDS:
        codes = truth(portraits, name)
        kinds = [kind.value for kind in KINDS[name]]
        if equals and value not in kinds:
            raise Refused(f"No portrait has {word!r}. The values of {name} are: {', '.join(kinds)}.")
        chosen = [value] if equals else kinds
        return {f"{name}={kind}": (codes == kinds.index(kind)).astype(np.uint8) for kind in chosen}
    if equals:
        raise Refused(f"{word!r} cannot be asked of portraits: only {', '.join(KINDS)} have such values.")
    if name in QUESTIONS:
        return {name: np.fromiter(map(QUESTIONS[name], portraits), np.uint8, len(portraits))}
    if name in RANGES:
        border = _middle(name)
        return {f"{name} above {border:g}": (truth(portraits, name) > border).astype(np.uint8)}
    raise Refused(f"Portraits have no attribute {word!r}. They have: {', '.join([*QUESTIONS, *KINDS, *RANGES])}.")


def _classes(word: str, portraits: Sequence[Portrait]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Two classes from a yes/no attribute or a number, or one for each word."""
    name = word.lower()
    if name in KINDS:
        return truth(portraits, name), tuple(kind.value for kind in KINDS[name])
    if "=" in name:
        raise Refused(f"Portraits have no attribute {word!r} to make classes of. Name it without a value.")
    ((told, answers),) = _answers(word, portraits).items()
    return answers.astype(np.int64), (f"not {told}", told)


def _middle(name: str) -> float:
    """The median of what is drawn for a number."""
    known = RANGES[name]
    if known.often >= 0.5:
        return known.rest
    start = known.low if known.least is None else known.least
    place = (0.5 - known.often) / (1 - known.often) if known.rest <= start else 0.5
    return round(start + (known.high - start) * place, 3)
