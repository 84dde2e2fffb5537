"""Codes of the priors: their shape in the plane, their modes, and what pulls them to the middle."""

from __future__ import annotations

import math

import pytest
import torch

from studio.models import priors
from studio.models.family import Prior, one_hot

RING = Prior(2, "mixture", 10)
ROLL = Prior(2, "swiss roll", 10, labelled=True)


def noise(prior, count=4000, seed=0):
    generator = torch.Generator().manual_seed(seed)
    if priors.base(prior) == "uniform":
        return torch.rand(count, priors.columns(prior), generator=generator) * 2 - 1
    return torch.randn(count, priors.columns(prior), generator=generator)


@pytest.mark.parametrize("kind", priors.KINDS)
@pytest.mark.parametrize("size", [2, 5])
def test_codes_have_the_size_that_was_asked_and_follow_from_the_noise_alone(kind, size):
    prior = Prior(size, kind)
    drawn = noise(prior, 7)
    codes = priors.push(prior, drawn)
    assert codes.shape == (7, size)
    assert codes.dtype == torch.float32
    assert torch.equal(codes[2:3], priors.push(prior, drawn[2:3]))


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_the_noise_of_a_plain_prior_is_its_code(kind):
    prior = Prior(3, kind)
    drawn = noise(prior, 5)
    assert priors.columns(prior) == 3
    assert torch.equal(priors.push(prior, drawn), drawn)


def test_a_mixture_is_a_ring_of_modes_that_are_met_equally_often():
    codes = priors.push(RING, noise(RING))
    modes = priors.mode_of(RING, codes)
    shares = torch.bincount(modes, minlength=10) / len(codes)
    assert float(shares.min()) > 0.08
    assert float(shares.max()) < 0.12
    for mode, centre in enumerate(priors.centres(RING)):
        mine = codes[modes == mode]
        assert torch.allclose(mine.mean(0), torch.tensor(centre), atol=0.1)
    first = codes[modes == 0]  # its radius is the first axis
    assert float(first[:, 0].std()) == pytest.approx(priors.ALONG, rel=0.15)
    assert float(first[:, 1].std()) == pytest.approx(2 * math.pi * priors.RADIUS / 80, rel=0.15)


@pytest.mark.parametrize("modes", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("kind", ["mixture", "swiss roll"])
def test_a_label_picks_the_mode(kind, modes):
    prior = Prior(2, kind, modes, labelled=True)
    labels = torch.arange(2000) % modes
    codes = priors.push(prior, noise(prior, 2000), one_hot(labels, modes))
    agree = (priors.mode_of(prior, codes) == labels).float().mean()
    # petals of 40 modes touch at the inner ends; the middle of a roll is narrower than its thickness
    assert float(agree) > (0.99 if kind == "mixture" and modes <= 10 else 0.9)


def test_without_a_label_the_noise_picks_the_mode():
    prior = Prior(2, "mixture", 10, labelled=True)
    drawn = noise(prior)
    free = priors.push(prior, drawn)
    assert len(priors.mode_of(prior, free).unique()) == 10
    assert torch.equal(free, priors.push(RING, drawn, one_hot(torch.zeros(len(drawn), dtype=torch.int64), 10)))


def test_dimensions_beyond_the_plane_are_standard_normal():
    for kind in ("mixture", "swiss roll"):
        prior = Prior(5, kind)
        rest = priors.push(prior, noise(prior))[:, 2:]
        assert float(rest.mean().abs()) < 0.05
        assert float(rest.std()) == pytest.approx(1.0, abs=0.05)


def test_a_swiss_roll_lies_along_its_line_and_reaches_its_end():
    codes = priors.push(ROLL, noise(ROLL))
    assert float(codes.norm(dim=1).max()) < priors.reach(ROLL) * math.sqrt(2)
    on_line = priors.truncate(ROLL, codes, 0.0)
    away = (codes - on_line).norm(dim=1)
    assert float(away.square().mean().sqrt()) == pytest.approx(priors.THICKNESS, rel=0.1)
    shares = torch.bincount(priors.mode_of(ROLL, codes), minlength=10) / len(codes)
    assert float(shares.min()) > 0.07
    assert float(shares.max()) < 0.13


def test_truncation_one_leaves_codes_alone_to_the_bit():
    for kind in priors.KINDS:
        prior = Prior(3, kind)
        codes = priors.push(prior, noise(prior, 20))
        assert torch.equal(priors.truncate(prior, codes, 1.0), codes)


def test_truncation_draws_to_the_middle_of_the_own_mode():
    codes = priors.push(RING, noise(RING))
    modes = priors.mode_of(RING, codes)
    half, none = priors.truncate(RING, codes, 0.5), priors.truncate(RING, codes, 0.0)
    assert torch.equal(priors.mode_of(RING, half), modes)
    assert torch.allclose(none, torch.tensor(priors.centres(RING))[modes])
    assert torch.allclose(half, (codes + none) / 2, atol=1e-6)
    plain = Prior(2)
    assert torch.equal(priors.truncate(plain, codes, 0.5), codes * 0.5)


def test_nearly_all_codes_lie_within_reach():
    for kind in priors.KINDS:
        prior = Prior(2, kind)
        inside = (priors.push(prior, noise(prior)).abs() <= priors.reach(prior)).float().mean()
        assert float(inside) > 0.99


def test_a_shape_needs_a_plane():
    with pytest.raises(ValueError, match="mixture"):
        priors.push(Prior(1, "mixture"), torch.zeros(2, 2))
    with pytest.raises(ValueError, match="spiral"):
        priors.push(Prior(2, "spiral"), torch.zeros(2, 2))
