"""The one conversion between pixels (N, H, W, C) uint8 and what networks see, (N, C, H, W) float. Imports torch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch


def to_tensor(pictures: torch.Tensor, low: float = -1.0, high: float = 1.0) -> torch.Tensor:
    """``pictures`` (N, H, W, C) uint8 as float32 (N, C, H, W) in [low, high], on the same device.

    Called at every training step, so it makes one new tensor and works in place on that. Nothing is reordered in
    memory: the result of contiguous pixels is in ``channels_last`` format (for one channel that is also contiguous).
    Call ``.contiguous()`` where a layer asks for it.
    """
    batch = pictures.permute(0, 3, 1, 2).to(torch.float32)
    _scale(batch, low, high)
    if _overshoots(low, high):
        batch.clamp_(low, high)
    return batch


def to_pixels(batch: torch.Tensor, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """``batch`` (N, C, H, W) of any float type as (N, H, W, C) uint8 on the CPU: clamped, rounded, a copy.

    NaN becomes 0. ``to_pixels(to_tensor(p))`` is exactly ``p``. Clamping and rounding happen on the batch's device,
    so that a quarter of the bytes has to be fetched from it.
    """
    values = batch.detach().permute(0, 2, 3, 1).to(torch.float32)
    levels = (values - low).mul_(255.0 / (high - low)).nan_to_num_(nan=0.0, posinf=255.0, neginf=0.0)
    return levels.round_().clamp_(0, 255).to(torch.uint8).contiguous().cpu().numpy()


def _scale(batch: torch.Tensor, low: float, high: float) -> None:
    # Dividing (not multiplying by the inverse) puts level 255 exactly on the upper end of the usual ranges.
    batch.div_(255.0 / (high - low))
    if low:
        batch.add_(low)


@lru_cache
def _overshoots(low: float, high: float) -> bool:
    """Whether rounding carries an end of an unusual range outside it; [-1, 1] and [0, 1] are exact."""
    ends = torch.tensor([0.0, 255.0])
    _scale(ends, low, high)
    return bool(ends[0] < low or ends[1] > high)
