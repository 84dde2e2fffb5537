"""PixelCNN, PixelRNN and WaveNet: what holds for every model that goes through the raster."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
import torch

from studio.models import autoregressive, autoregressive_nets, pixelcnn, pixelrnn, wavenet
from studio.models.family import Batch, Spec, Step

SMALL = {
    "pixelcnn": pixelcnn.PixelCnnConfig(width=6, layers=3, first_kernel=5),
    "pixelrnn": pixelrnn.PixelRnnConfig(width=6, layers=2, first_kernel=5),
    "wavenet": wavenet.WaveNetConfig(width=6, skip=6, layers=3, blocks=2),
}
FAMILIES = (pixelcnn.FAMILY, pixelrnn.FAMILY, wavenet.FAMILY)
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.id)
every_picture = pytest.mark.parametrize(("channels", "levels"), [(1, 2), (1, 5), (3, 4)])


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny nets are slower with several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Draws:
    """Random numbers from a seed."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


def net_of(family, size=5, channels=1, levels=2, **settings):
    """A net far from its start, so that every weight matters, in float64."""
    config = dataclasses.replace(SMALL[family.id], levels=levels, **settings)
    torch.manual_seed(3)
    net = family.build(config, Spec(size, channels))[autoregressive.NET].double().eval().requires_grad_(False)
    for parameter in net.parameters():
        parameter.mul_(1.5).add_(torch.randn_like(parameter), alpha=0.15)
    return net


def codes_of(net, count):
    numbers = net.channels * net.size**2
    return torch.rand(count, numbers, dtype=torch.float64, generator=torch.Generator().manual_seed(5)) * 2 - 1


def raster(tensor):
    """(N, C, H, W) or (N, K, C, H, W) with the numbers in raster order, last."""
    return tensor.movedim(-3, -1).flatten(-3)


