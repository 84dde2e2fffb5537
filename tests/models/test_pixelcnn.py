"""What a PixelCNN sees: everything before a pixel as far as its masks reach, without a blind spot."""

from __future__ import annotations

import torch

from studio.models import autoregressive, pixelcnn
from studio.models.autoregressive_nets import CausalConv2d
from studio.models.family import Spec


def seen_by(config, size, row, column):
    """(size, size) bool: which pixels the distribution of one depends on."""
    torch.manual_seed(0)
    net = pixelcnn.build(config, Spec(size, 1))[autoregressive.NET].double()
    values = torch.rand(1, 1, size, size, dtype=torch.float64).requires_grad_()
    net(values)[0, 0, 0, row, column].backward()
    return values.grad[0, 0] != 0


def test_there_is_no_blind_spot():
    seen = seen_by(pixelcnn.PixelCnnConfig(width=4, layers=5, first_kernel=3), 6, 4, 2)
    assert seen.flatten().tolist() == [k < 4 * 6 + 2 for k in range(36)]


def test_the_default_sees_as_far_as_its_help_says():
    seen = seen_by(pixelcnn.PixelCnnConfig(width=4), 24, 20, 12)
    expected = torch.zeros(24, 24, dtype=torch.bool)
    expected[11:20, 3:22] = True  # 9 rows up, 9 pixels to both sides
    expected[20, 3:12] = True
    assert torch.equal(seen, expected)


def test_a_causal_convolution_by_row_and_by_pixel_is_the_same():
    torch.manual_seed(0)
    x = torch.randn(2, 3, 6, 7, dtype=torch.float64)
    up = CausalConv2d(3, 4, 2, 2, current=True).double()
    torch.testing.assert_close(up.row(x[:, :, 2:5]), up(x)[:, :, 4])
    left = CausalConv2d(3, 4, 0, 2, current=True).double()
    torch.testing.assert_close(left.pixel(x[:, :, 4, 1:4]), left(x)[:, :, 4, 3])


def test_nothing_that_a_mask_would_hide_is_stored():
    net = pixelcnn.build(pixelcnn.PixelCnnConfig(width=4, layers=2), Spec(8, 1))[autoregressive.NET]
    shapes = [tuple(layer.vertical.weight.shape[2:]) for layer in net.layers]
    assert shapes == [(3, 7), (2, 3)]
    assert [tuple(layer.horizontal.weight.shape[2:]) for layer in net.layers] == [(1, 3), (1, 2)]
