"""The settings that every GAN family has, and which of them do not go together."""

from __future__ import annotations

from dataclasses import dataclass

from studio.config import option

LOSSES = {
    "non-saturating": "Non-saturating",
    "minimax": "Minimax",
    "least squares": "Least squares",
    "hinge": "Hinge",
}
"""games that need nothing but D's answers to each picture"""
GAMES = LOSSES | {"wasserstein": "Wasserstein, gradient penalty", "relativistic": "Relativistic (R3GAN)"}
OPTIMISERS = {"adam": "Adam", "rmsprop": "RMSprop", "adagrad": "Adagrad", "sgd": "SGD"}
PRIORS = {"normal": "Gaussian", "uniform": "Uniform"}
TARGETS = {"plain": "0 and 1", "smooth": "Smooth (0.9)", "noisy": "Noisy"}
AUGMENTATIONS = {
    "none": "None",
    "colour": "Colour",
    "translation": "Shift",
    "colour, translation": "Colour and shift",
    "translation, cutout": "Shift and cutout",
    "colour, translation, cutout": "Colour, shift and cutout",
}


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
        choices=GAMES,
        help="Non-saturating: the safe choice. Minimax: the lecture's formula; G learns little while D wins. "
        "Least squares and hinge keep gradients alive far from the border. Wasserstein (Gulrajani et al. 2017): slow "
        "and steady, wants 5 D steps, Adam's betas 0 and 0.9 and no batch norm in D. Relativistic (Huang et al. "
        "2024): D compares real with made in pairs, which keeps G from dropping modes; give it R1 and R2.",
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
    one_batch: bool = option(
        False,
        "One batch in D",
        group="Game",
        help="D sees real and made pictures in a single pass, as lecture 004 does. Leave it off when D has a batch "
        "norm: it would tell the halves apart by their common statistics.",
    )
    fakes_in_eval: bool = option(
        False,
        "Fakes in inference",
        group="Game",
        help="D's made pictures come from G in inference mode (running statistics, no dropout), as in lecture 004; G "
        "then makes new ones for its own move. Off: both share one pass of G, which is faster.",
    )
    gradient_penalty: float = option(
        10.0,
        "Gradient penalty",
        group="Penalties",
        low=0.001,
        high=1e6,
        help="Weight of (‖∇D‖ − 1)² between real and made pictures. Only the Wasserstein game has it; 10 suits nearly "
        "all data.",
    )
    r1: float = option(
        0.0,
        "R1",
        group="Penalties",
        low=0.0,
        high=1e6,
        help="Weight γ of γ/2 · ‖∇D‖² at real pictures (Mescheder et al. 2018); 0 is off. It makes the game settle: "
        "try 0.1 to 1 at 32 px and 10 at 256. Best without batch norm in D, which mixes the pictures of a batch.",
    )
    r2: float = option(
        0.0,
        "R2",
        group="Penalties",
        low=0.0,
        high=1e6,
        help="The same as R1, at made pictures; 0 is off. R3GAN uses both with the same weight; other games rarely "
        "need it.",
    )
    penalty_every: int = option(
        1,
        "Penalise every",
        group="Penalties",
        unit="steps",
        low=1,
        high=64,
        help="Compute R1 and R2 only every n-th step with n times the weight, as StyleGAN2 does with 16. Saves nearly "
        "all their cost; D loss jumps at those steps.",
    )
    noise: float = option(
        0.0,
        "Noise on pictures",
        group="Tricks",
        low=0.0,
        high=2.0,
        help="Standard deviation of noise on all pictures that D sees, real and made, at the start (pictures span −1 "
        "to 1); it falls to zero in a straight line. Try 0.1 when D wins at once.",
    )
    noise_until: float = option(
        0.5,
        "Noise until",
        group="Tricks",
        low=0.01,
        high=1.0,
        help="The share of the planned length after which the noise is gone: 0.5 is half of it.",
    )
    targets: str = option(
        "plain",
        "Targets of D",
        group="Tricks",
        choices=TARGETS,
        help="What D learns to answer. Smooth: real pictures count as 0.9, so that D is never quite sure (Salimans et "
        "al. 2016). Noisy: real from 0.7 to 1.2 and made from 0 to 0.3, drawn anew (the lecture's trick).",
    )
    augment: str = option(
        "none",
        "DiffAugment",
        group="Tricks",
        choices=AUGMENTATIONS,
        help="Shift, recolour or blank parts of all pictures on their way to D, in both players' moves (Zhao et al. "
        "2020). For data of less than some thousand pictures, which D would learn by heart.",
    )
    optimiser: str = option(
        "adam",
        "Optimiser",
        group="Learning",
        choices=OPTIMISERS,
        help="How gradients become updates. Adam is usual; RMSprop and Adagrad are the lectures'; SGD needs rates "
        "some ten to a hundred times higher.",
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
    d_decay: float = option(
        0.0,
        "D rate decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Shrinks D's learning rate as Keras does: rate / (1 + decay · step). 1e-4 halves it by step 10,000.",
    )
    g_decay: float = option(
        0.0,
        "G rate decay",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="Shrinks G's learning rate as Keras does: rate / (1 + decay · step). 0 leaves it to the schedule alone.",
    )
    momentum: float = option(
        0.5,
        "Adam's beta 1",
        group="Learning",
        low=0.0,
        high=0.999,
        help="Momentum of Adam (and of SGD); 0.5 instead of the usual 0.9 keeps the game from swinging (Radford et "
        "al. 2016).",
    )
    second: float = option(
        0.999,
        "Adam's beta 2",
        group="Learning",
        low=0.0,
        high=0.99999,
        help="How long Adam remembers the size of gradients. 0.9 for the Wasserstein game, 0.99 where updates are to "
        "follow the game faster.",
    )
    rho: float = option(
        0.9,
        "RMSprop's rho",
        group="Learning",
        low=0.0,
        high=0.9999,
        help="How long RMSprop remembers the size of gradients; 0.9 as in Keras, 0.99 is calmer.",
    )
    epsilon: float = option(
        0.0,
        "Epsilon",
        group="Learning",
        low=0.0,
        high=1.0,
        scientific=True,
        help="What keeps an optimiser from dividing by zero; 0 takes its usual value (1e-8, Adagrad 1e-10). Keras has "
        "1e-7.",
    )

    @property
    def batch_normed(self) -> bool:
        """Whether D's answer to a picture depends on the rest of its batch; families with such nets say so."""
        return False

    def problems(self) -> list[str]:
        """Which settings do not go together, as sentences."""
        return [sentence for wrong, sentence in self._conflicts() if wrong]

    def _conflicts(self) -> tuple[tuple[bool, str], ...]:
        wasserstein = self.loss == "wasserstein"
        return (
            (
                self.simultaneous and self.d_steps > 1,
                "Both at once means one move each. Set D steps to 1 or turn Both at once off.",
            ),
            (
                self.targets != "plain" and self.loss not in ("non-saturating", "minimax", "least squares"),
                f"The game {GAMES.get(self.loss, self.loss)} has no targets to smooth or to make noisy. Set the "
                "targets of D to 0 and 1, or choose non-saturating, minimax or least squares.",
            ),
            (
                wasserstein and bool(self.r1 or self.r2),
                "The Wasserstein game has a gradient penalty of its own. Set R1 and R2 to 0 or choose another game.",
            ),
            (
                wasserstein and self.batch_normed,
                "The Wasserstein game's penalty is on single pictures, which a batch norm in D mixes. Set the norm in "
                "D to group, spectral or none.",
            ),
        )
