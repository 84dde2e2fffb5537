"""The losses of the face GAN: what its phases minimise, and what it is measured by on held-out pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.models import autoencoder, losses, penalties, warp
from studio.models.family import Batch, Prior, Step, Terms

GAME = losses.ADVERSARIAL["non-saturating"]
FADE_IN = 0.05
"""share of the planned length over which the discriminator's pushes grow to their full size"""
DARKEST = 1e-4
"""squared error below which a picture counts as drawn exactly (46 dB)"""


def autoencoder_loss(step: Step, batch: Batch, game: bool, rest: bool) -> Terms:
    """Error, KL and attributes; with ``game`` D's pushes and the code cycle; ``rest``: the encoder only reads."""
    config = step.config
    pictures, plain = changed(step, batch)
    with torch.set_grad_enabled(torch.is_grad_enabled() and not rest):
        mean, log_variance, answers = _read(step, pictures)
    codes = mean + (0.5 * log_variance).exp() * step.draw.normal(tuple(mean.shape))
    made = step.nets["generator"](codes).float()
    loss = error = log_error(made, pictures)
    divergence = losses.kl_to_standard_normal(mean, log_variance)
    terms = {"error": error.detach(), "PSNR": psnr(made.detach(), pictures), "KL": divergence.detach()}
    if not rest:
        known = attributes_loss(answers[:plain], batch)
        loss = loss + config.kl_weight * divergence + config.head_weight * known
        terms["attributes"] = known.detach()
    if game:
        drawn, samples = _samples(step, plain)
        batch.shared["made"] = made[:plain].detach(), samples.detach()
        cycle = _cycle(step, drawn, samples, rest)
        loss = loss + config.cycle_weight * cycle + _pushes(step, pictures[:plain], made[:plain], samples)
        terms["cycle"] = cycle.detach()
    return {"AE loss": loss, **terms}


def discriminator_loss(step: Step, batch: Batch) -> Terms:
    """D on pictures, on their reconstructions and on samples, with R1 when it is due."""
    config, net = step.config, step.nets["discriminator"]
    pictures, plain = changed(step, batch)
    real = pictures[:plain]
    again, samples = batch.shared.pop("made", None) or _made(step, real)
    on_real, on_again, on_samples = (net(shown)[0] for shown in (real, again, samples))
    loss = (GAME.discriminator(on_real, on_again) + GAME.discriminator(on_real, on_samples)) / 2
    answers = {"D(x)": on_real, "D(G(E(x)))": on_again, "D(G(z))": on_samples}
    terms = {name: GAME.score(logits) for name, logits in answers.items()}
    if config.r1 and step.index % config.r1_every == 0:
        steepness = config.r1 * penalties.zero_centred(lambda shown: net(shown)[0], real)
        loss = loss + config.r1_every * steepness
        terms["R1"] = steepness.detach()
    return {"D loss": loss, **terms}


def validate(step: Step, batch: Batch) -> Terms:
    """PSNR, mean absolute error (pixels from 0 to 1) and sharpness on held-out pictures; PSNR and sharpness of PCA."""
    pictures = batch.pictures.float()
    mean, _, answers = _read(step, pictures)
    again = step.nets["generator"](mean).float().clamp(-1, 1)
    figures = {
        "val PSNR": psnr(again, pictures),
        "val L1": (again - pictures).abs().mean() / 2,
        "val sharpness": sharpness(again, pictures),
    }
    for name, method in step.baselines.items():
        plain = method(pictures).clamp(-1, 1)
        figures |= {f"{name} PSNR": psnr(plain, pictures), f"{name} sharpness": sharpness(plain, pictures)}
    if batch.attributes is not None and answers.shape[1]:
        figures["val attributes"] = ((answers > 0) == (batch.attributes > 0.5)).float().mean()
    return figures


def changed(step: Step, batch: Batch) -> tuple[Tensor, int]:
    """The batch's pictures as this step's phases see them, and how many of them, the first ones, are not blended."""
    if "pictures" not in batch.shared:
        config = step.config
        strength = warp.Strength(
            config.turn, config.scale, config.shift, config.light, config.moved, config.mirror, config.bend
        )
        pictures = warp.change(batch.pictures, strength, step.draw.uniform, step.draw.normal)
        plain = max(1, round(len(pictures) * (1 - config.blend)))
        if plain < len(pictures):
            pictures = torch.cat((pictures[:plain], warp.blend(pictures[plain:], step.draw.normal)))
        batch.shared["pictures"] = pictures, plain
    found: tuple[Tensor, int] = batch.shared["pictures"]
    return found


