"""Our training step against a plain textbook loop of the same nets, interleaved in one process.

``python -m tests.benchmarks.steps [--threads N] [--rounds N]``. The textbook loop is what a tutorial writes: float32,
plain Adam, separate forward passes, ``.item()`` each step. Ours is the studio's own trainer, events and all.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from studio import models
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.models.family import Spec
from studio.training import recipe as recipes
from studio.training import training
from studio.training.jobs import TrainJob
from studio.training.recipe import Recipe
from studio.training.trainer import Trainer

STEPS = 6


def textbook_vae(recipe: Recipe, spec: Spec) -> Callable[[], None]:
    """One step of the lecture's VAE as a tutorial writes it."""
    nets = models.family("vae").build(recipe.model, spec)
    encoder, decoder = nets["encoder"], nets["decoder"]
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)
    pictures = torch.rand(recipe.training.batch, spec.channels, spec.size, spec.size)

    def step() -> None:
        mean, log_variance = encoder(pictures).chunk(2, 1)
        codes = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        kl = (-0.5 * (1 + log_variance - mean**2 - log_variance.exp())).mean()
        loss = F.binary_cross_entropy_with_logits(decoder(codes), pictures) + 1e-3 * kl
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()

    return step


def textbook_dcgan(recipe: Recipe, spec: Spec) -> Callable[[], None]:
    """One step of DCGAN as PyTorch's own example writes it."""
    nets = models.family("dcgan").build(recipe.model, spec)
    generator, discriminator = nets["generator"], nets["discriminator"]
    d_optimiser = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    g_optimiser = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    pictures = torch.rand(recipe.training.batch, spec.channels, spec.size, spec.size) * 2 - 1
    ones, zeros = torch.ones(len(pictures), 1), torch.zeros(len(pictures), 1)

    def step() -> None:
        discriminator.zero_grad()
        real = discriminator(pictures)
        loss_real = F.binary_cross_entropy_with_logits(real, ones)
        loss_real.backward()
        fakes = generator(torch.randn(len(pictures), recipe.model.latent))
        fake = discriminator(fakes.detach())
        loss_fake = F.binary_cross_entropy_with_logits(fake, zeros)
        loss_fake.backward()
        d_optimiser.step()
        generator.zero_grad()
        loss = F.binary_cross_entropy_with_logits(discriminator(fakes), ones)
        loss.backward()
        g_optimiser.step()
        for value in (loss_real + loss_fake, loss, real.mean().sigmoid(), fake.mean().sigmoid()):
            value.item()

    return step


def ours(recipe: Recipe, rounds: int, between: Callable[[int], None], folder: Path) -> list[float]:
    """Seconds of each round of ``STEPS`` of the studio's trainer; ``between(round)`` runs the other side in turn."""
    times: list[float] = []
    original = Trainer.run

    def run(self: Trainer, target: int) -> bool:
        for index in range(rounds + 1):
            started = time.perf_counter()
            for _ in range(STEPS):
                self.advance()
                self._between_steps()
            times.append((time.perf_counter() - started) / STEPS)
            between(index)
        return True

    Trainer.run = run  # type: ignore[method-assign]
    try:
        training.train(TrainJob(recipe, folder, steps=1), lambda event: None, Control(), Workplace())
    finally:
        Trainer.run = original  # type: ignore[method-assign]
    return times[1:]


def compare(name: str, recipe: Recipe, spec: Spec, textbook: Callable[[], None], rounds: int) -> None:
    """Print medians and the ratio pair by pair."""
    plain: list[float] = []

    def between(index: int) -> None:
        started = time.perf_counter()
        for _ in range(STEPS):
            textbook()
        if index:
            plain.append((time.perf_counter() - started) / STEPS)

    with tempfile.TemporaryDirectory() as folder:
        mine = ours(recipe, rounds, between, Path(folder))
    ratio = statistics.median(b / a for a, b in zip(mine, plain, strict=True))
    mine_ms, plain_ms = 1000 * statistics.median(mine), 1000 * statistics.median(plain)
    print(
        f"{name}: ours {mine_ms:.0f} ms a step, textbook {plain_ms:.0f} ms, "
        f"ratio textbook/ours {ratio:.2f} (median of {rounds} pairs)"
    )


def main() -> None:
    """VAE (O3) and DCGAN 64, each in automatic precision and in float32."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=8)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    for precision in ("auto", "float32"):
        settings = (f"threads={asked.threads}", f"precision={precision}")
        vae = recipes.from_preset("vae", "lecture").with_settings(("source=digits", "size=28", "holdout=0", *settings))
        compare(f"VAE O3, {precision}", vae, Spec(28, 1), textbook_vae(vae, Spec(28, 1)), asked.rounds)
        dcgan = recipes.from_preset("dcgan", "photos")
        dcgan = dcgan.with_settings(("source=digits", "size=64", "colour=colour", *settings))
        compare(f"DCGAN 64, {precision}", dcgan, Spec(64, 3), textbook_dcgan(dcgan, Spec(64, 3)), asked.rounds)


if __name__ == "__main__":
    main()
