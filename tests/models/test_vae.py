"""The VAE's own choices: warm-up, free bits, the other lecture's nets. Oracles O3 and O8 are with the lectures."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from studio.models import blocks, losses, vae
from studio.models.family import Batch, Spec, Step
from studio.models.vae import FAMILY, VaeConfig

SPEC = Spec(8, 1)
SMALL = VaeConfig(latent=3, width=4, kl_weight=0.5)


class Draw:
    """Random numbers that follow from a seed."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(0)

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator)


def terms(config, progress=0.0, measure=None):
    """The terms of one batch for nets and noise that are always the same."""
    torch.manual_seed(0)
    step = Step({n: net.eval() for n, net in FAMILY.build(config, SPEC).items()}, config, Draw(), SPEC, 0, progress)
    pictures = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return (measure or FAMILY.phases(config)[0].loss)(step, Batch(pictures))


def test_the_loss_is_the_sum_of_what_is_shown():
    found = terms(SMALL)
    assert list(found) == [curve.name for curve in FAMILY.curves(SMALL)] == ["loss", "reconstruction", "λ·KL"]
    assert torch.equal(found["loss"], found["reconstruction"] + found["λ·KL"])


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.0), (0.1, 0.5), (0.2, 1.0), (0.9, 1.0)])
def test_warm_up_raises_the_weight_over_its_share_of_the_length(progress, share):
    plain, warm = terms(SMALL), terms(dataclasses.replace(SMALL, kl_warmup=0.2), progress)
    torch.testing.assert_close(warm["λ·KL"], share * plain["λ·KL"])
    torch.testing.assert_close(warm["KL"], plain["λ·KL"] / SMALL.kl_weight)
    assert torch.equal(warm["reconstruction"], plain["reconstruction"])


def test_curves_match_the_terms_whatever_is_chosen():
    for config in (SMALL, dataclasses.replace(SMALL, kl_warmup=0.2), dataclasses.replace(SMALL, free_bits=0.1)):
        assert list(terms(config)) == [curve.name for curve in FAMILY.curves(config)]


def gradients(config):
    """Of the encoder's parameters, for nets and noise that are always the same."""
    torch.manual_seed(0)
    step = Step(FAMILY.build(config, SPEC), config, Draw(), SPEC)
    pictures = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    found = FAMILY.phases(config)[0].loss(step, Batch(pictures))
    return torch.autograd.grad(found["loss"], list(step.nets["encoder"].parameters()))


def test_free_bits_cost_at_least_themselves_and_push_nothing_below():
    config = dataclasses.replace(SMALL, free_bits=50.0)
    found = terms(config)
    assert float(found["λ·KL"]) == pytest.approx(SMALL.kl_weight * 50.0)
    assert float(found["KL"]) < 50
    without = gradients(dataclasses.replace(SMALL, kl_weight=0.0))
    for free, none, full in zip(gradients(config), without, gradients(SMALL), strict=True):
        torch.testing.assert_close(free, none)
        assert not torch.allclose(full, none)


def test_free_bits_that_none_needs_change_nothing():
    plain, tiny = terms(SMALL), terms(dataclasses.replace(SMALL, free_bits=1e-9))
    torch.testing.assert_close(tiny["loss"], plain["loss"])


def test_each_code_element_has_its_own_free_bits():
    mean = torch.tensor([[2.0, 0.0]]).repeat(4, 1).requires_grad_()
    cost = vae._above(mean, torch.zeros(4, 2), 0.5)
    assert float(cost.detach()) == pytest.approx((2.0 + 0.5) / 2), (
        "KL of mean 2 is 2 nats, the unused one costs its floor"
    )
    cost.backward()
    assert (mean.grad[:, 0] != 0).all()
    assert (mean.grad[:, 1] == 0).all()


def test_held_out_figures_count_all_of_the_kl_at_any_time():
    plain = terms(SMALL, measure=FAMILY.validate)
    for changes in ({"kl_warmup": 0.5}, {"free_bits": 10.0}):
        found = terms(dataclasses.replace(SMALL, **changes), measure=FAMILY.validate)
        assert found.keys() == plain.keys() == {"val loss", "val reconstruction", "val λ·KL"}
        assert all(torch.equal(found[name], plain[name]) for name in plain)


def test_lecture_000():
    preset = FAMILY.preset("lecture000")
    config = VaeConfig(**preset.model)
    nets = FAMILY.build(config, Spec(preset.data["size"], 1))
    decoder = [(type(m).__name__, tuple(m.weight.shape)) for m in nets["decoder"] if hasattr(m, "weight")]
    assert decoder == [
        ("Linear", (14 * 14 * 64, 2)),
        ("SameConvTranspose2d", (64, 64, 3, 3)),
        ("SameConv2d", (1, 64, 3, 3)),
    ]
    first, *_, dense, code = [m for m in nets["encoder"] if hasattr(m, "weight")]
    assert tuple(first.weight.shape) == (32, 1, 3, 3)
    assert (dense.out_features, code.out_features) == (32, 4)
    assert blocks.count(nets["decoder"]) == 14 * 14 * 64 * 3 + (64 * 64 * 9 + 64) + (64 * 9 + 1)
    assert FAMILY.generate(nets, torch.zeros(3, 2), None).shape == (3, 1, 28, 28)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_convolutional_nets_of_photographs(size):
    config = VaeConfig(latent=5, width=4, likelihood="gaussian")
    assert FAMILY.spec_problems(config, Spec(size, 3)) == []
    nets = FAMILY.build(config, Spec(size, 3))
    codes = FAMILY.encode(nets, torch.rand(2, 3, size, size))
    assert codes.shape == (2, FAMILY.prior(config, Spec(size, 3)).size)
    assert FAMILY.features(nets, torch.rand(2, 3, size, size)).shape == (2, 5)
    assert FAMILY.generate(nets, codes, None).shape == (2, 3, size, size)


def test_likelihoods_are_the_losses_of_their_name():
    logits, pictures = torch.randn(4, 1, 8, 8), torch.rand(4, 1, 8, 8)
    bernoulli = torch.distributions.Bernoulli(logits=logits, validate_args=False).log_prob(pictures)
    torch.testing.assert_close(losses.bernoulli(logits, pictures), -bernoulli.mean())
    torch.testing.assert_close(losses.gaussian(logits, pictures), (logits.sigmoid() - pictures).square().mean())


def test_impossible_sizes_are_one_sentence():
    for architecture in ("convolutional", "lecture", "lecture000"):
        config = VaeConfig(architecture=architecture)
        assert "not 7" in FAMILY.spec_problems(config, Spec(7, 1))[0]
        assert FAMILY.spec_problems(config, Spec(28, 1)) == []
    assert FAMILY.spec_problems(VaeConfig(architecture="lecture"), Spec(62, 1)) == []
    assert "only to 31" in FAMILY.spec_problems(VaeConfig(), Spec(62, 1))[0]
