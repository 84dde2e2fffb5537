"""What to learn from: the settings of every data source."""

from __future__ import annotations

from dataclasses import dataclass

from studio.config import option

GROUP = "Data"
LABELS = "Classes and attributes"
PAIRS = "Pairs and domains"
DEGRADATIONS = {
    "none": "none",
    "grey": "without colour",
    "sketch": "line drawing",
    "holes": "holes",
    "rain": "rain",
    "noise": "noise",
    "blur": "blur",
    "low resolution": "low resolution",
}


@dataclass(frozen=True)
class DataConfig:
    """Which pictures, in what size and colour, and how many are kept apart. Read with ``studio.data.registry.read``."""

    source: str = option("digits", "Source", help="Where the pictures come from; see the list of sources.", group=GROUP)
    root: str = option(
        "",
        "Folder",
        help="The folder with the pictures or data files. Sources that can be downloaded look in the studio's own data "
        "folder when it is empty.",
        path=True,
        group=GROUP,
    )
    size: int = option(
        0,
        "Picture size",
        help="Width and height of the pictures the model learns from. 0 is the source's own size: 8 for digits, 28 for "
        "MNIST, 32 for CIFAR-10, 64 for photographs.",
        unit="px",
        low=0,
        high=1024,
        group=GROUP,
    )
    colour: str = option(
        "auto",
        "Colour",
        help="Automatic keeps grey pictures grey (one channel) and uses three channels as soon as one has colour.",
        choices={"auto": "automatic", "grey": "grey", "colour": "colour"},
        group=GROUP,
    )
    fit: str = option(
        "crop",
        "Fit",
        help="How a picture that is not square becomes square: keep its centre, squeeze it, or add white margins.",
        choices={"crop": "crop the centre", "stretch": "stretch", "pad": "pad with white"},
        group=GROUP,
    )
    flip: bool = option(
        False,
        "Mirror at random",
        help="Mirrors half of the pictures left to right. Good for faces and animals, wrong for digits and text.",
        group=GROUP,
    )
    limit: int = option(
        0,
        "At most",
        help="Use only this many pictures, picked at random and evenly over the classes. 0 uses all.",
        unit="pictures",
        low=0,
        group=GROUP,
    )
    holdout: float = option(
        0.1,
        "Held out",
        help="Share held out for validation where the source has no test set of its own.",
        low=0.0,
        high=0.5,
        group=GROUP,
    )
    download: bool = option(
        False,
        "Download",
        help="Allow fetching the data set from the internet when it is not on this machine.",
        group=GROUP,
    )

    classes_from: str = option(
        "",
        "Classes from",
        help="The column of labels.csv (or of CelebA's list, or an attribute of drawn portraits) whose values become "
        "the classes, for example expression. Pictures without a value are left out. Empty takes the subfolders, where "
        "there are any.",
        group=LABELS,
    )
    per_class: int = option(
        0,
        "Labels a class",
        help="Learn from only so many pictures of each class, to see how far few labels carry. The held-out pictures "
        "stay as they are. 0 takes all.",
        unit="pictures",
        low=0,
        group=LABELS,
    )
    attributes: str = option(
        "",
        "Attributes",
        help="The columns of labels.csv (or of CelebA's list, or what is known of drawn portraits) that become yes/no "
        "attributes, separated by commas: smiling, mood=glad, age (above the median). Pictures without a value are "
        "left out. Empty takes every column of yes and no or of a few words that is filled in for all pictures.",
        group=LABELS,
    )
    degradation: str = option(
        "none",
        "Degradation",
        help="Makes pairs out of plain pictures: each is damaged in this way, and the model learns to restore it. Only "
        "for models that learn from pairs.",
        choices=DEGRADATIONS,
        group=PAIRS,
    )
    strength: float = option(
        0.5,
        "Strength",
        help="How strong the degradation is: 0 hardly changes a picture, 1 leaves little of it. For holes it is the "
        "share that is covered, for drawings more means fewer lines; without colour has no strength.",
        low=0.0,
        high=1.0,
        group=PAIRS,
    )
    swap: bool = option(
        False,
        "Exchange A and B",
        help="Learns the other way round: from B to A for pairs and domains, from clean to damaged for a degradation.",
        group=PAIRS,
    )
    domain_a: str = option(
        "",
        "Domain A",
        help="The class whose pictures are the first of two domains. Empty takes trainA where there is one, else the "
        "first class.",
        group=PAIRS,
    )
    domain_b: str = option(
        "",
        "Domain B",
        help="The class whose pictures are the second of two domains. Empty takes trainB where there is one, else the "
        "next class.",
        group=PAIRS,
    )

    def problems(self) -> list[str]:
        """What the settings get wrong together: an unknown source, or one that needs a folder without one."""
        from studio.data.registry import SOURCES, source

        if self.source not in {known.id for known in SOURCES}:
            return [f"There is no data source {self.source!r}. Known are: {', '.join(known.id for known in SOURCES)}."]
        if source(self.source).root == "required" and not self.root.strip():
            return [f"{source(self.source).title} needs a folder: choose one, or pass --root DIR."]
        return [*self._table_problems(), *self._pair_problems()]

    def _table_problems(self) -> list[str]:
        from studio.data.registry import SOURCES, source

        if source(self.source).tables or not (self.classes_from.strip() or self.attributes.strip()):
            return []
        label = "Classes from" if self.classes_from.strip() else "Attributes"
        *most, last = [known.title for known in SOURCES if known.tables]
        readers = f"{', '.join(most)} and {last}"
        return [f"{label} needs a table of facts, which only {readers} can have. Leave it empty for other data."]

    def _pair_problems(self) -> list[str]:
        from studio.data.registry import source

        if source(self.source).paired and self.degradation != "none":
            return ["Pairs bring their own second pictures. Set the degradation to none, or choose plain pictures."]
        return []
