"""Spectral norm: the norm is one, the gradient is right, evaluation changes nothing, and bf16 does not reach it."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from studio.models.spectral import spectral


def layers():
    return [nn.Conv2d(3, 8, 3), nn.Linear(20, 5), nn.Linear(4, 9)]


@pytest.mark.parametrize("index", range(3))
def test_the_largest_singular_value_is_one_from_the_start_and_follows_the_weights(index):
    torch.manual_seed(0)
    layer = spectral(layers()[index])
    assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) == pytest.approx(1, abs=0.05)
    original = layer.parametrizations.weight.original
    with torch.no_grad():
        original.copy_(torch.randn_like(original) * 7)
    for _ in range(60):
        weight = layer.weight.detach()
    assert float(torch.linalg.matrix_norm(weight.flatten(1), 2)) == pytest.approx(1, abs=1e-3)


def test_the_gradient_is_that_of_the_weight_over_its_norm():
    torch.manual_seed(1)
    layer = spectral(nn.Linear(6, 4))
    for _ in range(100):
        layer(torch.ones(1, 6))
    original, direction = layer.parametrizations.weight.original, torch.randn(4, 6)
    (found,) = torch.autograd.grad((layer.weight * direction).sum(), original)
    exact = original / torch.linalg.matrix_norm(original, 2)
    (wanted,) = torch.autograd.grad((exact * direction).sum(), original)
    assert torch.allclose(found, wanted, atol=1e-4)


def test_evaluation_changes_nothing_and_training_does():
    layer = spectral(nn.Linear(6, 4))
    with torch.no_grad():
        layer.parametrizations.weight.original.normal_()
    before = layer.parametrizations.weight[0].left.clone()
    layer.eval()(torch.ones(1, 6))
    assert torch.equal(before, layer.parametrizations.weight[0].left)
    layer.train()(torch.ones(1, 6))
    assert not torch.equal(before, layer.parametrizations.weight[0].left)


def test_two_passes_share_a_backward():
    layer = spectral(nn.Linear(6, 4))
    loss = layer(torch.ones(1, 6)).sum() + layer(torch.zeros(1, 6)).square().sum()
    loss.backward()
    assert torch.isfinite(layer.parametrizations.weight.original.grad).all()


def test_the_norm_is_float32_under_autocast():
    torch.manual_seed(2)
    layer = spectral(nn.Linear(64, 32))
    plain = copy.deepcopy(layer)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer.weight
    assert found.dtype == torch.float32
    assert torch.equal(found, plain.weight)


def test_it_is_built_on_the_meta_device_and_filled_from_a_file_of_halves():
    source = spectral(nn.Conv2d(3, 8, 3)).eval()
    halves = {key: value.half().float() for key, value in source.state_dict().items()}
    with torch.device("meta"):
        opened = spectral(nn.Conv2d(3, 8, 3)).eval()
    opened.load_state_dict(halves, assign=True)
    assert torch.allclose(opened.weight, source.weight, atol=1e-3)


def test_other_layers_are_left_alone():
    net = spectral(nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)))
    assert hasattr(net[0], "parametrizations")
    assert not hasattr(net[1], "parametrizations")
