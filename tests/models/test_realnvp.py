"""RealNVP: invertibility, exact log-determinants, and a density that integrates to one."""

from __future__ import annotations

import math

import pytest
import torch

from studio.models import realnvp, realnvp_nets
from studio.models.family import Batch, Spec, Step


class Chance:
    def uniform(self, shape):
        return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def flow_of(size, channels=1, dtype=torch.float64, **settings):
    """A tiny flow with random weights: at the start it is the identity, which proves nothing."""
    torch.manual_seed(0)
    config = realnvp.RealNvpConfig(**{"width": 4, "couplings": 2, **settings})
    flow = realnvp.build(config, Spec(size, channels))["flow"].to(dtype)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return config, flow.eval().requires_grad_(False)


@pytest.mark.parametrize(("size", "channels"), [(2, 1), (4, 3), (6, 1), (8, 1), (28, 1)])
def test_forward_then_backward_is_the_same_picture(size, channels):
    _, flow = flow_of(size, channels)
    x = torch.rand(3, channels, size, size, dtype=torch.float64)
    codes, _ = flow(x)
    assert codes.shape == (3, channels * size * size)
    assert torch.allclose(flow.inverse(codes), x, atol=1e-10)


@pytest.mark.parametrize(("size", "channels"), [(2, 1), (2, 3), (6, 1), (8, 1)])
def test_the_log_determinant_is_that_of_the_jacobian(size, channels):
    _, flow = flow_of(size, channels)
    x = torch.rand(1, channels, size, size, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: flow(v.reshape(x.shape))[0].flatten(), x.flatten())
    assert float(flow(x)[1]) == pytest.approx(float(torch.linalg.slogdet(jacobian)[1]), rel=1e-7, abs=1e-7)


def test_the_density_of_all_pictures_is_one():
    """Of four pixels as logits: the mean of q/p over samples of p is 1 for every density q, if p is one."""
    _, flow = flow_of(2)
    scale = flow.scales[0]  # the whole flow but for the logit
    codes = torch.randn(10_000, 4, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    logits = scale.inverse(None, codes)
    _, again, log_det = scale(logits)
    assert torch.allclose(again, codes, atol=1e-9)
    flat = logits.flatten(1)
    narrow = torch.distributions.Normal(flat.mean(0), 0.7 * flat.std(0))
    ratio = (narrow.log_prob(flat).sum(1) - realnvp_nets.normal_log_density(codes.flatten(1)) - log_det).exp()
    assert float(ratio.mean()) == pytest.approx(1, abs=0.03)
    assert float(ratio.std()) > 0.1


def test_every_value_is_changed_by_some_coupling_and_heard_by_another():
    _, flow = flow_of(8, couplings=3)
    for scale in flow.scales:
        masks = torch.stack(
            [coupling.mask.expand(coupling.net.first.in_channels, 4, 4) for coupling in scale.couplings]
        )
        assert (masks.amin(0) == 0).all()
        assert (masks.amax(0) == 1).all()


def test_the_squeezed_checkerboard_is_a_checkerboard():
    mask = realnvp_nets._checkerboard(1, 4, True, False).expand(4, 2, 2)
    picture = realnvp_nets.unsqueeze(mask[None])[0, 0]
    assert torch.equal(picture, realnvp_nets._checkerboard(1, 4, False, False)[0])
    x = torch.rand(2, 3, 4, 4)
    assert torch.equal(realnvp_nets.unsqueeze(realnvp_nets.squeeze(x)), x)


def test_pictures_come_back_from_their_codes_to_the_level():
    _, flow = flow_of(8, dtype=torch.float32)
    pictures = torch.randint(0, 256, (5, 1, 8, 8)) / 255
    codes = realnvp.encode({"flow": flow}, pictures)
    again = realnvp.generate({"flow": flow}, codes)
    assert float((again - pictures).abs().max()) < 1 / 512
    assert torch.equal(realnvp.encode({"flow": flow}, pictures), codes)


def test_bits_count_the_levels_and_the_logit():
    """Where the flow maps nothing but the logit, the likelihood can be written down."""
    config = realnvp.RealNvpConfig(width=4)
    nets = {"flow": realnvp.build(config, Spec(4, 1))["flow"].eval().requires_grad_(False)}  # the identity at the start
    pictures = torch.full((3, 1, 4, 4), 128 / 255)
    noise = Chance().uniform((3, 1, 4, 4))
    inner = 0.05 + 0.9 * (128 + noise) / 256
    density = -0.5 * (inner / (1 - inner) * 19).log().square() - 0.5 * math.log(2 * math.pi)
    density = density + math.log(0.9) - inner.log() - (1 - inner).log()
    expected = 8 - density.mean() / math.log(2)
    step = Step(nets, config, Chance(), Spec(4, 1))
    assert float(realnvp.loss(step, Batch(pictures))["bits/dim"]) == pytest.approx(float(expected), abs=1e-5)
    assert float(realnvp.validate(step, Batch(pictures))["val bits/dim"]) == pytest.approx(float(expected), abs=1e-5)


def test_the_likelihood_of_a_picture_does_not_depend_on_the_others():
    _, flow = flow_of(4, dtype=torch.float32)
    pictures = torch.rand(4, 1, 4, 4)
    together = realnvp.log_likelihood({"flow": flow}, pictures)
    assert together.shape == (4,)
    assert torch.allclose(together[2:3], realnvp.log_likelihood({"flow": flow}, pictures[2:3]), atol=1e-4)


def test_learning_makes_the_data_likelier():
    torch.manual_seed(0)
    config = realnvp.RealNvpConfig(width=8, couplings=2)
    nets = realnvp.build(config, Spec(4, 1))
    optimiser = torch.optim.Adam(nets["flow"].parameters(), 1e-2)
    pictures = torch.where(torch.rand(64, 1, 1, 1) < 0.5, torch.eye(4), 1 - torch.eye(4)).reshape(-1, 1, 4, 4)
    found = []
    for _ in range(40):
        terms = realnvp.loss(Step(nets, config, Chance(), Spec(4, 1)), Batch(pictures))
        optimiser.zero_grad()
        terms["bits/dim"].backward()
        optimiser.step()
        found.append(float(terms["bits/dim"].detach()))
    assert found[-1] < found[0] - 2


def test_odd_sizes_are_refused_in_a_sentence():
    assert "7 px" in realnvp.spec_problems(realnvp.RealNvpConfig(), Spec(7, 1))[0]
    assert realnvp.spec_problems(realnvp.RealNvpConfig(), Spec(28, 1)) == []