def one_after_the_other(net, codes):
    """Sampling as defined: the whole net for each number, which is right and slow."""
    size, channels = net.size, net.channels
    symbols = torch.zeros(len(codes), channels, size, size, dtype=torch.int64)
    for k in range(codes.shape[1]):
        (row, column), channel = divmod(k // channels, size), k % channels
        logits = net(autoregressive_nets.signed(symbols, net.levels).double())[:, :, channel, row, column]
        symbols[:, channel, row, column] = autoregressive_nets.pick(logits, (codes[:, k] + 1) / 2)
    return symbols / (net.levels - 1)


@every_family
@every_picture
@pytest.mark.parametrize("place", [True, False])
def test_a_number_changes_only_the_distributions_of_later_ones(family, channels, levels, place):
    net = net_of(family, 5, channels, levels, place=place)
    values = torch.rand(1, channels, 5, 5, dtype=torch.float64) * 2 - 1
    before = raster(net(values))
    for k in range(channels * 25):
        changed = values.clone()
        changed[0, k % channels, k // channels // 5, k // channels % 5] += 0.5
        moved = (raster(net(changed)) != before).any(1)[0]
        assert not moved[: k + 1].any(), f"number {k} was seen by number {int(moved.nonzero()[0])}"
        ends_row = (k + 1) % (channels * 5) == 0
        assert ends_row or moved[k + 1], f"number {k} was not seen by the next one in its row"


@every_family
@every_picture
@pytest.mark.parametrize("place", [True, False])
def test_sampling_with_caches_equals_sampling_as_defined(family, channels, levels, place):
    net = net_of(family, 5, channels, levels, place=place)
    codes = codes_of(net, 8)
    pictures = family.generate({autoregressive.NET: net}, codes, None)
    assert torch.equal(pictures, one_after_the_other(net, codes).float())
    assert len(pictures.unique()) == levels, "the codes must reach every level, or nothing was compared"


@every_family
def test_the_same_code_gives_the_same_picture_whatever_comes_with_it(family):
    nets = {autoregressive.NET: net_of(family)}
    codes = codes_of(nets[autoregressive.NET], 6)
    assert torch.equal(family.generate(nets, codes, None)[2:4], family.generate(nets, codes[2:4], None))


@every_family
@pytest.mark.parametrize(("size", "channels", "levels"), [(3, 1, 2), (2, 1, 5), (1, 3, 6), (2, 2, 2)])
def test_the_probabilities_of_all_pictures_add_up_to_one(family, size, channels, levels):
    net = net_of(family, size, channels, levels)
    grey = [level / (levels - 1) for level in range(levels)]
    numbers = channels * size**2
    pictures = torch.tensor(list(itertools.product(grey, repeat=numbers))).view(-1, channels, size, size)
    symbols = autoregressive_nets.quantise(pictures, levels)
    logits = net(autoregressive_nets.signed(symbols, levels).double())
    log_p = autoregressive_nets.log_probability(logits, symbols)
    assert float(log_p.exp().sum()) == pytest.approx(1, abs=1e-9)
    assert float(log_p.max() - log_p.min()) > 0.1, "not simply all alike"


@every_family
def test_pictures_are_drawn_as_often_as_their_probability_says(family):
    net = net_of(family, 2)
    count = 4000
    pictures = family.generate({autoregressive.NET: net}, codes_of(net, count), None)
    log_p = family.log_likelihood({autoregressive.NET: net.float()}, pictures)
    kinds, which, drawn = pictures.flatten(1).unique(dim=0, return_inverse=True, return_counts=True)
    expected = torch.zeros(len(kinds)).scatter_(0, which, log_p.exp())
    assert len(kinds) > 4
    assert (drawn / count - expected).abs().max() < 4 * math.sqrt(0.25 / count)


@every_family
def test_the_loss_is_the_likelihood_of_what_was_drawn(family):
    config = dataclasses.replace(SMALL[family.id], levels=4)
    nets = family.build(config, Spec(5, 1))
    pictures = torch.rand(6, 1, 5, 5)
    step = Step(nets, config, Draws(), Spec(5, 1))
    terms = family.phases(config)[0].loss(step, Batch(pictures))
    nats = float(terms["nats"].detach())
    assert nats == pytest.approx(-float(family.log_likelihood(nets, pictures).detach().mean()), rel=1e-5)
    assert float(terms["bits/dim"]) == pytest.approx(nats / (25 * math.log(2)), rel=1e-5)
    assert set(family.validate(step, Batch(pictures))) == {"val nats", "val bits/dim"}


@every_family
def test_a_few_steps_lower_the_nats(family):
    config = SMALL[family.id]
    torch.manual_seed(1)
    nets = family.build(config, Spec(6, 1))
    pictures = torch.zeros(8, 1, 6, 6)
    pictures[:, :, 2:4] = 1.0
    step = Step(nets, config, Draws(), Spec(6, 1))
    optimiser = torch.optim.Adam(nets[autoregressive.NET].parameters(), 2e-2)
    losses = []
    for _ in range(20):
        nats = autoregressive.loss(step, Batch(pictures))["nats"]
        optimiser.zero_grad()
        nats.backward()
        optimiser.step()
        losses.append(float(nats.detach()))
    assert losses[0] > 18
    assert losses[-1] < 12


def test_two_levels_are_drawn_with_the_brightness_as_probability():
    pictures = torch.tensor([0.0, 0.25, 1.0]).expand(20000, 1, 1, 3)
    dots = autoregressive_nets.quantise(pictures, 2, Draws().uniform((20000, 1, 1, 3))).float().mean(0).flatten()
    assert dots[0] == 0
    assert dots[2] == 1
    assert float(dots[1]) == pytest.approx(0.25, abs=0.015)


def test_levels_of_a_file_are_read_and_written_exactly():
    pictures = torch.arange(256).float().view(1, 1, 16, 16) / 255
    symbols = autoregressive_nets.quantise(pictures, 256)
    assert symbols.flatten().tolist() == list(range(256))
    assert autoregressive_nets.signed(symbols, 256).aminmax() == (-1, 1)


def test_pick_inverts_the_distribution_function():
    logits = torch.tensor([[0.2, 0.5, 0.3]]).log().repeat(6, 1)
    assert autoregressive_nets.pick(logits, torch.tensor([0.0, 0.19, 0.21, 0.69, 0.71, 1.0])).tolist() == [
        0, 0, 1, 1, 2, 2,
    ]  # fmt: skip
    one = torch.tensor([0.3]).logit().repeat(3)[:, None]  # p(1) = 0.3
    assert autoregressive_nets.pick(one, torch.tensor([0.69, 0.71, 1.0])).tolist() == [0, 1, 1]


@every_family
def test_sizes_that_take_too_long_are_refused(family):
    assert family.spec_problems(family.config(), Spec(28, 1)) == []
    (problem,) = family.spec_problems(family.config(), Spec(128, 1))
    assert "128" in problem
    assert [family.fit_size(native) for native in (8, 28, 64)] == [8, 28, 32]
    prior = family.prior(family.config(), Spec(28, 3))
    assert (prior.size, prior.kind) == (2352, "uniform")
