"""The object that owns device, precision, gate and generators; every room below ``gui`` is handed one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from studio.backend import device as devices
from studio.backend import precision as precisions
from studio.backend.gate import Gate

# Building nets draws from torch's global generator, which all threads share; see Backend.build.
_building = threading.Lock()


class Backend:
    """A device with its precision. ``reason`` says why this device, in words for the status bar."""

    def __init__(
        self,
        device: str = "auto",
        precision: str = "auto",
        gate: Gate | None = None,
        preferred: str = "bfloat16",
        why: str = "as asked",
    ) -> None:
        self.device, self.reason = devices.choose(device, why)
        self.precision = precisions.choose(precision, self.device, preferred)
        self.gate = gate or Gate()
        if self.device.type == "cuda":
            torch.backends.cudnn.benchmark = True

    def use_threads(self, count: int) -> None:
        """Set how many threads torch uses in the calling thread (call it first thing in each)."""
        torch.set_num_threads(count)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)  # per thread, too

    def autocast(self) -> AbstractContextManager[None]:
        """Forward passes in this backend's precision."""
        return self.precision.autocast()

    @contextmanager
    def inference(self, exact: bool = False) -> Iterator[None]:
        """Rendering: no gradients, this precision (``exact``: float32, so that the same code gives the same bytes)."""
        with torch.inference_mode():
            if exact:
                yield
            else:
                with self.autocast():
                    yield

    def generator(self, seed: int) -> torch.Generator:
        """A new generator on the device."""
        return torch.Generator(self.device).manual_seed(seed)

    def place(self, net: nn.Module) -> nn.Module:
        """Move a net to the device in the memory layout that suits it."""
        return net.to(self.device).to(memory_format=precisions.memory_format(net))

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """A numpy array on the device, same dtype."""
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def normal(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        """Standard normal float32 on the device."""
        return torch.randn(shape, generator=generator, device=self.device)

    def uniform(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        """Uniform float32 in [-1, 1) on the device."""
        return torch.rand(shape, generator=generator, device=self.device) * 2 - 1

    def build(self, make: Callable[[], dict[str, nn.Module]], seed: int) -> dict[str, nn.Module]:
        """Nets with weights drawn from ``seed`` alone, in eval order, placed on the device; torch's state is kept."""
        with _building, torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            nets = make()
        return {name: self.place(net) for name, net in nets.items()}

    def build_empty(self, make: Callable[[], dict[str, nn.Module]]) -> dict[str, nn.Module]:
        """Nets without weights (on the meta device, drawing no random number) for a file to fill."""
        with torch.device("meta"), _Undrawn():
            return make()


class _Undrawn(TorchFunctionMode):
    """Leaves out the filling of weights that are only shapes: on the meta device it would load torch's compiler first,
    which takes seconds."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else named["tensor"]
        return func(*args, **named)


_DRAWS = {
    torch.Tensor.normal_,
    torch.Tensor.uniform_,
    nn.init.normal_,
    nn.init.uniform_,
    nn.init.trunc_normal_,
}
