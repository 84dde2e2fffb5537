"""What every GAN family shares: its two players and its two phases (Goodfellow et al. 2014) with the training choices.

A conditional family passes its ``condition`` to :func:`phases`; its nets are then called as ``net(x, conditions)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from studio.events import Curve
from studio.models.adversarial_config import GAMES, LOSSES, OPTIMISERS, PRIORS, AdversarialConfig
from studio.models.family import Batch, Condition, Nets, Optimiser, Phase, Player, Prior, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

    from studio.models.losses import AdversarialLoss

__all__ = [
    "GAMES", "LOSSES", "OPTIMISERS", "PRIORS", "AdversarialConfig", "Conditioning", "call", "conditions_of", "curves",
    "discriminator_loss", "features", "generate", "generator_loss", "phases", "players", "prior", "shown_to_d",
]  # fmt: skip

Conditioning = Callable[[Any, Spec], Condition | None]
"""(config, spec) -> what a picture can be asked for, as in :class:`studio.models.family.Family`"""

CURVES = (
    Curve("D loss", "discriminator", "loss", "What the discriminator minimises: low when it tells real from made."),
    Curve("G loss", "generator", "loss", "What the generator minimises: low when it fools the discriminator."),
    Curve("D(x)", "discriminator", "score", "The discriminator's mean belief that real pictures are real."),
    Curve("D(G(z))", "generator", "score", "Its mean belief that made pictures are real; near 0 the generator loses."),
)
R1 = Curve("R1", "discriminator", "loss", "γ/2 · ‖∇D‖² at real pictures, part of D loss: how steep D is there.")
R2 = Curve("R2", "discriminator", "loss", "γ/2 · ‖∇D‖² at made pictures, part of D loss: how steep D is there.")
GRADIENT_PENALTY = Curve(
    "gradient penalty",
    "discriminator",
    "loss",
    "Weight · (‖∇D‖ − 1)² between real and made pictures, part of D loss; near 0 D has the slope that it should have.",
)


def players(config: AdversarialConfig) -> tuple[Player, ...]:
    """Discriminator and generator with an optimiser each."""
    epsilon = config.epsilon or {"adagrad": 1e-10}.get(config.optimiser, 1e-8)

    def optimiser(rate: float, decay: float) -> Optimiser:
        return Optimiser(config.optimiser, rate, config.momentum, config.second, config.rho, epsilon, decay)

    return (
        Player("discriminator", ("discriminator",), optimiser(config.d_rate, config.d_decay)),
        Player("generator", ("generator",), optimiser(config.g_rate, config.g_decay)),
    )


def phases(config: AdversarialConfig, condition: Conditioning | None = None) -> tuple[Phase, ...]:
    """k moves of D, then one of G; ``condition`` says what both nets are told of each picture (None: nothing)."""
    d_loss = partial(discriminator_loss, condition=condition)
    g_loss = partial(generator_loss, condition=condition)
    return (
        Phase("discriminator", "discriminator", "D loss", d_loss, config.d_steps, "Step D"),
        Phase("generator", "generator", "G loss", g_loss, 1, "Step G"),
    )


def curves(config: AdversarialConfig) -> tuple[Curve, ...]:
    """The curves of the game, and one for each penalty that is on."""
    on = ((R1, config.r1 > 0), (R2, config.r2 > 0), (GRADIENT_PENALTY, config.loss == "wasserstein"))
    return CURVES + tuple(curve for curve, is_on in on if is_on)


def prior(config: AdversarialConfig, spec: Spec) -> Prior:
    """The codes' distribution."""
    return Prior(config.latent, config.prior)


def generate(nets: Nets, codes: torch.Tensor, conditions: torch.Tensor | None = None) -> torch.Tensor:
    """Pictures in [-1, 1] for codes (N, latent) and, for a conditional model, conditions (N, K)."""
    return call(nets["generator"], codes, conditions)


def call(net: Callable[..., torch.Tensor], x: torch.Tensor, conditions: torch.Tensor | None) -> torch.Tensor:
    """The net on ``x``, told the conditions where there are some."""
    return net(x) if conditions is None else net(x, conditions)


def conditions_of(step: Step, batch: Batch, condition: Conditioning | None) -> torch.Tensor | None:
    """What the nets are told of the batch's pictures, (N, K) float32, or None for an unconditional model."""
    return None if condition is None else batch.conditions(condition(step.config, step.spec))


def features(nets: Nets, pictures: torch.Tensor) -> torch.Tensor:
    """What the discriminator sees in pictures before it judges, (N, F); for those that are plain sequences."""
    from studio.models.blocks import trunk

    return trunk(cast("nn.Sequential", nets["discriminator"]), pictures)


def discriminator_loss(step: Step, batch: Batch, condition: Conditioning | None = None) -> Terms:
    """D's side of the game on real and on made pictures, with the penalties that are on."""
    config, game = step.config, _game(step.config)
    conditions = conditions_of(step, batch, condition)
    fakes = _fakes_for_d(step, batch, conditions)
    real, fake = _logits(step, batch.pictures, fakes, conditions)
    if config.simultaneous and not config.fakes_in_eval:
        batch.shared["logits"] = real, fake
    targets = _targets(step, tuple(real.shape))
    loss = game.discriminator(real, fake) if targets is None else game.soft(real, fake, *targets)
    penalties = _penalties(step, batch.pictures, fakes.detach(), conditions)
    often = 1 if config.loss == "wasserstein" else config.penalty_every
    loss = loss + often * sum(penalties.values()) if penalties else loss
    terms = {"D loss": loss, "D(x)": game.score(real), "D(G(z))": game.score(fake)}
    return terms | {name: value.detach() for name, value in penalties.items()}


