"""What to learn from: the settings of every data source."""

from __future__ import annotations

from dataclasses import dataclass

from studio.config import option

GROUP = "Data"


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

    def problems(self) -> list[str]:
        """What the settings get wrong together: an unknown source, or one that needs a folder without one."""
        from studio.data.registry import SOURCES, source

        if self.source not in {known.id for known in SOURCES}:
            return [f"There is no data source {self.source!r}. Known are: {', '.join(known.id for known in SOURCES)}."]
        if source(self.source).root == "required" and not self.root.strip():
            return [f"{source(self.source).title} needs a folder: choose one, or pass --root DIR."]
        return []
