"""pix2pix (lecture system L9; Isola et al. 2017): a U-Net learns from pairs, a PatchGAN sees input and output together.

The same family colourises, takes away rain, fills holes and draws from sketches (L13 to L16): the pairs are then made
by spoiling pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.config import option
from studio.events import Curve
from studio.models import translating
from studio.models.family import Batch, Family, Needs, Phase, Player, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    import torch
    from torch import nn

    from studio.models.family import Nets

NORMS = {"instance": "Each picture by itself", "batch": "Batch norm"}


@dataclass(frozen=True)
class Pix2pixConfig(translating.TranslationConfig):
    """Settings of pix2pix."""

    generator: str = option(
        "unet",
        "Generator",
        group="Nets",
        choices={"unet": "U-Net", "resnet": "ResNet"},
        help="U-Net: bridges carry outlines across, the paper's choice. ResNet: changes a picture where it has to and "
        "keeps its size in the middle; slower.",
    )
    blocks: int = option(
        6,
        "ResNet blocks",
        group="Nets",
        low=1,
        high=32,
        help="Residual blocks of the ResNet generator; more of them can change more. The U-Net has none.",
    )
    norm: str = option(
        "instance",
        "Normalisation",
        group="Nets",
        choices=NORMS,
        help="Each picture by itself: what the paper does (batches of 1, and the picture's own statistics at test "
        "time), here for any batch. Batch norm: running averages at test time, which look different.",
    )
    dropout: float = option(
        0.5,
        "Dropout in G",
        group="Nets",
        low=0.0,
        high=0.95,
        help="Share of features left out at random while training, in the innermost levels (U-Net from 64 px on) or in "
        "all blocks (ResNet). Shown pictures are made without.",
    )
    draws: str = option(
        "picture",
        "G draws",
        group="Nets",
        choices={"picture": "the whole picture", "change": "the change"},
        help="The change is added to the input, so G begins with a copy of it: for pairs that are nearly alike (a "
        "smile, noise) and for few pairs. The paper draws the whole picture.",
    )
    patch: str = translating.patch_option()
    jitter: float = option(
        0.0,
        "Jitter",
        group="Learning",
        low=0.0,
        high=4.0,
        help="Turn, enlarge and shift both pictures of a pair alike, at random: 1 is up to 8° and 8 %. It makes "
        "many pairs of few; 0 for pairs whose place in the picture means something.",
    )
    loss: str = option(
        "non-saturating",
        "Game",
        group="Game",
        choices=translating.GAMES,
        help="What generator and discriminator play for. Non-saturating is the paper's; least squares is calmer.",
    )
    l1_weight: float = option(
        100.0,
        "L1 weight λ",
        group="Game",
        low=0.0,
        high=10000.0,
        help="G's loss = adversarial + λ · mean absolute error to the target. Higher: truer and blurrier; at 0 the "
        "discriminator alone says what is right.",
    )


def build(config: Pix2pixConfig, spec: Spec) -> dict[str, nn.Module]:
    """Generator (N, C, S, S) -> (N, C, S, S) in [-1, 1]; discriminator (N, 2·C, S, S) -> (N, 1, h, w) logits."""
    from studio.models import translators
    from studio.models.blocks import initialise_normal

    kind = {"instance": translators.SCALED, "batch": translators.BATCH}[config.norm]
    channels = spec.channels
    generator: nn.Module
    if config.generator == "unet":
        downs = min(translators.halvings(spec.size), 9)
        generator = translators.UnetGenerator(channels, channels, downs, config.width, kind, config.dropout)
    else:
        generator = translators.ResnetGenerator(channels, channels, config.blocks, config.width, kind, config.dropout)
    if config.draws == "change":
        generator = translators.Change(generator)
    discriminator = translating.discriminator(config.patch, 2 * channels, spec.size, config.d_width, kind)
    return {"generator": initialise_normal(generator), "discriminator": initialise_normal(discriminator)}


def players(config: Pix2pixConfig) -> tuple[Player, ...]:
    """Discriminator and generator."""
    return (
        config.player("discriminator", ("discriminator",), config.d_rate),
        config.player("generator", ("generator",), config.g_rate),
    )


def phases(config: Pix2pixConfig) -> tuple[Phase, ...]:
    """D moves first, then G, as in the paper's code."""
    return (
        Phase("discriminator", "discriminator", "D loss", discriminator_loss, label="Step D"),
        Phase("generator", "generator", "G loss", generator_loss, label="Step G"),
    )


