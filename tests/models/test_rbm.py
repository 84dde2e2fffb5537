"""The Boltzmann machine, against machines so small that everything can be added up."""

from __future__ import annotations

import itertools

import pytest
import torch

from studio.models import binary, rbm, rbm_nets
from studio.models.family import Batch, Spec, Step


class Chance:
    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


def machine(size=3, hidden=4, spread=1.0, **settings):
    torch.manual_seed(0)
    config = rbm.RbmConfig(**{"hidden": hidden, "burn_in": 60, "chains": 8, **settings})
    nets = rbm.build(config, Spec(size, 1))
    with torch.no_grad():
        nets["rbm"].weight.normal_(0, spread)
        nets["rbm"].visible_bias.normal_(0, 0.5)
        nets["rbm"].hidden_bias.normal_(0, 0.5)
        nets["rbm"].mean.value.uniform_(0.1, 0.9)
    return config, nets


def all_dots(count):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=count)))


def test_the_free_energy_is_the_sum_over_hidden_states():
    _, nets = machine()
    net, v, h = nets["rbm"], all_dots(9), all_dots(4)
    base = net.visible_bias + net.mean.logit()
    energy = -((v - net.mean.value) @ net.weight @ (h - 0.5).T) - (v @ base)[:, None] - h @ net.hidden_bias
    assert torch.allclose(net(v.reshape(-1, 1, 3, 3)), -torch.logsumexp(-energy, 1), atol=1e-4)


def test_the_estimated_partition_function_is_the_true_one():
    _, nets = machine()
    nets["rbm"].requires_grad_(False)
    true = torch.logsumexp(-nets["rbm"](all_dots(9).reshape(-1, 1, 3, 3)), 0)
    estimate = rbm_nets.log_partition(nets["rbm"], 200, 300)
    assert float(estimate) == pytest.approx(float(true), abs=0.1)
    p = rbm.log_likelihood(nets, all_dots(9).reshape(-1, 1, 3, 3)).exp()
    assert float(p.sum()) == pytest.approx(1, abs=0.1)


def test_the_partition_function_is_remembered_until_the_weights_change():
    _, nets = machine()
    first = rbm_nets.log_partition(nets["rbm"], 10, 10)
    assert rbm_nets.log_partition(nets["rbm"], 10, 10) is first
    with torch.no_grad():
        nets["rbm"].hidden_bias += 1
    assert float(rbm_nets.log_partition(nets["rbm"], 10, 10)) > float(first)


