"""The generative stochastic network: its noise, its walk back, and that a code fixes the chain."""

from __future__ import annotations

import pytest
import torch

from studio.models import binary, gsn, gsn_nets
from studio.models.family import Batch, Spec, Step


class Chance:
    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


def net_of(size=4, **settings):
    torch.manual_seed(0)
    config = gsn.GsnConfig(**{"hidden": 24, "steps": 20, **settings})
    return config, gsn.build(config, Spec(size, 1))


def test_uniform_numbers_become_gaussian_ones():
    numbers = gsn_nets.gaussian(torch.rand(200_000, generator=torch.Generator().manual_seed(0)))
    assert float(numbers.mean()) == pytest.approx(0, abs=0.01)
    assert float(numbers.std()) == pytest.approx(1, abs=0.01)
    assert float((numbers < 1.96).float().mean()) == pytest.approx(0.975, abs=0.003)
    assert torch.isfinite(gsn_nets.gaussian(torch.tensor([0.0, 1.0]))).all()


def test_corruption_replaces_its_share_by_salt_and_pepper():
    _, nets = net_of(corruption=0.4)
    for p, expected in ((0.0, 0.2), (1.0, 0.8), (0.5, 0.5)):
        dots = nets["gsn"].corrupted(torch.full((1, 100_000), p), torch.rand(1, 100_000))
        assert float(dots.mean()) == pytest.approx(expected, abs=0.01)
        assert set(dots.unique().tolist()) == {0.0, 1.0}


def test_the_walk_is_the_chain_step_by_step():
    config, nets = net_of(walk=3)
    net, pictures = nets["gsn"], torch.rand(5, 1, 4, 4)
    chance = torch.rand(5, 3, gsn.prior(config, Spec(4, 1)).size)
    walk = net(pictures, chance)
    assert walk.shape == (3, 5, 1, 4, 4)
    p, upper = pictures.flatten(1), torch.zeros(5, 24)
    for index in range(3):
        logits, upper = net.step(p, upper, chance[:, index])
        assert torch.allclose(walk[index].flatten(1), logits)
        p = logits.sigmoid()


def test_each_step_must_come_back_to_the_clean_picture():
    config, nets = net_of(walk=3)
    nets["gsn"].requires_grad_(False)
    pictures = torch.rand(5, 1, 4, 4)
    terms = gsn.loss(Step(nets, config, Chance(), Spec(4, 1)), Batch(pictures))
    walk = nets["gsn"](pictures, Chance().uniform((5, 3, 16 + 48)))
    each = [torch.nn.functional.binary_cross_entropy_with_logits(logits, pictures) for logits in walk]
    assert float(terms["walk-back"]) == pytest.approx(float(sum(each)) / 3, abs=1e-5)
    assert float(terms["first step"]) == pytest.approx(float(each[0]), abs=1e-5)
    assert float(terms["last step"]) == pytest.approx(float(each[2]), abs=1e-5)


def test_a_picture_depends_on_its_own_code_alone():
    config, nets = net_of(size=8)
    nets = {"gsn": nets["gsn"].requires_grad_(False)}
    codes = torch.rand(20, gsn.prior(config, Spec(8, 1)).size) * 2 - 1
    together = gsn.generate(nets, codes)
    assert torch.equal(together[7:8], gsn.generate(nets, codes[7:8]))
    assert not torch.equal(together[7], together[8])
    assert torch.equal(together, gsn.generate(nets, codes))


def test_learning_draws_the_chain_to_the_data():
    config, nets = net_of(hidden=48, walk=4, corruption=0.3, noise=0.5)
    kinds = torch.stack([torch.eye(4), 1 - torch.eye(4)]).reshape(2, 1, 4, 4)
    optimiser, chance = torch.optim.Adam(nets["gsn"].parameters(), 1e-2), Chance()
    for _ in range(200):
        batch = Batch(kinds[(chance.uniform((32,)) * 2).long()])
        terms = gsn.loss(Step(nets, config, chance, Spec(4, 1)), batch)
        optimiser.zero_grad()
        terms["walk-back"].backward()
        optimiser.step()
    codes = chance.uniform((64, gsn.prior(config, Spec(4, 1)).size)) * 2 - 1
    with torch.inference_mode():
        made = gsn.generate(nets, codes)
    errors = (made[:, None] - kinds).abs().flatten(2).mean(2)
    nearest = errors.min(1)
    assert float(nearest.values.mean()) < 0.1
    assert 8 < int(nearest.indices.sum()) < 56, "both kinds are made"


def test_compare_shows_what_a_step_undoes():
    _, nets = net_of()
    pictures = (torch.rand(6, 1, 4, 4) > 0.5).float()
    rows = gsn.compare(nets, Batch(pictures))
    assert list(rows) == ["picture", "corrupted", "after one step"]
    assert all(row.shape == pictures.shape for row in rows.values())
    assert not torch.equal(rows["picture"], rows["corrupted"])


def test_turned_numbers_are_even_and_rows_do_not_depend_on_their_number():
    numbers = binary.turn(torch.rand(100_000, 1), torch.tensor([63.0]), torch.tensor([0.7]))
    assert 0 <= float(numbers.min()) < 0.001
    assert 0.999 < float(numbers.max()) < 1
    assert float(numbers.mean()) == pytest.approx(0.5, abs=0.01)
    device = torch.device("cpu")
    for few, many in zip(binary.turns(3, 4, 5, device), binary.turns(3, 9, 5, device), strict=True):
        assert torch.equal(few, many[:4])


def test_too_many_pixels_are_refused_in_a_sentence():
    assert "128 px" in gsn.spec_problems(gsn.GsnConfig(), Spec(128, 1))[0]
    assert gsn.spec_problems(gsn.GsnConfig(), Spec(28, 1)) == []