def discriminator_loss(step: Step, batch: Batch) -> Terms:
    """D on {input, target} and on {input, output}."""
    from studio.models.losses import ADVERSARIAL

    game = ADVERSARIAL[step.config.loss]
    given, target = _pair(step, batch)
    real, made = _beside(given, target), _beside(given, _made(step, batch).detach())
    together = step.config.norm != "batch"
    on_real, on_made = translating.judge(step.nets["discriminator"], real, made, together)
    return {
        "D loss": game.discriminator(on_real, on_made),
        "D(real)": game.score(on_real),
        "D(fake)": game.score(on_made),
    }


def generator_loss(step: Step, batch: Batch) -> Terms:
    """G against D as it is now, and the distance to the target."""
    from studio.models.losses import ADVERSARIAL

    given, target = _pair(step, batch)
    made = _made(step, batch)
    batch.shared.clear()  # the graph is used up
    adversarial = ADVERSARIAL[step.config.loss].generator(step.nets["discriminator"](_beside(given, made)))
    error = translating.l1(made, target)
    total = adversarial + step.config.l1_weight * error
    return {"G loss": total, "adversarial": adversarial.detach(), "L1": error.detach()}


def curves(config: Pix2pixConfig) -> tuple[Curve, ...]:
    """The game, and the error that the paper adds to it."""
    return (
        Curve("D loss", "discriminator", "loss", "What the discriminator minimises: low when it tells real from made."),
        Curve("G loss", "generator", "loss", "What the generator minimises: adversarial + λ · L1."),
        Curve("adversarial", "generator", "loss", "The generator's part of the game: low when it fools D."),
        Curve("L1", "generator", "loss", "Mean absolute difference of output and target, pixels from −1 to 1."),
        Curve("D(real)", "discriminator", "score", "D's mean belief that {input, target} is real."),
        Curve("D(fake)", "discriminator", "score", "D's mean belief that {input, output} is real; near 0 G loses."),
    )


def validate(step: Step, batch: Batch) -> Terms:
    """Mean absolute error on held-out pairs, pixels from 0 to 1: of the output, and of the input left as it is."""
    target = _target(batch)
    made = step.nets["generator"](batch.pictures)
    return {"val L1": translating.l1(made, target) / 2, "copy L1": translating.l1(batch.pictures, target) / 2}


def directions(config: Pix2pixConfig, spec: Spec) -> tuple[str, ...]:
    """One way: from the first picture of a pair to the second."""
    return translating.both_ways(config, spec)[:1]


def translate(nets: Nets, pictures: torch.Tensor, direction: int) -> torch.Tensor:
    """Outputs (N, C, S, S) in [-1, 1] for inputs."""
    return nets["generator"](pictures)


def compare(nets: Nets, batch: Batch) -> dict[str, torch.Tensor]:
    """Input, output, target."""
    rows = {"input": batch.pictures, "output": translate(nets, batch.pictures, 0)}
    return rows if batch.other is None else rows | {"target": batch.other}


def spec_problems(config: Pix2pixConfig, spec: Spec) -> list[str]:
    """The U-Net halves the size until it is odd, at least twice."""
    found = translating.size_problems("pix2pix", spec.size)
    return found or translating.patch_problems(config.patch, spec.size)


def fit_size(native: int) -> int:
    """The smallest power of two from 16 to 64 that loses nothing: the U-Net then sees the whole picture."""
    return next((size for size in (16, 32) if size >= native), 64)


def _target(batch: Batch) -> torch.Tensor:
    assert batch.other is not None
    return batch.other


