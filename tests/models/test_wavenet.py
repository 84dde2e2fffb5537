"""What a WaveNet sees: the numbers before one in the raster, as far as its dilations add up."""

from __future__ import annotations

import pytest
import torch

from studio.models import autoregressive, wavenet
from studio.models.family import Spec


@pytest.mark.parametrize(("layers", "blocks", "channels"), [(3, 2, 1), (4, 1, 1), (3, 2, 3)])
def test_it_sees_as_far_as_its_help_says(layers, blocks, channels):
    torch.manual_seed(0)
    config = wavenet.WaveNetConfig(width=4, skip=4, layers=layers, blocks=blocks)
    net = wavenet.build(config, Spec(6, channels))[autoregressive.NET].double()
    values = torch.rand(1, channels, 6, 6, dtype=torch.float64).requires_grad_()
    net(values)[0, 0, channels - 1, 5, 5].backward()
    seen = values.grad[0].movedim(0, -1).flatten() != 0
    last = len(seen) - 1
    back = 1 + blocks * (2**layers - 1)
    assert seen.tolist() == [last - back <= k < last for k in range(len(seen))]
