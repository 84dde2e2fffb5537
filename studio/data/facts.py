"""From the columns of a table to what a model is told about a picture: classes and yes/no attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.data.config import DataConfig
from studio.data.files import printable
from studio.data.pictures import Refusal
from studio.data.scan import Scan
from studio.data.tables import NAME, Column, Table
from studio.errors import Refused

MOST_VALUES = 20
"""a text column with more values is no set of attributes"""
MOST_CLASSES = 1000
_LONGEST = 32
"""letters in a value; longer ones are remarks, which nobody asked to learn"""


@dataclass(frozen=True, eq=False)
class Attribute:
    """A question with an answer for every picture: ``answers`` (N,) uint8, 0 or 1."""

    name: str
    answers: np.ndarray


def with_facts(scan: Scan, table: Table | None, root: Path, config: DataConfig) -> Scan:
    """``scan`` with classes and attributes from ``table`` as ``config`` asks; pictures it says too little of go.

    Without a word in ``config`` only what is known of every picture is taken. Raises :class:`Refused` when something
    asked for is not there.
    """
    wanted = [word.strip() for word in config.attributes.split(",") if word.strip()]
    classes_from = config.classes_from.strip()
    if table is None:
        if wanted or classes_from:
            raise Refused(
                f"There is no table of facts about the pictures in {printable(root)}. Put a {NAME} into it or beside "
                "it: a first line of names, one of them file, and a row for each picture."
            )
        return scan
    rows = table.rows_of(scan.paths, root)
    if (rows < 0).all():
        if wanted or classes_from:
            raise Refused(f"{printable(table.path)} names none of the pictures in {printable(root)}.")
        return scan
    named = [_find(table, word.partition("=")[0].strip()) for word in wanted]
    by_class = _find(table, classes_from) if classes_from else None
    scan, rows = _without_gaps(scan, rows, table, root, [*named, *([by_class] if by_class else [])])
    if by_class is not None:
        labels, classes = _classes(by_class.take(rows), table)
        scan = replace(scan, labels=labels, classes=classes)
    if wanted:
        chosen = [
            one for word, found in zip(wanted, named, strict=True) for one in _asked(word, found.take(rows), table)
        ]
    else:
        chosen = [one for found in table.columns if found is not by_class for one in _obvious(found.take(rows))]
    unique = {one.name: one for one in chosen}
    if not unique:
        return scan
    answers = np.stack([one.answers for one in unique.values()], axis=1)
    return replace(scan, attributes=answers, attribute_names=tuple(unique))


def _find(table: Table, name: str) -> Column:
    for one in table.columns:
        if one.name == name:
            return one
    for one in table.columns:
        if one.name.lower() == name.lower():
            return one
    known = ", ".join(one.name for one in table.columns)
    raise Refused(f"{printable(table.path)} has no column {name!r}. It has: {known or 'no other column'}.")


def _without_gaps(
    scan: Scan, rows: np.ndarray, table: Table, root: Path, used: Sequence[Column]
) -> tuple[Scan, np.ndarray]:
    """Only the pictures with a value in every used column; the others are listed with what they lack."""
    gaps = {one.name: one.take(rows).codes < 0 for one in used}
    bad = np.any([*gaps.values()], axis=0) if gaps else np.zeros(len(rows), bool)
    refused = []
    for index in np.flatnonzero(bad):
        lacks = ", ".join(name for name, gap in gaps.items() if gap[index])
        reason = f"has no {lacks} in {table.path.name}" if rows[index] >= 0 else f"is not in {table.path.name}"
        refused.append(Refusal(printable(scan.paths[index].relative_to(root)), reason))
    if bad.all():
        raise Refused(f"No picture in {printable(root)} has a value for all of {', '.join(gaps)} in {table.path.name}.")
    kept = scan.take(np.flatnonzero(~bad))
    return replace(kept, refused=(*scan.refused, *refused)), rows[~bad]


def _classes(one: Column, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
    if len(one.values) > MOST_CLASSES:
        raise Refused(
            f"The column {one.name} of {printable(table.path)} has {len(one.values):,} different values, too many for "
            f"classes (at most {MOST_CLASSES:,}). Choose another column."
        )
    names = (f"not {one.name}", one.name) if one.yes_no else one.values
    return one.codes.astype(np.int64), names


def _asked(word: str, one: Column, table: Table) -> list[Attribute]:
    """The attributes that a person named: a column, or ``column=value``."""
    if len(one.values) < 2:
        raise Refused(
            f"The column {one.name} of {printable(table.path)} says the same of every picture ({_listed(one.values)}), "
            "so there is nothing to learn from it. Leave it out."
        )
    _, equals, value = (part.strip() for part in word.partition("="))
    if equals:
        small = [known.lower() for known in one.values]
        if value.lower() not in small:
            raise Refused(f"No picture has {word!r}. The values of {one.name} are: {_listed(one.values)}.")
        return [_is(one, small.index(value.lower()))]
    if one.numbers is not None and len(one.values) > 2:
        return [_above(one, one.numbers)]
    if len(one.values) > MOST_VALUES:
        raise Refused(
            f"The column {one.name} of {printable(table.path)} has {len(one.values):,} different values, too many for "
            f"attributes (at most {MOST_VALUES}). Name one of them: {one.name}={one.values[0]}."
        )
    return _split(one)


def _obvious(one: Column) -> list[Attribute]:
    """The attributes of a column that nobody named: of yes and no, or of a few words, known for every picture."""
    few = 2 <= len(one.values) <= MOST_VALUES and (len(one.values) == 2 or one.numbers is None)
    return _split(one) if few and one.complete and max(map(len, one.values)) <= _LONGEST else []


def _split(one: Column) -> list[Attribute]:
    if one.yes_no:
        return [Attribute(one.name, one.codes.astype(np.uint8))]
    if len(one.values) == 2:
        return [_is(one, 1)]
    return [_is(one, index) for index in range(len(one.values))]


def _is(one: Column, index: int) -> Attribute:
    return Attribute(f"{one.name}={one.values[index]}", (one.codes == index).astype(np.uint8))


def _above(one: Column, numbers: np.ndarray) -> Attribute:
    """Above the median; where half of the pictures have the largest value, above the one below it."""
    values = numbers[one.codes]
    border = float(np.median(values))
    if border >= numbers[-1]:
        border = float(numbers[numbers < border].max())
    return Attribute(f"{one.name} above {border:g}", (values > border).astype(np.uint8))


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(
        value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…" for value in values[:MOST_VALUES]
    )
    return f"{shown}, …" if len(values) > MOST_VALUES else shown