def generator_loss(step: Step, batch: Batch, condition: Conditioning | None = None) -> Terms:
    """G against D as it is now, on the pictures that D has just seen (made anew when this phase runs alone)."""
    game = _game(step.config)
    if "logits" in batch.shared:
        real, fake = batch.shared["logits"]
    else:
        conditions = conditions_of(step, batch, condition)
        fake = _judge(step, conditions)(_fakes(step, batch, conditions))
        real = _real_logits(step, batch, conditions) if game.relative else None
    batch.shared.clear()  # the graph is used up
    return {"G loss": game.generator(fake, real) if game.relative else game.generator(fake)}


def shown_to_d(step: Step, pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (N, C, H, W) as D sees them, real and made alike: with fading noise, then augmented."""
    config = step.config
    noise = config.noise * max(0.0, 1 - step.progress / config.noise_until)
    if noise > 0:
        pictures = pictures + noise * step.draw.normal(tuple(pictures.shape))
    if config.augment != "none":
        from studio.models.augment import augment

        pictures = augment(pictures, config.augment, step.draw.uniform)
    return pictures


def _logits(
    step: Step, pictures: torch.Tensor, fakes: torch.Tensor, conditions: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """D's answers to real and to made pictures; in separate passes, since a batch norm must not mix the two."""
    if not step.config.one_batch:
        judge = _judge(step, conditions)
        return judge(pictures), judge(fakes)
    import torch

    both = torch.cat((shown_to_d(step, pictures), shown_to_d(step, fakes)))
    twice = None if conditions is None else torch.cat((conditions, conditions))
    real, fake = call(step.nets["discriminator"], both, twice).chunk(2)
    return real, fake


def _judge(step: Step, conditions: torch.Tensor | None) -> Callable[[torch.Tensor], torch.Tensor]:
    """D's answer to pictures with these conditions, noise and augmentation included."""
    return lambda pictures: call(step.nets["discriminator"], shown_to_d(step, pictures), conditions)


def _real_logits(step: Step, batch: Batch, conditions: torch.Tensor | None) -> torch.Tensor:
    """D's answers to the real pictures, as something to compare with: nothing is learnt through them."""
    import torch

    with torch.no_grad():
        return _judge(step, conditions)(batch.pictures)


def _fakes(step: Step, batch: Batch, conditions: torch.Tensor | None) -> torch.Tensor:
    """G's pictures for this batch's own conditions, made once and shared by both phases: one forward pass saved."""
    if "fakes" not in batch.shared:
        codes = step.draw.codes(len(batch), prior(step.config, step.spec))
        batch.shared["fakes"] = call(step.nets["generator"], codes, conditions)
    return batch.shared["fakes"]


def _fakes_for_d(step: Step, batch: Batch, conditions: torch.Tensor | None) -> torch.Tensor:
    """What D is to tell from real pictures; G's gradient goes through it only when both gradients are taken first."""
    if not step.config.fakes_in_eval:
        fakes = _fakes(step, batch, conditions)
        return fakes if step.config.simultaneous else fakes.detach()
    import torch

    codes = step.draw.codes(len(batch), prior(step.config, step.spec))
    with _in_eval(step.nets["generator"]), torch.no_grad():
        return call(step.nets["generator"], codes, conditions)


@contextmanager
def _in_eval(net: Any) -> Iterator[None]:
    """The net in inference mode for a while, every module of it back in its own mode afterwards."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _targets(step: Step, shape: tuple[int, ...]) -> tuple[torch.Tensor | float, torch.Tensor | float] | None:
    """What D should answer to real and to made pictures; None: 1 and 0, as the game says by itself."""
    if step.config.targets == "smooth":
        return 0.9, 0.0  # one-sided: softening the made ones, too, would make G's own errors a goal
    if step.config.targets == "noisy":
        return 0.7 + 0.5 * step.draw.uniform(shape), 0.3 * step.draw.uniform(shape)
    return None


def _penalties(step: Step, real: torch.Tensor, fakes: torch.Tensor, conditions: torch.Tensor | None) -> Terms:
    """The weighted penalties that are due at this step, by the names of their curves."""
    config = step.config
    wasserstein = config.loss == "wasserstein"
    lazy = not wasserstein and step.index % config.penalty_every
    if lazy or not (wasserstein or config.r1 or config.r2):
        return {}
    from studio.models import penalties

    judge = _judge(step, conditions)
    found: Terms = {}
    if wasserstein:
        share = step.draw.uniform((len(real), 1, 1, 1))
        found["gradient penalty"] = config.gradient_penalty * penalties.one_centred(judge, real, fakes, share)
    if config.r1:
        found["R1"] = config.r1 * penalties.zero_centred(judge, real)
    if config.r2:
        found["R2"] = config.r2 * penalties.zero_centred(judge, fakes)
    return found


def _game(config: AdversarialConfig) -> AdversarialLoss:
    from studio.models.losses import ADVERSARIAL

    return ADVERSARIAL[config.loss]
