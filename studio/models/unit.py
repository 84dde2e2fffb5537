"""UNIT (lecture system L11; Liu et al. 2017): two VAE-GANs whose codes live in one space, because the last layers of
the encoders and the first of the decoders are the same layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.config import option
from studio.events import Curve
from studio.models import translating
from studio.models.family import Batch, Family, Needs, Phase, Player, Preset, Spec, Step, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

CODERS = ("encoder_a", "encoder_b", "encoder_shared", "decoder_shared", "decoder_a", "decoder_b")
JUDGES = ("discriminator_a", "discriminator_b")
KINDS = "ab"


@dataclass(frozen=True)
class UnitConfig(translating.TranslationConfig):
    """Settings of UNIT."""

    g_rate: float = option(
        1e-4,
        "G learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the updates of encoders and decoders. The paper's 0.0001; 0.0002 for short trainings.",
    )
    d_rate: float = option(
        1e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the discriminators' updates. Lower it when they tell real from made without fail.",
    )
    blocks: int = option(
        3,
        "Own blocks",
        group="Nets",
        low=0,
        high=16,
        help="Residual blocks that each kind of picture has for itself, in its encoder and in its decoder.",
    )
    shared_blocks: int = option(
        1,
        "Shared blocks",
        group="Nets",
        low=1,
        high=16,
        help="Residual blocks that both kinds share, at the end of the encoder and at the start of the decoder. They "
        "are what makes a code mean the same for both.",
    )
    scales: int = option(
        0,
        "Scales of D",
        group="Nets",
        low=0,
        high=4,
        help="Discriminators that judge the picture, its half, its quarter. 0 is the paper's 3, or as many as fit.",
    )
    gan_weight: float = option(
        1.0,
        "Adversarial weight",
        group="Losses",
        low=0.0,
        high=1000.0,
        help="How much it counts that translations pass as the other kind. Raise it when too little changes.",
    )
    reconstruction_weight: float = option(
        10.0,
        "Reconstruction weight",
        group="Losses",
        low=0.0,
        high=1000.0,
        help="How much it counts that encoding and decoding a picture in its own kind gives it back.",
    )
    cycle_weight: float = option(
        10.0,
        "Cycle weight",
        group="Losses",
        low=0.0,
        high=1000.0,
        help="How much it counts that a picture translated there and back comes out as it was.",
    )
    kl_weight: float = option(
        0.01,
        "KL weight",
        group="Losses",
        low=0.0,
        high=1000.0,
        scientific=True,
        help="How strongly codes are pulled to N(0, 1), those of pictures and those of translations alike.",
    )


def build(config: UnitConfig, spec: Spec) -> dict[str, nn.Module]:
    """Encoders -> codes (N, 4·width, S/4, S/4); decoders -> (N, C, S, S) in [-1, 1]; multi-scale discriminators."""
    from studio.models import unit_nets

    layers = unit_nets.most_layers(spec.size)
    scales = config.scales or unit_nets.most_scales(spec.size, layers)
    nets: dict[str, nn.Module] = {
        "encoder_shared": unit_nets.shared(config.width, config.shared_blocks),
        "decoder_shared": unit_nets.shared(config.width, config.shared_blocks),
    }
    for kind in KINDS:
        nets[f"encoder_{kind}"] = unit_nets.encoder(spec.channels, config.width, config.blocks)
        nets[f"decoder_{kind}"] = unit_nets.decoder(spec.channels, config.width, config.blocks)
        nets[f"discriminator_{kind}"] = unit_nets.MultiScaleDiscriminator(spec.channels, config.d_width, scales, layers)
    unit_nets.initialise([nets[name] for name in CODERS], [nets[name] for name in JUDGES])
    return nets


def players(config: UnitConfig) -> tuple[Player, ...]:
    """All encoders and decoders are one player, both discriminators the other."""
    return (
        config.player("generators", CODERS, config.g_rate),
        config.player("discriminators", JUDGES, config.d_rate),
    )


def phases(config: UnitConfig) -> tuple[Phase, ...]:
    """The generators move first, so that the discriminators can use their pictures."""
    return (
        Phase("generators", "generators", "G loss", generator_loss, label="Step G"),
        Phase("discriminators", "discriminators", "D loss", discriminator_loss, label="Step D"),
    )


def generator_loss(step: Step, batch: Batch) -> Terms:
    """Reconstruction, cycle consistency, the game, and KL of codes and of the translations' codes."""
    import torch

    config, a, b = step.config, batch.pictures, _other(batch)
    mean_a, mean_b = _encode(step.nets, "a", a), _encode(step.nets, "b", b)
    codes = _noisy(step, torch.cat([mean_a, mean_b]))
    # each decoder once for both codes: no layer here mixes the pictures of a batch
    same_a, fake_a = _decode(step.nets, "a", codes).chunk(2)
    fake_b, same_b = _decode(step.nets, "b", codes).chunk(2)
    batch.shared["fakes"] = (fake_a.detach(), fake_b.detach())
    back_b, back_a = _encode(step.nets, "a", fake_a), _encode(step.nets, "b", fake_b)
    again_a = _decode(step.nets, "a", _noisy(step, back_a))
    again_b = _decode(step.nets, "b", _noisy(step, back_b))
    terms = {
        "reconstruction": translating.l1(same_a, a) + translating.l1(same_b, b),
        "cycle": translating.l1(again_a, a) + translating.l1(again_b, b),
        "adversarial": _fooled(step, "a", fake_a) + _fooled(step, "b", fake_b),
        "KL": _kl(mean_a) + _kl(mean_b),
        "cycle KL": _kl(back_a) + _kl(back_b),
    }
    weights = _weights(config)
    total = sum((weights[name] * value for name, value in terms.items()), start=a.new_zeros(()))
    return {"G loss": total} | {name: value.detach() for name, value in terms.items()}


