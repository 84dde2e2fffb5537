"""The PixelRNN's net: layers of row LSTMs, which go down the picture and carry a state for every column."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.autoregressive_nets import CausalConv2d, ColourHead, Place, RasterNet, RowBuffer, RowStepper, above


class RowLstm(nn.Module):
    """A row LSTM with a residual connection (section 3.1 of van den Oord et al. 2016).

    Input to state: a masked k×1 convolution along the row. State to state: one over the row above, not masked, so that
    the state of a pixel knows a triangle of rows above it.
    """

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        reach = kernel // 2
        self.inputs = CausalConv2d(width, 4 * width, 0, reach, current=True)
        self.state = nn.Conv1d(width, 4 * width, kernel, padding=reach, bias=False)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) -> the same."""
        inputs = self.inputs(x).unbind(2)
        hidden, cell = update(inputs[0], None)
        rows = [hidden]
        for row in inputs[1:]:
            hidden, cell = update(row + self.state(hidden), cell)
            rows.append(hidden)
        return x + self.out(torch.stack(rows, 2))


def update(gates: Tensor, cell: Tensor | None) -> tuple[Tensor, Tensor]:
    """The LSTM's rule on gates (N, 4·width, …) and the cell (N, width, …) of the row above: hidden and cell.

    The forget gate leans towards keeping (+1), as is usual; the cell has at least float32.
    """
    out, forget, write, content = gates.chunk(4, 1)
    fresh = write.sigmoid() * content.tanh()
    fresh = fresh.to(torch.promote_types(fresh.dtype, torch.float32))
    cell = fresh if cell is None else (forget + 1).sigmoid() * cell + fresh
    return out.sigmoid() * cell.tanh().to(out.dtype), cell


class PixelRnn(RasterNet):
    """Row LSTM PixelRNN: a first masked convolution, row LSTMs, and the head."""

    def __init__(
        self, levels: int, channels: int, size: int, width: int, layers: int, kernels: tuple[int, int], place: bool
    ) -> None:
        super().__init__(levels, channels, size)
        reach = kernels[0] // 2
        self.above = CausalConv2d(channels, width, reach, reach, current=False)
        self.left = CausalConv2d(channels, width, 0, reach, current=False, bias=False)
        self.layers = nn.ModuleList(RowLstm(width, kernels[1]) for _ in range(layers))
        self.place = Place(width, size) if place else None
        self.head = ColourHead(width, 2 * width, channels, self.outputs)

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, K, C, H, W)."""
        x = self.above(values) + self.left(values)
        if self.place is not None:
            x = x + self.place()[..., 0].to(x.dtype)
        for layer in self.layers:
            x = layer(x)
        return self.head(x, values)

    def stepper(self, count: int) -> PixelRnnStepper:
        """A walk that keeps the states of the row above and the features of this row."""
        return PixelRnnStepper(self, count)


class PixelRnnStepper(RowStepper):
    """Per row, what comes from the states above; per pixel, one column of each layer."""

    def __init__(self, net: PixelRnn, count: int) -> None:
        super().__init__(net.head, count, net.size, net.channels)
        self._above, self._left = net.above, net.left
        self._layers: list[RowLstm] = list(net.layers)  # type: ignore[arg-type]
        self._seen = RowBuffer(self.picture, net.left)
        self._read = [RowBuffer(self.picture, layer.inputs) for layer in self._layers]
        width = net.above.out_channels
        self._hidden = [self.picture.new_zeros(count, width, net.size) for _ in self._layers]
        self._cell = [hidden.clone() for hidden in self._hidden]
        self._carried: list[Tensor] = []
        self._first = self.picture
        self._place = None if net.place is None else net.place()[..., 0]

    def begin_row(self, row: int) -> None:
        """The first convolution's and the states' part that comes from above."""
        self._first = self._above.row(above(self.picture, row, int(self._above.padding[0])))
        if self._place is not None:
            self._first = self._first + self._place[:, row]
        self._carried = [layer.state(hidden) for layer, hidden in zip(self._layers, self._hidden, strict=True)]

    def features(self, row: int, column: int) -> Tensor:
        """(N, width) of one pixel; its states replace those of the pixel above it."""
        if column:
            self._seen.write(column - 1, self.picture[:, :, row, column - 1])
        x = self._first[:, :, column] + self._left.pixel(self._seen.window(column))
        for layer, read, carried, hidden, cell in zip(
            self._layers, self._read, self._carried, self._hidden, self._cell, strict=True
        ):
            read.write(column, x)
            gates = layer.inputs.pixel(read.window(column)) + carried[:, :, column]
            h, cell[:, :, column] = update(gates, cell[:, :, column])
            hidden[:, :, column] = h
            x = x + F.linear(h, layer.out.weight.flatten(1), layer.out.bias)
        return x