def log_error(made: Tensor, pictures: Tensor) -> Tensor:
    """½ · log of each picture's mean squared error, averaged over the pictures: a Gaussian likelihood whose width is
    each picture's own best one (Rybkin et al. 2021), and in other units PSNR itself."""
    error = (made.float() - pictures.float()).square().flatten(1).mean(1)
    return 0.5 * (error + DARKEST).log().mean()


def attributes_loss(answers: Tensor, batch: Batch) -> Tensor:
    """Cross entropy of answers (M, A) for the batch's first M pictures; what is neither 0 nor 1 is not known and counts
    nothing. 0 without attributes."""
    if batch.attributes is None or not answers.shape[1]:
        return answers.new_zeros(())
    wanted = batch.attributes[: len(answers)]
    known = (wanted == 0) | (wanted == 1)
    each = F.binary_cross_entropy_with_logits(answers, wanted.where(known, 0.0), reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1)


def sharpness(made: Tensor, pictures: Tensor) -> Tensor:
    """Gradient energy of pictures (N, C, H, W) as a share of the originals', 0-d: 1 is as sharp, less is blurred."""
    return _energy(made) / _energy(pictures).clamp_min(1e-8)


def psnr(made: Tensor, pictures: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of pictures in [-1, 1], the mean over the pictures' own."""
    return autoencoder.psnr((made + 1) / 2, (pictures + 1) / 2)


def _read(step: Step, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """μ and log σ² (N, latent) and the answers to the attributes (N, A), float32."""
    found, size = step.nets["encoder"](pictures).float(), step.config.latent
    return found[:, :size], found[:, size : 2 * size], found[:, 2 * size :]


def _samples(step: Step, count: int) -> tuple[Tensor, Tensor]:
    """Random codes and their pictures."""
    codes = step.draw.codes(count, Prior(step.config.latent))
    return codes, step.nets["generator"](codes).float()


def _made(step: Step, real: Tensor) -> tuple[Tensor, Tensor]:
    """Reconstructions and samples for a discriminator that moves alone."""
    with torch.no_grad():
        return step.nets["generator"](_read(step, real)[0]).float(), _samples(step, len(real))[1]


def _cycle(step: Step, drawn: Tensor, samples: Tensor, rest: bool) -> Tensor:
    """|E(G(z)) − z|² per element of the codes ``drawn``; with ``rest`` only the samples learn from it."""
    there = samples.detach().requires_grad_() if rest and samples.requires_grad else samples
    cycle = (_read(step, there)[0] - drawn).square().mean()
    return cycle if there is samples else _through(samples, _slope(cycle, there)) + cycle.detach()


def _pushes(step: Step, real: Tensor, made: Tensor, samples: Tensor) -> Tensor:
    """What D wants of reconstructions and samples: 0 in value; its gradient at the pictures is a share of the pull of
    :func:`log_error`, as a D that is sure or unsure of itself would push a hundred times harder or softer."""
    config, net = step.config, step.nets["discriminator"]
    with torch.no_grad():
        wanted = net(real)[1]
    here, there = made.detach().requires_grad_(), samples.detach().requires_grad_()
    logits, seen = net(here)
    apart = torch.stack([(a.float() - b.float()).abs().mean() for a, b in zip(seen, wanted, strict=True)]).sum()
    pushes = (
        (made, _slope(apart, here, keep=True), config.feature_weight),
        (made, _slope(GAME.generator(logits), here), config.gan_weight),
        (samples, _slope(GAME.generator(net(there)[0]), there), config.sample_weight),
    )
    pull = torch.linalg.vector_norm(_slope(log_error(here, real), here))
    pull = pull * min(1.0, (step.progress - config.start) / FADE_IN)
    total = pull.new_zeros(())
    for pictures, push, weight in pushes:
        length = weight * pull / torch.linalg.vector_norm(push).clamp_min(1e-12)
        total = total + _through(pictures, length * push)
    return total


def _through(pictures: Tensor, gradient: Tensor) -> Tensor:
    """0 in value; ``gradient`` is its gradient at the pictures."""
    value = (pictures * gradient).sum()
    return value - value.detach()


def _slope(value: Tensor, at: Tensor, keep: bool = False) -> Tensor:
    """The gradient of ``value`` at pictures, float32; ``keep`` the graph for another one."""
    return torch.autograd.grad(value, at, retain_graph=keep)[0].float()


def _energy(pictures: Tensor) -> Tensor:
    """Mean squared difference of neighbours, across and down."""
    pictures = pictures.float()
    return pictures.diff(dim=2).square().mean() + pictures.diff(dim=3).square().mean()