def discriminator_loss(step: Step, batch: Batch) -> Terms:
    """Each discriminator on real pictures of its own kind and on translations to it, at all scales."""
    from studio.models.losses import ADVERSARIAL

    game = ADVERSARIAL[step.config.loss]
    fakes = batch.shared.pop("fakes", None) or _fakes(step, batch)
    losses, real_scores, made_scores = [], [], []
    for kind, real, made in zip(KINDS, (batch.pictures, _other(batch)), fakes, strict=True):
        net = step.nets[f"discriminator_{kind}"]
        for on_real, on_made in zip(net(real), net(made), strict=True):
            losses.append(game.discriminator(on_real, on_made))
            real_scores.append(game.score(on_real))
            made_scores.append(game.score(on_made))
    return {
        "D loss": sum(losses[1:], start=losses[0]),
        "D(real)": sum(real_scores[1:], start=real_scores[0]) / len(real_scores),
        "D(fake)": sum(made_scores[1:], start=made_scores[0]) / len(made_scores),
    }


def curves(config: UnitConfig) -> tuple[Curve, ...]:
    """The four losses of the paper, each summed over both kinds, before its weight."""
    return (
        Curve("G loss", "generator", "loss", "What encoders and decoders minimise: the losses below, weighted."),
        Curve("reconstruction", "decoder", "loss", "How far pictures encoded and decoded in their own kind are off."),
        Curve("cycle", "generator", "loss", "How far pictures translated there and back are off."),
        Curve("adversarial", "generator", "loss", "Low when translations pass as the other kind, at all scales."),
        Curve("KL", "encoder", "loss", "How far the codes of pictures are from N(0, 1) (the VAE's loss)."),
        Curve("cycle KL", "encoder", "loss", "The same of the codes of translations."),
        Curve(
            "D loss", "discriminator", "loss", "What both discriminators minimise: low when they tell real from made."
        ),
        Curve("D(real)", "discriminator", "score", "Mean judgement of real pictures (both kinds, all scales)."),
        Curve("D(fake)", "discriminator", "score", "Mean judgement of translations; near D(real) the generators win."),
    )


def validate(step: Step, batch: Batch) -> Terms:
    """Mean absolute error of both cycles on held-out pictures, pixels from 0 to 1."""
    error = translating.l1(_there_and_back(step.nets, batch.pictures, 0)[1], batch.pictures)
    if batch.other is not None:
        error = (error + translating.l1(_there_and_back(step.nets, batch.other, 1)[1], batch.other)) / 2
    return {"val cycle L1": error / 2}


def translate(nets: Mapping[str, Any], pictures: torch.Tensor, direction: int) -> torch.Tensor:
    """Pictures (N, C, S, S) in [-1, 1] of the other kind, from their mean codes."""
    return _decode(nets, KINDS[1 - direction], _encode(nets, KINDS[direction], pictures))


def compare(nets: Mapping[str, Any], batch: Batch) -> dict[str, torch.Tensor]:
    """Each kind, its translation, and that translated back."""
    there, back = _there_and_back(nets, batch.pictures, 0)
    rows = {"A": batch.pictures, "A to B": there, "back to A": back}
    if batch.other is not None:
        there, back = _there_and_back(nets, batch.other, 1)
        rows |= {"B": batch.other, "B to A": there, "back to B": back}
    return rows


