"""Two domains of pictures that belong to nobody in particular: horses and zebras, summer and winter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.errors import Refused

_SHOWN = 20


def domains(found: PictureSet, config: DataConfig) -> PictureSet:
    """``found`` as two domains: the pictures of the first, those of the second in ``domain``, classes gone.

    The classes are those that ``config`` names; ``trainA`` and ``trainB`` have ``testA`` and ``testB`` held out. The
    two sides of pairs are two domains as well. Each domain keeps its own part of what is held out. ``config.swap``
    exchanges the domains. Raises :class:`Refused` when there are no two classes or not the ones asked for.
    """
    if found.domain is not None:
        return found
    if found.other is not None:  # exchanged already where that is wanted
        return _two(found, _first_of_pairs(found), _second_of_pairs(found))
    first, second = _chosen(found, config)
    a, b = _class(found, first), _class(found, second)
    for part, index in ((a, first), (b, second)):
        if not len(part):
            raise Refused(f"There is no picture of {found.classes[index]} to learn from. Set a higher limit.")
    sides = _side(found.classes[first]), _side(found.classes[second])
    both = _two(replace(found, sides=sides), a, b)
    return both.swapped() if config.swap else both


def _two(found: PictureSet, a: PictureSet, b: PictureSet) -> PictureSet:
    if a.held_out is None or b.held_out is None or not len(a.held_out) or not len(b.held_out):
        a, b = replace(a, held_out=None), replace(b, held_out=None)
    held_out = replace(a.held_out, domain=b.held_out, sides=found.sides) if a.held_out is not None else None
    return replace(a, domain=b, held_out=held_out, refused=found.refused, sides=found.sides)


def _first_of_pairs(found: PictureSet) -> PictureSet:
    held_out = _first_of_pairs(found.held_out) if found.held_out is not None else None
    return replace(found, other=None, held_out=held_out, refused=())


def _second_of_pairs(found: PictureSet) -> PictureSet:
    assert found.other is not None
    held_out = _second_of_pairs(found.held_out) if found.held_out is not None else None
    return PictureSet(found.other, title=found.title, held_out=held_out)


def _class(found: PictureSet, index: int) -> PictureSet:
    """The pictures of one class; what is held out is its test class where there is one, else its held-out part."""
    training = _only(found, index)
    if found.held_out is None:
        return training
    test = _test_class(found.classes, index)
    if test is None:
        return replace(training, held_out=_only(found.held_out, index))
    return replace(
        _joined(training, _only(found.held_out, index)),
        held_out=_joined(_only(found, test), _only(found.held_out, test)),
    )


def _only(found: PictureSet, index: int) -> PictureSet:
    assert found.labels is not None
    part = found.take(np.flatnonzero(found.labels == index))
    return replace(part, labels=None, classes=(), refused=())


def _joined(first: PictureSet, second: PictureSet) -> PictureSet:
    def joined(name: str) -> np.ndarray | None:
        rows = getattr(first, name), getattr(second, name)
        return None if rows[0] is None or rows[1] is None else np.concatenate(rows)

    pictures = joined("pictures")
    assert pictures is not None
    return replace(first, pictures=pictures, attributes=joined("attributes"))


def _chosen(found: PictureSet, config: DataConfig) -> tuple[int, int]:
    """The indices of the two classes."""
    classes = found.classes
    if found.labels is None or not classes:
        raise Refused("Two domains need pictures in classes. Put the two kinds into two folders, or choose other data.")
    if len(classes) < 2:
        raise Refused(f"There is only the class {classes[0]}, and two domains need two. Add a second folder beside it.")
    small = [name.lower() for name in classes]
    named = [
        _find(config.domain_a.strip(), "A", classes, small),
        _find(config.domain_b.strip(), "B", classes, small),
    ]
    if None not in named and named[0] == named[1]:
        raise Refused(f"Domain A and domain B are both {classes[named[0] or 0]}. Choose another class for one of them.")
    usual = [small.index(name) for name in ("traina", "trainb") if name in small]
    if len(usual) < 2:
        usual = [index for index, name in enumerate(small) if name not in ("testa", "testb")]
    free = iter([index for index in (*usual, *range(len(classes))) if index not in named])
    a = named[0] if named[0] is not None else next(free)
    b = named[1] if named[1] is not None else next(free)
    return a, b


def _find(name: str, side: str, classes: tuple[str, ...], small: list[str]) -> int | None:
    if not name:
        return None
    if name in classes:
        return classes.index(name)
    if name.lower() in small:
        return small.index(name.lower())
    more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
    raise Refused(
        f"There is no class {name!r} for domain {side}. The classes are: {', '.join(classes[:_SHOWN])}{more}."
    )


def _test_class(classes: tuple[str, ...], index: int) -> int | None:
    name = classes[index].lower()
    small = [other.lower() for other in classes]
    wanted = "test" + name.removeprefix("train")
    return small.index(wanted) if name.startswith("train") and wanted in small else None


def _side(name: str) -> str:
    """trainA is simply A."""
    return name[len("train") :] or name if name.lower().startswith("train") else name