def _pair(step: Step, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Input and target, moved alike where that is asked for; the same for both phases."""
    if not step.config.jitter:
        return batch.pictures, _target(batch)
    if "pair" not in batch.shared:
        from studio.models import warp

        size = step.config.jitter
        strength = warp.Strength(8 * size, 0.08 * size, 0.04 * size, bend=0.0, light=0.0, mirror=False)
        channels = batch.pictures.shape[1]
        both = warp.change(_beside(batch.pictures, _target(batch)), strength, step.draw.uniform)
        batch.shared["pair"] = both[:, :channels], both[:, channels:]
    return batch.shared["pair"]


def _made(step: Step, batch: Batch) -> torch.Tensor:
    """G's outputs for this batch, made once and shared by both phases."""
    if "made" not in batch.shared:
        batch.shared["made"] = step.nets["generator"](_pair(step, batch)[0])
    return batch.shared["made"]


def _beside(pictures: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
    """What D sees: input and output as channels of one picture."""
    import torch

    return torch.cat([pictures, made.to(pictures.dtype)], 1)


SMALL_NETS: dict[str, Any] = {"width": 32, "d_width": 32, "g_rate": 4e-4}


def _restoration(name: str, title: str, help: str, degradation: str, strength: float = 0.5) -> Preset:
    """A preset that learns to undo what was done to the pictures of a folder."""
    data = {"source": "folder", "size": 64, "degradation": degradation, "strength": strength, "flip": True}
    training = {"batch": 16, "horizon": 6000, "schedule": "linear"}
    return Preset(name, title, help, model=SMALL_NETS, training=training, data=data, default=False)


FAMILY = Family(
    id="pix2pix",
    title="pix2pix",
    summary="Learns from pairs of pictures to make the second from the first: labels to photographs, sketches to "
    "drawings, grey to colour.",
    lecture="L9, L13–L16",
    config=Pix2pixConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=("generator",),
    needs=lambda config: Needs(pairs=True),
    spec_problems=spec_problems,
    fit_size=fit_size,
    directions=directions,
    translate=translate,
    compare=compare,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits with holes, quick",
            "The 1,797 digits that come with the program at 32 px; the nets fill holes in them.",
            model={"width": 16, "d_width": 16},
            training={"batch": 16, "horizon": 3000, "schedule": "linear"},
            data={"source": "digits", "size": 32, "degradation": "holes", "strength": 0.25},
        ),
        Preset(
            "pairs",
            "Pairs, 64 px",
            "A folder of pictures that hold input and target side by side, 64 px: a quarter of an hour on a core.",
            # measured on 1,914 pairs of old and new emoji: a batch of 16 with this rate gets further in the same time
            # than 8 or 4 with the paper's, and instance norm further than batch norm
            model=SMALL_NETS,
            training={"batch": 16, "horizon": 3500, "schedule": "linear"},
            data={"source": "pairs", "size": 64},
        ),
        Preset(
            "pairs-256",
            "Pairs, 256 px (the paper)",
            "The paper's nets and settings at 256 px, batches of one picture; needs a GPU or patience.",
            training={"batch": 1, "horizon": 100000, "schedule": "linear"},
            data={"source": "pairs", "size": 256, "flip": True},
            default=False,
        ),
        Preset(
            "expressions",
            "Pairs that are nearly alike, 64 px",
            "A small folder of pairs of the same thing, as a face before and after a smile: G draws the change.",
            # measured on 91 pairs of faces: nets twice as wide, weaker jitter or 1,500 steps learn the pairs by heart
            model={"width": 16, "d_width": 32, "g_rate": 1e-3, "draws": "change", "jitter": 2.0, "l1_weight": 1000.0},
            training={"batch": 16, "horizon": 400, "schedule": "linear", "validate_every": 10},
            data={"source": "pairs", "size": 64, "flip": True},
            default=False,
        ),
        _restoration("colourise", "Colourise", "Grey pictures in, colour out (L13): any folder, 64 px.", "grey"),
        _restoration("derain", "Take away rain", "Learns to undo drawn rain (L14) on any folder, 64 px.", "rain"),
        _restoration(
            "inpaint", "Fill holes", "Learns to fill holes in pictures (L15) of any folder, 64 px.", "holes", 0.25
        ),
        _restoration(
            "sketch", "From a sketch", "Line drawings in, photographs out (L16): any folder, 64 px.", "sketch"
        ),
    ),
)
