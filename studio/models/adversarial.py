"""What every GAN family shares: its settings, its two players and its two phases (Goodfellow et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.config import option
from studio.events import Curve
from studio.models.family import Batch, Optimiser, Phase, Player, Prior, Step, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

LOSSES = {
    "non-saturating": "Non-saturating",
    "minimax": "Minimax",
    "least squares": "Least squares",
    "hinge": "Hinge",
}
OPTIMISERS = {"adam": "Adam", "rmsprop": "RMSprop", "adagrad": "Adagrad", "sgd": "SGD"}
PRIORS = {"normal": "Gaussian", "uniform": "Uniform"}

CURVES = (
    Curve("D loss", "discriminator", "loss", "What the discriminator minimises: low when it tells real from made."),
    Curve("G loss", "generator", "loss", "What the generator minimises: low when it fools the discriminator."),
    Curve("D(x)", "discriminator", "score", "The discriminator's mean belief that real pictures are real."),
    Curve("D(G(z))", "generator", "score", "Its mean belief that made pictures are real; near 0 the generator loses."),
)


@dataclass(frozen=True)
class AdversarialConfig:
    """Settings that all GANs have."""

    latent: int = option(
        100, "Latent size", group="Code", low=1, high=4096, help="Length of the code z that a picture is made from."
    )
    prior: str = option(
        "normal",
        "Codes from",
        group="Code",
        choices=PRIORS,
        help="Where codes are drawn: a Gaussian (usual), or evenly between −1 and 1 (the lectures' first GAN).",
    )
    loss: str = option(
        "non-saturating",
        "Game",
        group="Game",
        choices=LOSSES,
        help="Non-saturating: the safe choice. Minimax: the lecture's formula; G learns little while D wins. "
        "Least squares and hinge keep gradients alive far from the border.",
    )
    d_steps: int = option(
        1,
        "D steps",
        group="Game",
        low=1,
        high=20,
        help="k of algorithm 1: how often the discriminator moves before the generator moves once, each time on "
        "new pictures. Raise it when D(x) and D(G(z)) stay near 0.5.",
    )
    simultaneous: bool = option(
        False,
        "Both at once",
        group="Game",
        help="Take both gradients before either update, as one lecture's code does. Off: D moves first, and G answers "
        "the discriminator that has just moved.",
    )
    optimiser: str = option(
        "adam", "Optimiser", group="Learning", choices=OPTIMISERS, help="How gradients become updates. Adam is usual."
    )
    d_rate: float = option(
        2e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Lower it when the discriminator wins at once (D loss near 0); raise it when it learns nothing.",
    )
    g_rate: float = option(
        2e-4,
        "G learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="The generator's. The first two numbers to tune when a GAN does not balance.",
    )
    momentum: float = option(
        0.5,
        "Adam's beta 1",
        group="Learning",
        low=0.0,
        high=0.999,
        help="Momentum of Adam; 0.5 instead of the usual 0.9 keeps the game from swinging (Radford et al. 2016).",
    )


def players(config: AdversarialConfig) -> tuple[Player, ...]:
    """Discriminator and generator with an optimiser each."""
    epsilon = {"adagrad": 1e-10}.get(config.optimiser, 1e-8)

    def optimiser(rate: float) -> Optimiser:
        return Optimiser(config.optimiser, rate, config.momentum, epsilon=epsilon)

    return (
        Player("discriminator", ("discriminator",), optimiser(config.d_rate)),
        Player("generator", ("generator",), optimiser(config.g_rate)),
    )


def phases(config: AdversarialConfig) -> tuple[Phase, ...]:
    """k moves of D, then one of G."""
    return (
        Phase("discriminator", "discriminator", "D loss", discriminator_loss, config.d_steps, "Step D"),
        Phase("generator", "generator", "G loss", generator_loss, 1, "Step G"),
    )


def prior(config: AdversarialConfig) -> Prior:
    """The codes' distribution."""
    return Prior(config.latent, config.prior)


def generate(nets: Mapping[str, nn.Module], codes: torch.Tensor) -> torch.Tensor:
    """Pictures in [-1, 1] for codes (N, latent)."""
    return nets["generator"](codes)


def discriminator_loss(step: Step, batch: Batch) -> Terms:
    """D on real and on made pictures, in separate passes (a batch norm must not mix the two)."""
    game = _game(step.config)
    fakes = _fakes(step, batch)
    real = step.nets["discriminator"](batch.pictures)
    # With both gradients taken first, G's phase differentiates this very pass; else D's answer to detached pictures.
    fake = step.nets["discriminator"](fakes if step.config.simultaneous else fakes.detach())
    if step.config.simultaneous:
        batch.shared["fake logits"] = fake
    return {"D loss": game.discriminator(real, fake), "D(x)": game.score(real), "D(G(z))": game.score(fake)}


def generator_loss(step: Step, batch: Batch) -> Terms:
    """G against D as it is now, on the pictures that D has just seen (made anew when this phase runs alone)."""
    game = _game(step.config)
    fake = batch.shared.pop("fake logits", None)
    if fake is None:
        fake = step.nets["discriminator"](_fakes(step, batch))
    batch.shared.clear()  # the graph is used up
    return {"G loss": game.generator(fake)}


def _fakes(step: Step, batch: Batch) -> torch.Tensor:
    """G's pictures for this batch, made once and shared by both phases: one forward pass saved."""
    if "fakes" not in batch.shared:
        codes = step.draw.codes(len(batch), prior(step.config))
        batch.shared["fakes"] = step.nets["generator"](codes)
    return batch.shared["fakes"]


def _game(config: AdversarialConfig) -> Any:
    from studio.models.losses import ADVERSARIAL

    return ADVERSARIAL[config.loss]
