"""The gated PixelCNN's net: a vertical stack for the rows above, a horizontal one for the pixels to the left."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.autoregressive_nets import CausalConv2d, ColourHead, Place, RasterNet, RowBuffer, RowStepper, above


def gate(x: Tensor) -> Tensor:
    """tanh(a) · σ(b) of the two halves of the channels."""
    a, b = x.chunk(2, 1)
    return a.tanh() * b.sigmoid()


class GatedLayer(nn.Module):
    """One layer of both stacks (figure 2 of van den Oord et al. 2016): the vertical one feeds the horizontal one.

    ``first``: reads the picture itself, hence neither its own row nor its own pixel, and adds nothing to its input.
    Deeper vertical features of a row know only rows above it, so they may see their own row.
    """

    def __init__(self, inputs: int, width: int, kernel: int, first: bool) -> None:
        super().__init__()
        reach = kernel // 2
        self.first, self.reach = first, reach
        self.vertical = CausalConv2d(inputs, 2 * width, reach, reach, not first)
        self.horizontal = CausalConv2d(inputs, 2 * width, 0, reach, not first)
        self.link = nn.Conv2d(2 * width, 2 * width, 1, bias=False)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, v: Tensor, h: Tensor, last: bool) -> tuple[Tensor, Tensor]:
        """Both stacks (N, inputs, H, W) -> (N, width, H, W); the last layer's vertical output is not needed."""
        x = self.vertical(v)
        h_next = self.out(gate(self.horizontal(h) + self.link(x)))
        if self.first:
            return gate(x), h_next
        return (v if last else v + gate(x)), h + h_next


class PixelCnn(RasterNet):
    """Gated PixelCNN: no blind spot, since the vertical stack sees a widening band of rows above the pixel."""

    def __init__(
        self, levels: int, channels: int, size: int, width: int, layers: int, kernels: tuple[int, int], place: bool
    ) -> None:
        super().__init__(levels, channels, size)
        self.layers = nn.ModuleList(
            GatedLayer(width if n else channels, width, kernels[n > 0], n == 0) for n in range(layers)
        )
        self.place = Place(width, size) if place else None
        self.head = ColourHead(width, 2 * width, channels, self.outputs)

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, K, C, H, W)."""
        v = h = values
        for n, layer in enumerate(self.layers):
            v, h = layer(v, h, n == len(self.layers) - 1)
            if n == 0 and self.place is not None:
                place = self.place()[..., 0].to(h.dtype)
                v, h = v + place, h + place
        return self.head(h, values)

    def stepper(self, count: int) -> PixelCnnStepper:
        """A walk that keeps the vertical features of the last rows and the horizontal ones of this row."""
        return PixelCnnStepper(self, count)


class PixelCnnStepper(RowStepper):
    """Per row, all vertical features at once; per pixel, one column of each horizontal layer."""

    def __init__(self, net: PixelCnn, count: int) -> None:
        super().__init__(net.head, count, net.size, net.channels)
        self._layers: list[GatedLayer] = list(net.layers)  # type: ignore[arg-type]
        deeper = [layer.vertical.in_channels for layer in self._layers[1:]]
        # what each layer reads: vertical features of all rows so far, horizontal ones of this row
        self._rows = [self.picture, *(self.picture.new_zeros(count, width, net.size, net.size) for width in deeper)]
        self._read = [RowBuffer(self.picture, layer.horizontal) for layer in self._layers]
        self._linked: list[Tensor] = []
        place = self.picture.new_zeros(()) if net.place is None else net.place()[..., 0]
        self._place = place.expand(net.layers[0].out.out_channels, net.size, net.size)  # type: ignore[union-attr, arg-type]

    def begin_row(self, row: int) -> None:
        """The vertical stack's part of this row, and what it hands to the horizontal stack."""
        self._linked = []
        for n, layer in enumerate(self._layers):
            end, count = (row, layer.reach) if layer.first else (row + 1, layer.reach + 1)
            x = layer.vertical.row(above(self._rows[n], end, count))
            self._linked.append(F.conv1d(x, layer.link.weight[..., 0]))
            if n + 1 < len(self._layers):
                before = self._place[:, row] if layer.first else self._rows[n][:, :, row]
                self._rows[n + 1][:, :, row] = before + gate(x)

    def features(self, row: int, column: int) -> Tensor:
        """(N, width): the horizontal stack's column."""
        if column:
            self._read[0].write(column - 1, self.picture[:, :, row, column - 1])
        h = self.picture[:, :, row, column]
        for layer, read, linked in zip(self._layers, self._read, self._linked, strict=True):
            if not layer.first:
                read.write(column, h)
            x = gate(layer.horizontal.pixel(read.window(column)) + linked[:, :, column])
            x = F.linear(x, layer.out.weight.flatten(1), layer.out.bias)
            h = x + (self._place[:, row, column] if layer.first else h)
        return h