def spec_problems(config: UnitConfig, spec: Spec) -> list[str]:
    """The encoders halve the size twice, the discriminators more often."""
    from studio.models.unit_nets import most_layers

    found = translating.size_problems("UNIT", spec.size)
    if not found and config.scales and spec.size >> (config.scales - 1) < 2 ** most_layers(spec.size):
        return [f"Pictures of {spec.size} px are too small for {config.scales} scales of D. Choose 0 or fewer."]
    return found


def _there_and_back(
    nets: Mapping[str, Any], pictures: torch.Tensor, direction: int
) -> tuple[torch.Tensor, torch.Tensor]:
    there = translate(nets, pictures, direction)
    return there, translate(nets, there, 1 - direction)


def _encode(nets: Mapping[str, Any], kind: str, pictures: torch.Tensor) -> torch.Tensor:
    return nets["encoder_shared"](nets[f"encoder_{kind}"](pictures))


def _decode(nets: Mapping[str, Any], kind: str, codes: torch.Tensor) -> torch.Tensor:
    return nets[f"decoder_{kind}"](nets["decoder_shared"](codes))


def _noisy(step: Step, mean: torch.Tensor) -> torch.Tensor:
    """A code drawn from N(mean, 1)."""
    return mean + step.draw.normal(tuple(mean.shape))


def _kl(mean: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, 1) ‖ N(0, 1)) per code element, times two as in the paper's code."""
    return mean.float().square().mean()


def _fooled(step: Step, kind: str, made: torch.Tensor) -> torch.Tensor:
    found = [translating.fooling(step.config.loss, logits) for logits in step.nets[f"discriminator_{kind}"](made)]
    return sum(found[1:], start=found[0])


def _fakes(step: Step, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Translations to A and to B, for discriminators that move alone."""
    import torch

    with torch.no_grad():
        code_a, code_b = _encode(step.nets, "a", batch.pictures), _encode(step.nets, "b", _other(batch))
        return _decode(step.nets, "a", _noisy(step, code_b)), _decode(step.nets, "b", _noisy(step, code_a))


def _weights(config: UnitConfig) -> dict[str, float]:
    return {
        "reconstruction": config.reconstruction_weight,
        "cycle": config.cycle_weight,
        "adversarial": config.gan_weight,
        "KL": config.kl_weight,
        "cycle KL": config.kl_weight,
    }


def _other(batch: Batch) -> torch.Tensor:
    assert batch.other is not None
    return batch.other


SMALL_NETS = {"width": 16, "d_width": 16, "blocks": 1, "g_rate": 2e-4, "d_rate": 2e-4}

FAMILY = Family(
    id="unit",
    title="UNIT",
    summary="Translates between two kinds of pictures through one space of codes that both share; no pairs needed.",
    lecture="L11",
    config=UnitConfig,
    value_range=(-1.0, 1.0),
    build=build,
    players=players,
    phases=phases,
    curves=curves,
    shown=CODERS,
    needs=lambda config: Needs(domains=True),
    spec_problems=spec_problems,
    fit_size=translating.fit_size,
    directions=translating.both_ways,
    translate=translate,
    compare=compare,
    validate=validate,
    presets=(
        Preset(
            "digits",
            "Digits, quick",
            "Two kinds of the digits that come with the program at 16 px, small nets: a first look in minutes.",
            model=SMALL_NETS,
            training={"batch": 4, "horizon": 4000, "schedule": "linear"},
            data={"source": "digits", "size": 16},
        ),
        Preset(
            "clothes",
            "Sandals and trousers",
            "Two kinds of clothes of Fashion-MNIST, 28 px: about a quarter of an hour on one core.",
            model=SMALL_NETS,
            training={"batch": 4, "horizon": 6000, "schedule": "linear"},
            data={"source": "fashion_mnist", "size": 28, "domain_a": "Sandal", "domain_b": "Trouser"},
        ),
        Preset(
            "photos",
            "Two folders, 64 px",
            "A folder with two class folders at 64 px, small nets: cats and dogs, summer and winter.",
            model={"width": 24, "d_width": 32, "g_rate": 2e-4, "d_rate": 2e-4},
            training={"batch": 4, "horizon": 20000, "schedule": "linear"},
            data={"source": "folder", "size": 64, "flip": True},
        ),
        Preset(
            "paper",
            "Two folders, 256 px (the paper)",
            "The paper's nets and weights at 256 px, batches of one picture; needs a GPU.",
            training={"batch": 1, "horizon": 1000000},
            data={"source": "folder", "size": 256, "flip": True},
            default=False,
        ),
    ),
)