def test_chains_driven_by_codes_reach_the_models_distribution():
    config, nets = machine(spread=0.7)
    nets["rbm"].requires_grad_(False)
    every = all_dots(9)
    p = (-nets["rbm"](every.reshape(-1, 1, 3, 3))).softmax(0)
    codes = torch.rand(20_000, rbm.prior(config, Spec(3, 1)).size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.inference_mode():
        means = rbm.generate(nets, codes).flatten(1)
    # the last probabilities, averaged over codes, are the model's means of each dot
    assert torch.allclose(means.mean(0), p @ every, atol=0.015)
    # … and of each pair of dots, for dots that are drawn from them
    drawn = binary.binarise(means, torch.rand(means.shape, generator=torch.Generator().manual_seed(2)))
    assert torch.allclose(drawn.T @ drawn / len(drawn), (every * p[:, None]).T @ every, atol=0.02)


def test_a_picture_depends_on_its_own_code_alone():
    config, nets = machine(size=8, hidden=32)
    codes = torch.rand(20, rbm.prior(config, Spec(8, 1)).size) * 2 - 1
    together = rbm.generate(nets, codes)
    assert torch.equal(together[7:8], rbm.generate(nets, codes[7:8]))
    assert not torch.equal(together[7], together[8])


@pytest.mark.parametrize("persistent", [True, False])
def test_the_gradient_is_that_of_the_energies_alone(persistent):
    config, nets = machine(persistent=persistent, steps=3)
    dots = (torch.rand(6, 1, 3, 3) > 0.5).float()
    terms = rbm.loss(Step(nets, config, Chance(), Spec(3, 1)), Batch(dots))
    terms["free energy gap"].backward()
    net = nets["rbm"]
    dreams = nets["chain"].states if persistent else None
    if dreams is not None:
        expected = dreams.flatten(1).mean(0) - dots.flatten(1).mean(0)
        assert torch.allclose(net.visible_bias.grad, expected, atol=1e-6)
    # −∂/∂b is a difference of two means of dots: multiples of one over the numbers of pictures
    scaled = net.visible_bias.grad * 6 * 8
    assert torch.allclose(scaled, scaled.round(), atol=1e-4)
    assert not terms["reconstruction"].requires_grad


def test_the_mean_is_that_of_the_data_and_comes_to_rest(monkeypatch):
    monkeypatch.setattr(binary, "PATIENCE", 3)
    config, nets = machine()
    batches = [(torch.rand(6, 1, 3, 3) > 0.5).float() for _ in range(4)]
    for batch in batches:
        rbm.loss(Step(nets, config, Chance(), Spec(3, 1)), Batch(batch))
    assert torch.allclose(nets["rbm"].mean.value, torch.cat(batches[:3]).flatten(1).mean(0), atol=1e-6)


def test_persistent_chains_go_on_and_are_kept_with_the_run():
    config, nets = machine()
    assert list(nets["chain"].parameters()) == []
    assert list(nets["chain"].state_dict()) == ["states"]
    chance, batch = Chance(), Batch(torch.rand(6, 1, 3, 3))
    before = nets["chain"].states.clone()
    rbm.loss(Step(nets, config, chance, Spec(3, 1)), batch)
    assert not torch.equal(before, nets["chain"].states)
    assert set(nets["chain"].states.unique().tolist()) <= {0.0, 1.0}
    assert "chain" not in machine(persistent=False)[1]


def test_the_pseudo_likelihood_asks_for_each_pixel_given_all_others():
    _, nets = machine()
    net, dots = nets["rbm"], (torch.rand(5, 1, 3, 3) > 0.5).float()
    found = rbm._pseudo_nats(net, dots, net(dots), torch.arange(9).repeat(5, 1))
    expected = torch.zeros(5)
    for pixel in range(9):
        pair = torch.stack([dots.flatten(1).index_fill(1, torch.tensor(pixel), value) for value in (0.0, 1.0)])
        log_p = torch.stack([-net(v.reshape(5, 1, 3, 3)) for v in pair]).log_softmax(0)
        expected -= log_p.gather(0, dots.flatten(1)[:, pixel].long()[None])[0]
    assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("settings", [{"persistent": True}, {"persistent": False}, {"optimiser": "sgd"}])
def test_learning_raises_the_true_likelihood(settings):
    config, nets = machine(spread=0.01, **settings)
    lines = torch.stack([torch.eye(3)[i].repeat(3, 1) for i in range(3)]).reshape(3, 1, 3, 3)
    every, chance = all_dots(9).reshape(-1, 1, 3, 3), Chance()

    def nats():
        return float((nets["rbm"](lines).mean() + torch.logsumexp(-nets["rbm"](every), 0)).detach())

    before = nats()
    optimiser = torch.optim.Adam(nets["rbm"].parameters(), 2e-2)
    for _ in range(300):
        batch = Batch(lines[(chance.uniform((12,)) * 3).long()])
        terms = rbm.loss(Step(nets, config, chance, Spec(3, 1)), batch)
        optimiser.zero_grad()
        terms["free energy gap"].backward()
        optimiser.step()
    assert before > 5
    assert nats() < 3.5  # ln 3 = 1.1 is the least


def test_figures_on_held_out_pictures_are_finite():
    config, nets = machine()
    nets["rbm"].requires_grad_(False)
    figures = rbm.validate(Step(nets, config, Chance(), Spec(3, 1)), Batch(torch.rand(6, 1, 3, 3)))
    assert set(figures) == {"val free energy", "val pseudo nats", "val nats"}
    assert all(torch.isfinite(value) for value in figures.values())
    assert float(figures["val nats"]) > 0


def test_too_many_pixels_are_refused_in_a_sentence():
    assert "128 px" in rbm.spec_problems(rbm.RbmConfig(), Spec(128, 1))[0]
    assert rbm.spec_problems(rbm.RbmConfig(), Spec(28, 1)) == []
