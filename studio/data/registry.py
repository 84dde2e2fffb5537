"""THE list of data sources, and the one way to read any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from studio.config import problems, require
from studio.data.config import DataConfig
from studio.data.pictures import PictureSet, hold_out
from studio.data.reading import Reading
from studio.errors import Refused
from studio.events import Progress

SPLIT_SEED = 0


@dataclass(frozen=True)
class Source:
    """Where pictures can come from. ``load`` names ``module:function``, called with a :class:`Reading`."""

    id: str
    title: str
    summary: str
    root: Literal["none", "optional", "required"]
    native_size: int
    labelled: bool
    downloads: bool
    licence: str
    load: str
    paired: bool = False
    tables: bool = False
    """whether it reads a table of facts about its pictures, for classes and attributes"""


SOURCES: tuple[Source, ...] = (
    Source(
        id="digits",
        title="Digits 8×8",
        summary="1,797 handwritten digits, 8×8 grey, ten classes. Always there; good for first tries.",
        root="none",
        native_size=8,
        labelled=True,
        downloads=False,
        licence="UCI Optical Recognition of Handwritten Digits, CC BY 4.0 (comes with scikit-learn)",
        load="studio.data.digits:load",
    ),
    Source(
        id="portraits",
        title="Drawn portraits",
        summary="Endless drawn faces whose every attribute is known: smile, glasses, beard, hair, age, turn, light.",
        root="none",
        native_size=64,
        labelled=True,
        downloads=False,
        licence="MIT: drawn by the program itself",
        load="studio.data.portraits:load",
        tables=True,
    ),
    Source(
        id="folder",
        title="Folder of pictures",
        summary="Your own pictures: one folder, or a subfolder for each class. Unusable files are left out and listed.",
        root="required",
        native_size=64,
        labelled=True,
        downloads=False,
        licence="Yours: check what the pictures' owners allow",
        load="studio.data.folder:load",
        tables=True,
    ),
    Source(
        id="pairs",
        title="Pairs of pictures",
        summary="Your own pairs: A and B side by side in one picture, or two folders with files of equal names.",
        root="required",
        native_size=128,
        labelled=False,
        downloads=False,
        licence="Yours: check what the pictures' owners allow",
        load="studio.data.pairs:load",
        paired=True,
    ),
    Source(
        id="mnist",
        title="MNIST",
        summary="60,000 + 10,000 handwritten digits, 28×28 grey, ten classes.",
        root="optional",
        native_size=28,
        labelled=True,
        downloads=True,
        licence="CC BY-SA 3.0 (LeCun, Cortes, Burges)",
        load="studio.data.torchvision_sets:load_mnist",
    ),
    Source(
        id="fashion_mnist",
        title="Fashion-MNIST",
        summary="60,000 + 10,000 pieces of clothing, 28×28 grey, ten classes.",
        root="optional",
        native_size=28,
        labelled=True,
        downloads=True,
        licence="MIT (Zalando)",
        load="studio.data.torchvision_sets:load_fashion_mnist",
    ),
    Source(
        id="cifar10",
        title="CIFAR-10",
        summary="50,000 + 10,000 small photographs, 32×32 colour, ten classes.",
        root="optional",
        native_size=32,
        labelled=True,
        downloads=True,
        licence="No licence stated (Krizhevsky 2009): for research and teaching",
        load="studio.data.torchvision_sets:load_cifar10",
    ),
    Source(
        id="celeba",
        title="CelebA",
        summary="202,599 aligned faces, cropped and scaled to the size you choose, no classes.",
        root="optional",
        native_size=64,
        labelled=False,
        downloads=True,
        licence="Non-commercial research only (Liu et al. 2015)",
        load="studio.data.celeba:load",
        tables=True,
    ),
)


def source(id: str) -> Source:
    """The source with this id; an unknown one is :class:`Refused` with the list of the known."""
    for known in SOURCES:
        if known.id == id:
            return known
    raise Refused(f"There is no data source {id!r}. Known are: {', '.join(known.id for known in SOURCES)}.")


def read(
    config: DataConfig,
    progress: Callable[[Progress], None] | None = None,
    stopped: Callable[[], bool] | None = None,
    held_out: bool = True,
) -> PictureSet:
    """The pictures that ``config`` asks for, with the source's test set or a share of them as ``held_out``.

    With ``held_out=False`` nothing is kept apart and no test set is read. ``config.swap`` exchanges A and B of pairs;
    two domains are made afterwards by :func:`studio.data.domains.domains`. The limit holds for either part,
    ``per_class`` only for what is learned from. The same config over the same files always gives the same sets. Raises
    :class:`Refused` when there is nothing to learn from and :class:`~studio.errors.Cancelled` once ``stopped()``.
    """
    require(problems(config))
    chosen = source(config.source)
    reading = Reading(config, config.size or chosen.native_size, progress, stopped, held_out)
    reading.check()
    module, _, function = chosen.load.partition(":")
    found: PictureSet = getattr(import_module(module), function)(reading)
    reading.check()
    if not len(found):
        raise Refused(f"{chosen.title} has no pictures{f' in {config.root}' if config.root else ''}.")
    found = found.limited(config.limit)
    if held_out and found.held_out is None:
        found = hold_out(found, config.holdout, SPLIT_SEED)
    if config.per_class and found.labels is not None:
        found = found.limited(config.per_class * len(found.classes))
    return found.swapped() if config.swap else found
