"""What a PixelRNN sees: a triangle of all rows above, however far."""

from __future__ import annotations

import torch

from studio.models import autoregressive, pixelrnn, pixelrnn_nets
from studio.models.family import Spec


def test_a_pixel_sees_the_triangle_above_it_to_the_top():
    torch.manual_seed(0)
    config = pixelrnn.PixelRnnConfig(width=8, layers=1, first_kernel=3)
    net = pixelrnn.build(config, Spec(12, 1))[autoregressive.NET].double()
    values = torch.rand(1, 1, 12, 12, dtype=torch.float64).requires_grad_()
    net(values)[0, 0, 0, 10, 6].backward()
    seen = values.grad[0, 0] != 0
    for row in range(10):
        rows_up = 10 - row
        expected = [6 - rows_up - 2 <= column <= 6 + rows_up for column in range(12)]
        assert seen[row].tolist() == expected, f"row {row}"
    assert seen[10].tolist() == [4 <= column < 6 for column in range(12)]
    assert not seen[11].any()


def test_the_cell_stays_in_float32_in_low_precision():
    gates = torch.randn(2, 8, 5, dtype=torch.bfloat16)
    hidden, cell = pixelrnn_nets.update(gates, None)
    assert (hidden.dtype, cell.dtype) == (torch.bfloat16, torch.float32)
    hidden, cell = pixelrnn_nets.update(gates, cell)
    assert (hidden.dtype, cell.dtype) == (torch.bfloat16, torch.float32)
