"""Tables of facts about pictures: the ``labels.csv`` beside a folder, and the list of attributes that CelebA has.

A column is kept as codes into its few values, so that 200,000 rows are handled by numpy and not by a loop.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.data.files import printable
from studio.data.reading import Reading
from studio.errors import Refused

NAME = "labels.csv"
FILE_COLUMNS = ("file", "filename", "file_name", "image", "image_id", "name", "path")
_MISSING = frozenset(("", "nan", "na", "n/a"))
_YES_NO_NUMBERS = ((0, 1), (-1, 1))
_YES_NO_WORDS = (("no", "yes"), ("false", "true"), ("n", "y"))
_CHECK = 4096  # rows between two looks at the stop flag


@dataclass(frozen=True, eq=False)
class Column:
    """One fact about each row: ``codes`` (N,) int32 are indices into ``values``, -1 where nothing is known.

    The values are in the order of their size when all are numbers, else in that of the alphabet.
    """

    name: str
    values: tuple[str, ...]
    codes: np.ndarray

    @property
    def complete(self) -> bool:
        """Whether every row has a value."""
        return bool((self.codes >= 0).all())

    @property
    def numbers(self) -> np.ndarray | None:
        """The values as numbers, (len(values),) float64; None unless all of them are numbers."""
        return _numbers(self.values)

    @property
    def yes_no(self) -> bool:
        """Whether the values are a yes and a no, in whatever words; then code 1 is the yes."""
        numbers = self.numbers
        if numbers is not None:
            return tuple(numbers) in _YES_NO_NUMBERS
        return tuple(value.lower() for value in self.values) in _YES_NO_WORDS

    def take(self, index: np.ndarray) -> Column:
        """The rows with these indices; -1 is a row that does not exist. Values that no row has are gone."""
        codes = np.append(self.codes, np.int32(-1))[index]
        used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(self.values)))
        fresh = np.full(len(self.values) + 1, -1, np.int32)  # the last place is that of -1
        fresh[used] = np.arange(len(used))
        return Column(self.name, tuple(self.values[code] for code in used), fresh[codes])


@dataclass(frozen=True, eq=False)
class Table:
    """The facts in one file: ``files[i]`` names the picture of row i."""

    path: Path
    files: Sequence[str]
    columns: tuple[Column, ...]

    def rows_of(self, paths: Sequence[Path], root: Path) -> np.ndarray:
        """For each picture below ``root`` its row, (N,) int64, or -1.

        A row names a picture by its path from the table or from ``root``, or by its bare name where only one picture
        has that.
        """
        place = {name.replace("\\", "/").removeprefix("./"): row for row, name in reversed([*enumerate(self.files)])}
        names = [path.name for path in paths]
        bare = Counter(names)
        whole, base = root.resolve(), self.path.parent.resolve()
        inside = f"{whole.relative_to(base).as_posix()}/" if whole.is_relative_to(base) and whole != base else ""

        def row(path: Path, name: str) -> int:
            if bare[name] == 1 and name in place:  # first, since relative paths are slow to make
                return place[name]
            relative = path.relative_to(root).as_posix()
            return place.get(inside + relative, place.get(relative, -1))

        return np.fromiter(map(row, paths, names), np.int64, len(paths))


def find_table(root: Path, reading: Reading) -> Table | None:
    """The ``labels.csv`` in ``root`` or in the folder around it; None when there is none that names files."""
    for folder in (root, root.resolve().parent):
        path = folder / NAME
        if path.is_file():
            table = read_csv(path, reading)
            if table is not None:
                return table
    return None


def read_csv(path: Path, reading: Reading) -> Table | None:
    """A table from text with commas, semicolons or tabs; None without a column that names files.

    Raises :class:`Refused` when it cannot be read or a row has another length than the first line.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            head = file.readline()
            rows = csv.reader(_checked(file, reading), delimiter=max(",;\t", key=head.count))
            names = [name.strip() for name in next(csv.reader([head], delimiter=max(",;\t", key=head.count)), [])]
            key = _file_column(names)
            if key is None:
                return None
            lines = [line for line in rows if line]
    except csv.Error as error:
        raise Refused(f"{printable(path)} is damaged ({error}). Save it again as CSV.") from error
    except OSError as error:
        raise Refused(f"{printable(path)} cannot be read: {error.strerror or error}.") from None
    for number, line in enumerate(lines, start=2):
        if len(line) != len(names):
            raise Refused(
                f"{printable(path)}: row {number} has {len(line)} cells, the first line {len(names)}. Mend that row; "
                "text with a comma in it must stand in quotes."
            )
    cells = list(zip(*lines, strict=True)) if lines else [()] * len(names)
    columns = (column(name, cells[index]) for index, name in enumerate(names) if index != key and name)
    return Table(path, [name.strip() for name in cells[key]], tuple(columns))


def read_celeba(path: Path, reading: Reading) -> Table | None:
    """CelebA's ``list_attr_celeba.txt``: a count, the names of the 40 attributes, then rows of 1 and -1.

    None when the file is not there. Raises :class:`Refused` when it is damaged.
    """
    if not path.is_file():
        return None
    files: list[str] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        file.readline()
        names = file.readline().split()

        def facts() -> Iterator[str]:
            for line in _checked(file, reading):
                name, _, rest = line.strip().partition(" ")
                if name:
                    files.append(name)
                    yield rest

        try:
            values = np.loadtxt(facts(), np.int8, ndmin=2) if names else np.empty((0, 0), np.int8)
        except ValueError:
            values = np.empty((0, 0), np.int8)
    if not len(values) or values.shape[1] != len(names):
        raise Refused(f"{printable(path)} is damaged: not {len(names)} attributes in every row. Fetch it again.")
    columns = (Column(name, ("-1", "1"), (values[:, i] > 0).astype(np.int32)) for i, name in enumerate(names))
    return Table(path, files, tuple(columns))


def column(name: str, cells: Iterable[str]) -> Column:
    """A column from the text of its cells; empty ones, "nan" and "n/a" are missing."""
    stripped = [cell.strip() for cell in cells]
    found = {cell for cell in stripped if cell.lower() not in _MISSING}
    numbers = _numbers(tuple(found))
    order = tuple(sorted(found)) if numbers is None else tuple(sorted(found, key=lambda text: (float(text), text)))
    code = {value: index for index, value in enumerate(order)}
    return Column(name, order, np.fromiter((code.get(cell, -1) for cell in stripped), np.int32, len(stripped)))


def _numbers(values: tuple[str, ...]) -> np.ndarray | None:
    try:
        found = np.array([float(value) for value in values])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _file_column(names: Sequence[str]) -> int | None:
    small = [name.lower() for name in names]
    return next((small.index(known) for known in FILE_COLUMNS if known in small), None)


def _checked(lines: Iterable[str], reading: Reading) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number % _CHECK == 0:
            reading.check()
        yield line
