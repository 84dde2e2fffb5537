"""The denoising autoencoder: how inputs are corrupted, what is learned from them, and layers that learn in turn."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from studio import config as configs
from studio.models import denoising
from studio.models.denoising import FAMILY, Corruption, DenoisingConfig
from studio.models.family import Batch, Spec, Step
from studio.session import Session
from studio.training import checkpoints, runs
from studio.training import recipe as recipes
from studio.training.jobs import TrainJob

SPEC = Spec(6, 1)
DEEP = DenoisingConfig(hidden="10-8", latent=4, stacked=True, pretraining=60.0)


class Draw:
    """Random numbers that follow from a seed."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


def step_on(config, spec=SPEC, **about):
    torch.manual_seed(0)
    return Step(FAMILY.build(config, spec), config, Draw(), spec, **about)


def test_masking_blackens_the_share_that_was_asked_in_all_colours():
    clean = torch.full((50, 3, 20, 20), 0.5)
    noisy = Corruption("masking", 0.3).of_pictures(clean, Draw())
    assert float((noisy == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert set(noisy.unique().tolist()) == {0.0, 0.5}
    assert torch.equal(noisy[:, 0], noisy[:, 2])


def test_salt_and_pepper_is_half_black_and_half_white():
    noisy = Corruption("salt", 0.4).of_pictures(torch.full((50, 1, 20, 20), 0.5), Draw())
    for value in (0, 1):
        assert float((noisy == value).float().mean()) == pytest.approx(0.2, abs=0.01)
    assert float((noisy == 0.5).float().mean()) == pytest.approx(0.6, abs=0.01)


def test_gaussian_noise_has_the_deviation_that_was_asked_and_stays_a_picture():
    clean = torch.full((50, 3, 20, 20), 0.5)
    noisy = Corruption("gaussian", 0.1).of_pictures(clean, Draw())
    assert float((noisy - clean).std()) == pytest.approx(0.1, abs=0.002)
    assert not torch.equal(noisy[:, 0], noisy[:, 2])
    loud = Corruption("gaussian", 1.0).of_pictures(clean, Draw())
    assert loud.min() == 0
    assert loud.max() == 1


@pytest.mark.parametrize("kind", denoising.CORRUPTIONS)
def test_no_noise_changes_nothing_and_all_of_it_leaves_nothing(kind):
    clean = 0.2 + 0.6 * torch.rand(4, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    assert torch.equal(Corruption(kind, 0.0).of_pictures(clean, Draw()), clean)
    gone = Corruption(kind, 1.0).of_pictures(clean, Draw())
    assert (gone != clean).all()
    if kind != "gaussian":
        assert ((gone == 0) | (gone == 1)).all()


@pytest.mark.parametrize("kind", denoising.CORRUPTIONS)
def test_codes_are_hit_within_their_own_spread(kind):
    clean = 3 + 0.5 * torch.randn(200, 30, generator=torch.Generator().manual_seed(1))
    noisy = Corruption(kind, 0.25).of_codes(clean, Draw())
    assert noisy.shape == clean.shape
    changed = noisy[noisy != clean]
    if kind == "gaussian":
        assert float((noisy - clean).std()) == pytest.approx(0.25 * 4 * 0.5, rel=0.05)
    else:
        assert len(changed) / clean.numel() == pytest.approx(0.25, abs=0.02)
        wanted = [0.0] if kind == "masking" else [2.0, 4.0]
        assert sorted(changed.unique().tolist()) == pytest.approx(wanted, abs=0.1)


def test_the_target_is_the_clean_picture():
    config = DenoisingConfig(hidden="8", latent=3, amount=100.0)
    step = step_on(config)
    clean = torch.rand(4, 1, 6, 6, generator=torch.Generator().manual_seed(1))
    blind = step.nets["decoder"](step.nets["encoder"](torch.zeros_like(clean)))
    assert float(denoising.loss(step, Batch(clean))["loss"].detach()) == pytest.approx(
        float((blind - clean).square().mean().detach())
    )


def test_a_layer_s_loss_reaches_that_layer_alone():
    step = step_on(DEEP)
    batch = Batch(torch.rand(8, 1, 6, 6))
    names = [f"{net}.{name}" for net, module in step.nets.items() for name, _ in module.named_parameters()]
    parameters = [p for module in step.nets.values() for p in module.parameters()]
    reached = []
    for phase in FAMILY.phases(DEEP):
        phase.loss(step, batch)[phase.objective].backward(inputs=parameters)
        reached.append({name[:9] for name, p in zip(names, parameters, strict=True) if p.grad is not None})
        for p in parameters:
            p.grad = None
    pairs = [{f"encoder.{i}", f"decoder.{2 - i}"} for i in range(3)]
    assert reached == [*pairs, set().union(*pairs)]


def test_layers_take_equal_parts_of_the_planned_length_and_tuning_the_rest():
    phases = FAMILY.phases(DEEP)
    assert [phase.name for phase in phases] == ["layer 1", "layer 2", "layer 3", "fine-tuning"]
    for done in range(101):
        (running,) = [phase.name for phase in phases if phase.runs(done / 100)]
        assert running == ["layer 1", "layer 2", "layer 3", "fine-tuning", "fine-tuning"][min(done // 20, 4)]
    curves = {curve.name for curve in FAMILY.curves(DEEP)}
    assert {phase.objective for phase in phases} == curves
    plain = dataclasses.replace(DEEP, stacked=False)
    assert len(FAMILY.phases(plain)) == len(FAMILY.curves(plain)) == 1


def test_greedy_training_lowers_each_layer_s_error_and_leaves_lower_layers_alone():
    config = dataclasses.replace(DEEP, amount=10.0)
    step = step_on(config)
    draw = torch.Generator().manual_seed(2)
    batch = Batch((torch.rand(64, 2, generator=draw) @ torch.rand(2, 36, generator=draw) / 2).view(64, 1, 6, 6))
    parameters = [p for net in step.nets.values() for p in net.parameters()]
    optimiser = torch.optim.Adam(parameters, 1e-2)
    kept = []
    for phase in FAMILY.phases(config):
        errors = []
        for _ in range(60):
            optimiser.zero_grad()
            error = phase.loss(step, batch)[phase.objective]
            error.backward(inputs=parameters)
            optimiser.step()
            errors.append(float(error.detach()))
        assert sum(errors[-10:]) < 0.8 * sum(errors[:10]), phase.name
        if phase.name != "fine-tuning":
            layer = len(kept)
            assert all(
                torch.equal(a, b) for i, old in enumerate(kept) for a, b in zip(old, weights(step, i), strict=True)
            )
            kept.append([p.detach().clone() for p in weights(step, layer)])


def weights(step, layer):
    return [*step.nets["encoder"][layer].parameters(), *step.nets["decoder"][2 - layer].parameters()]


def test_comparison_is_corrupted_alike_each_time():
    step = step_on(DenoisingConfig(hidden="8", latent=3))
    batch = Batch(torch.rand(4, 1, 6, 6))
    first, again = FAMILY.rows(step.nets, batch), FAMILY.rows(step.nets, batch)
    assert list(first) == ["picture", "corrupted", "restored"]
    assert torch.equal(first["corrupted"], again["corrupted"])
    assert 0.1 < float((first["corrupted"] != first["picture"]).float().mean()) < 0.5
    assert torch.equal(first["restored"], again["restored"])


def test_held_out_figures_say_what_was_gained():
    config = DenoisingConfig(hidden="8", latent=3)
    pictures = torch.rand(20, 1, 6, 6)
    step = step_on(config, baselines=FAMILY.baselines(config, pictures))
    with torch.inference_mode():
        figures = FAMILY.validate(step, Batch(pictures))
        noisy = Corruption("masking", 0.3).of_pictures(pictures, Draw())
        own = step.baselines["PCA-3"](noisy)
    assert list(figures) == ["val loss", "val PSNR", "corrupted PSNR", "PCA-3 PSNR"]
    assert torch.equal(figures["corrupted PSNR"], denoising.psnr(noisy, pictures))
    assert torch.equal(figures["PCA-3 PSNR"], denoising.psnr(own, pictures)), "PCA sees the corrupted pictures, too"


def test_convolutional_nets_restore_too_but_not_layer_by_layer():
    config = DenoisingConfig(architecture="convolutional", width=4, latent=5)
    assert configs.problems(config) == []
    step = step_on(config, Spec(16, 3))
    assert FAMILY.rows(step.nets, Batch(torch.rand(2, 3, 16, 16)))["restored"].shape == (2, 3, 16, 16)
    (problem,) = configs.problems(dataclasses.replace(config, stacked=True))
    assert "layer by layer" in problem


def test_a_stacked_run_goes_through_its_layers_and_goes_on_within_one(tmp_path):
    settings = ("source=digits", "size=8", "limit=48", "batch=8", "hidden=12-8", "latent=4", "stacked=yes")
    machine = ("pretraining=75", "horizon=8", "threads=1", "precision=float32", "device=cpu")
    recipe = recipes.from_preset("denoising").with_settings((*settings, *machine))
    session = Session(tmp_path)
    for name, steps, resume in (("whole", 8, False), ("halves", 5, False), ("halves", 8, True)):
        session.do(TrainJob(recipe, tmp_path, name, steps=steps, resume=resume))
    whole, halves = (checkpoints.load_newest(tmp_path / name, print)[0] for name in ("whole", "halves"))
    assert [key for key in whole if not torch.equal(whole[key], halves[key])] == []
    history = runs.open_run(tmp_path / "whole").history()
    moves = {name: (history.column(name)[1:] != history.column(name)[:-1]).tolist() for name in history.columns}
    assert moves["layer 1 loss"][2:] == [False] * 5, "a layer that is done stays as it was"
    assert moves["layer 3 loss"] == [False] * 3 + [True] * 2 + [False] * 2
    assert moves["loss"] == [False] * 5 + [True] * 2
    evaluation = runs.open_run(tmp_path / "whole").evaluations()[-1]
    assert {"val loss", "val PSNR", "corrupted PSNR", "PCA-4 PSNR"} <= evaluation.keys()
