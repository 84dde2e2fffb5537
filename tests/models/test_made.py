"""MADE: what a pixel may see, that probabilities add up to one, and that codes are pictures."""

from __future__ import annotations

import itertools

import pytest
import torch

from studio.models import binary, made
from studio.models.family import Batch, Spec, Step


class Chance:
    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


def net_of(size=4, channels=1, **settings):
    torch.manual_seed(0)
    config = made.MadeConfig(**{"hidden": 40, "layers": 2, **settings})
    nets = made.build(config, Spec(size, channels))
    with torch.no_grad():
        for parameter in nets["made"].parameters():
            parameter.normal_(0, 0.4)
    return config, {"made": nets["made"].eval().requires_grad_(False)}


def all_pictures(pixels, shape):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=pixels))).reshape(-1, *shape)


@pytest.mark.parametrize("settings", [{}, {"direct": False}, {"order": "random", "orders": 3}, {"channels": 3}])
def test_a_pixel_sees_exactly_those_before_it(settings):
    config, nets = net_of(**settings)
    net = nets["made"]
    for chosen in range(net.orders):
        rank = net.order[chosen]
        jacobian = torch.autograd.functional.jacobian(
            lambda x, chosen=chosen: net(x.reshape(1, *net.shape), chosen).flatten(), torch.rand(len(rank))
        )
        later = rank[:, None] <= rank
        assert (jacobian[later] == 0).all()
        if config.direct:  # every earlier pixel is seen
            assert (jacobian[~later] != 0).all()


def test_the_probabilities_of_all_pictures_add_up_to_one():
    for settings in ({}, {"order": "random", "orders": 3}):
        _, nets = net_of(size=3, **settings)
        total = made.log_likelihood(nets, all_pictures(9, (1, 3, 3))).double().exp().sum()
        assert float(total) == pytest.approx(1, abs=1e-5)


def test_line_by_line_is_the_order_of_reading_with_a_pixels_colours_together():
    _, nets = net_of(size=2, channels=3)
    assert nets["made"].order[0].reshape(3, 2, 2)[:, 0, 1].tolist() == [3, 4, 5]


@pytest.mark.parametrize("settings", [{}, {"layers": 1, "hidden": 7}, {"order": "random"}, {"channels": 3}])
def test_filling_pixel_by_pixel_is_what_the_whole_net_says(settings):
    config, nets = net_of(**settings)
    net = nets["made"]
    codes = torch.rand(20, made.prior(config, Spec(4, net.shape[0])).size) * 2 - 1
    pictures = made.generate(nets, codes)
    expected = binary.binarise(torch.sigmoid(net(pictures)).flatten(1), binary.to_unit(codes))
    assert torch.equal(pictures.flatten(1), expected)
    assert set(pictures.unique().tolist()) == {0.0, 1.0}


def test_pictures_come_as_often_as_their_probability_says():
    _, nets = net_of(size=2)
    every = all_pictures(4, (1, 2, 2))
    p = made.log_likelihood(nets, every).exp()
    codes = torch.rand(40_000, 4, generator=torch.Generator().manual_seed(1)) * 2 - 1
    drawn = made.generate(nets, codes).flatten(1) @ torch.tensor([8.0, 4.0, 2.0, 1.0])
    frequency = torch.bincount(drawn.long(), minlength=16) / len(codes)
    assert float((frequency - p).abs().max()) < 0.01


def test_codes_of_pictures_give_them_back():
    _, nets = net_of()
    pictures = (torch.rand(30, 1, 4, 4) > 0.5).float()
    codes = made.encode(nets, pictures)
    assert float(codes.abs().max()) <= 1
    assert torch.equal(made.generate(nets, codes), pictures)


def test_half_a_picture_is_kept_and_completed():
    _, nets = net_of()
    pictures = (torch.rand(6, 1, 4, 4) > 0.5).float()
    rows = made.compare(nets, Batch(pictures))
    assert torch.equal(rows["completed"][:, :, :2], pictures[:, :, :2])
    assert (rows["first half"][:, :, 2:] == 0.5).all()
    assert not torch.equal(rows["completed"][:, :, 2:], pictures[:, :, 2:])


def test_the_loss_is_the_mean_negative_log_likelihood():
    config, nets = net_of()
    dots = (torch.rand(10, 1, 4, 4) > 0.5).float()
    step = Step(nets, config, Chance(), Spec(4, 1))
    expected = -made.log_likelihood(nets, dots).mean()
    assert torch.allclose(made.loss(step, Batch(dots))["nats"], expected)
    assert torch.allclose(made.validate(step, Batch(dots))["val nats"], expected)


def test_sets_of_masks_take_turns():
    config, nets = net_of(order="random", orders=2)
    batch = Batch((torch.rand(10, 1, 4, 4) > 0.5).float())
    nats = [float(made.loss(Step(nets, config, Chance(), Spec(4, 1), index), batch)["nats"]) for index in range(3)]
    assert nats[0] == nats[2] != nats[1]


def test_learning_comes_near_the_entropy_of_the_data():
    torch.manual_seed(0)
    config = made.MadeConfig(hidden=32)
    nets = made.build(config, Spec(4, 1))
    optimiser = torch.optim.Adam(nets["made"].parameters(), 1e-2)
    chance = Chance()
    for index in range(200):  # two pictures, evenly often: ln 2 = 0.69 nats
        kind = chance.uniform((32, 1, 1, 1)) < 0.5
        pictures = torch.where(kind, torch.eye(4), 1 - torch.eye(4)).reshape(-1, 1, 4, 4)
        terms = made.loss(Step(nets, config, chance, Spec(4, 1), index), Batch(pictures))
        optimiser.zero_grad()
        terms["nats"].backward()
        optimiser.step()
    assert 0.6 < float(terms["nats"].detach()) < 0.9


def test_too_many_pixels_are_refused_in_a_sentence():
    assert "64 px" in made.spec_problems(made.MadeConfig(), Spec(64, 3))[0]
    assert made.spec_problems(made.MadeConfig(), Spec(28, 1)) == []
