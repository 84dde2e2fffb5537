"""Codes from seeds."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.latent import space
from studio.models.family import Prior

NORMAL, UNIFORM = Prior(6), Prior(6, "uniform")
both = pytest.mark.parametrize("prior", [NORMAL, UNIFORM], ids=lambda p: p.kind)


@both
def test_codes_have_shape_and_type(prior):
    codes = space.codes(prior, 0, 5)
    assert codes.shape == (5, 6)
    assert codes.dtype == torch.float32
    assert codes.device.type == "cpu"


@both
@settings(deadline=None, database=None, max_examples=25)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(1, 12))
def test_a_code_depends_on_its_seed_and_place_alone(prior, seed, count):
    assert torch.equal(space.codes(prior, seed, 12)[:count], space.codes(prior, seed, count))


@both
def test_seeds_and_places_differ(prior):
    codes = torch.cat([space.codes(prior, seed, 20) for seed in range(5)])
    assert len(torch.unique(codes, dim=0)) == 100


def test_the_global_generator_plays_no_part():
    torch.manual_seed(1)
    state, first = torch.get_rng_state(), space.codes(NORMAL, 3, 4)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(space.codes(NORMAL, 3, 4), first)


def test_codes_have_their_distribution():
    normal, uniform = space.codes(Prior(64), 0, 100), space.codes(Prior(64, "uniform"), 0, 100)
    assert abs(float(normal.mean())) < 0.05
    assert float(normal.std()) == pytest.approx(1, abs=0.05)
    assert float(normal.abs().max()) > 2.5
    assert -1 <= float(uniform.min()) < -0.98
    assert 0.98 < float(uniform.max()) < 1
    assert float(uniform.std()) == pytest.approx(3**-0.5, abs=0.03)


@both
def test_truncation_keeps_the_direction(prior):
    assert torch.equal(space.codes(prior, 1, 4, 0.5), space.codes(prior, 1, 4) * 0.5)
    assert torch.equal(space.codes(prior, 1, 4, 1.0), space.codes(prior, 1, 4))
