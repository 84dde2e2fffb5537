"""Settings of the adversarial autoencoder."""

from __future__ import annotations

from dataclasses import dataclass

from studio.config import option
from studio.models import priors
from studio.models.adversarial import OPTIMISERS

SHAPED = ("mixture", "swiss roll")
"""priors that have modes or parts, which labels can pick"""


@dataclass(frozen=True)
class AaeConfig:
    """Settings of the adversarial autoencoder."""

    latent: int = option(
        2,
        "Latent size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the code. 2 can be drawn as a map and shows the prior's shape; 8 to 16 keep more of a picture.",
    )
    prior: str = option(
        "mixture",
        "Codes shaped as",
        group="Code",
        choices=priors.KINDS,
        help="The distribution that the codes are pushed to. A ring of Gaussians for kinds of pictures, a Gaussian for "
        "one smooth space, a Swiss roll for a long path, uniform for a filled square.",
    )
    modes: int = option(
        10,
        "Modes",
        group="Code",
        low=1,
        high=1000,
        help="How many Gaussians the ring has. When labels pick the mode, each class has one and this is not used.",
    )
    labels: bool = option(
        True,
        "Labels pick the mode",
        group="Code",
        help="Each class gets a mode of its own (or a part of the roll): the discriminator sees the class beside the "
        "code. Off: the kinds find their places alone, and no labels are needed.",
    )
    posterior: str = option(
        "deterministic",
        "Encoder",
        group="Code",
        choices={"deterministic": "Deterministic", "gaussian": "Gaussian"},
        help="A picture has one code, or a Gaussian of them. Gaussian fills the prior more smoothly; deterministic "
        "draws pictures more sharply.",
    )
    likelihood: str = option(
        "bernoulli",
        "Pixel error",
        group="Code",
        choices={"bernoulli": "Cross entropy", "gaussian": "Squared error"},
        help="Cross entropy for ink on paper (digits), squared error for photographs.",
    )
    architecture: str = option(
        "dense",
        "Nets",
        group="Nets",
        choices={"dense": "Fully connected", "convolutional": "Convolutional"},
        help="The paper's fully connected nets for small pictures, convolutions for photographs.",
    )
    hidden: int = option(
        1000,
        "Hidden units",
        group="Nets",
        low=4,
        high=8192,
        help="Units in each of the two hidden layers of the fully connected nets; the paper has 1000. 500 train about "
        "three times as fast.",
    )
    width: int = option(
        32,
        "Width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the convolutional nets next to the picture; they double at each halving, up to 8 times.",
    )
    d_hidden: int = option(
        500,
        "Hidden units of D",
        group="Nets",
        low=4,
        high=8192,
        help="Units in each of the two hidden layers of the code discriminator. Codes are small: more than the "
        "encoder has are of no use.",
    )
    optimiser: str = option(
        "adam", "Optimiser", group="Learning", choices=OPTIMISERS, help="How gradients become updates. Adam is usual."
    )
    rate: float = option(
        3e-4,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Of encoder and decoder as they learn to draw each picture again. Lower it when the loss jumps.",
    )
    d_rate: float = option(
        5e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Of the discriminator that compares codes with the prior. Raise it when the codes do not take the shape.",
    )
    g_rate: float = option(
        1e-3,
        "Fooling rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Of the encoder as it fools the discriminator. Higher: the codes fit the prior better and tell less about "
        "their pictures.",
    )
    momentum: float = option(
        0.5,
        "Adam's beta 1",
        group="Learning",
        low=0.0,
        high=0.999,
        help="Momentum of the two players of the game; 0.5 instead of the usual 0.9 keeps the game from swinging.",
    )

    def problems(self) -> list[str]:
        """What the settings cannot be together."""
        found = []
        if self.prior in SHAPED and self.latent < 2:
            found.append(f"{priors.KINDS[self.prior]}: this shape needs codes of at least 2. Set the latent size to 2.")
        if self.labels and self.prior not in SHAPED:
            found.append(
                f"Labels pick the mode, but the prior {priors.KINDS[self.prior]!r} has none. Choose a ring of "
                "Gaussians or a Swiss roll, or switch the labels off."
            )
        return found
