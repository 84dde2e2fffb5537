"""The WaveNet's net: dilated causal convolutions over the raster, gated, with residual and skip connections."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.autoregressive_nets import Place, RasterNet, Stepper
from studio.models.pixelcnn_nets import gate


class DilatedLayer(nn.Module):
    """A gated convolution of a number with the one ``dilation`` before it (van den Oord et al. 2016, figure 4)."""

    def __init__(self, width: int, skip: int, dilation: int, last: bool) -> None:
        super().__init__()
        self.dilation = dilation
        self.pair = nn.Conv1d(width, 2 * width, 2, dilation=dilation)
        self.skip = nn.Conv1d(width, skip, 1)
        self.out = None if last else nn.Conv1d(width, width, 1)  # nothing reads what the last one would hand on

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, width, T) -> the next layer's input, and what goes to the head (N, skip, T)."""
        z = gate(self.pair(F.pad(x, (self.dilation, 0))))
        return (x if self.out is None else x + self.out(z)), self.skip(z)


class WaveNet(RasterNet):
    """Blocks of layers with dilations 1, 2, 4, …, (layers, blocks) deep: it sees 1 + blocks · (2^layers − 1) back."""

    def __init__(
        self, levels: int, channels: int, size: int, width: int, skip: int, depth: tuple[int, int], place: bool
    ) -> None:
        super().__init__(levels, channels, size)
        dilations = [2**n for n in range(depth[0])] * depth[1]
        self.first = nn.Conv1d(1, width, 1)
        self.place = Place(width, size, channels) if place else None
        self.layers = nn.ModuleList(
            DilatedLayer(width, skip, dilation, n == len(dilations) - 1) for n, dilation in enumerate(dilations)
        )
        self.head = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, self.outputs, 1))

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, K, C, H, W)."""
        raster = values.permute(0, 2, 3, 1).flatten(1)[:, None]
        x = self.first(F.pad(raster, (1, -1)))  # the number before; 0 before the first
        if self.place is not None:
            x = x + self.place().flatten(1).to(x.dtype)
        skips = None
        for layer in self.layers:
            x, skip = layer(x)
            skips = skip if skips is None else skips + skip
        logits = self.head(skips)
        return logits.unflatten(2, (self.size, self.size, self.channels)).permute(0, 1, 4, 2, 3)

    def stepper(self, count: int) -> WaveNetStepper:
        """A walk with a queue for each layer (fast generation, Le Paine et al. 2016)."""
        return WaveNetStepper(self, count)


class WaveNetStepper(Stepper):
    """One column of the net per number; each layer finds its partner in a ring of its last ``dilation`` inputs."""

    def __init__(self, net: WaveNet, count: int) -> None:
        weight = net.first.weight
        self._net, self._t = net, 0
        self._layers: list[DilatedLayer] = list(net.layers)  # type: ignore[arg-type]
        self._rings = [weight.new_zeros(layer.dilation, count, weight.shape[0]) for layer in self._layers]
        self._before = weight.new_zeros(count, 1)
        self._place = None if net.place is None else net.place().flatten(1)

    def logits(self, channel: int) -> Tensor:
        """(N, K) of the next number."""
        x = apply(self._net.first, self._before)
        if self._place is not None:
            x = x + self._place[:, self._t]
        skips = x.new_zeros(())
        for layer, ring in zip(self._layers, self._rings, strict=True):
            slot = self._t % layer.dilation
            z = gate(apply(layer.pair, torch.stack([ring[slot], x], 2)))
            skips = skips + apply(layer.skip, z)
            ring[slot] = x
            x = x if layer.out is None else x + apply(layer.out, z)
        for part in self._net.head:
            skips = apply(part, skips) if isinstance(part, nn.Conv1d) else part(skips)
        return skips

    def put(self, values: Tensor, channel: int) -> None:
        """Keep the number as the next one's predecessor."""
        self._before, self._t = values[:, None], self._t + 1


def apply(convolution: nn.Conv1d, x: Tensor) -> Tensor:
    """A convolution at one place: (N, inputs) or (N, inputs, kernel) -> (N, outputs)."""
    return F.linear(x.flatten(1), convolution.weight.flatten(1), convolution.bias)
