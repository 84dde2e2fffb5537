"""Several processes, one training: PyTorch's own DistributedDataParallel, started by torchrun.

Each rank takes its shard of every global batch; random numbers are drawn for the global batch on every rank and cut the
same way, so that a net without batch statistics computes what one process would.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from inspect import signature
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from studio.errors import Refused

# torch 2.15 renamed the switch; both only concern the forward pass here, since the ranks start out equal
_BUFFER_SYNC = next(
    name
    for name in ("forward_sync_buffers", "broadcast_buffers")
    if name in signature(DistributedDataParallel).parameters
)


class World:
    """This process's place among the processes that train together (rank 0 of 1 when alone)."""

    def __init__(self, rank: int = 0, size: int = 1, talk: Any = None) -> None:
        self.rank, self.size = rank, size
        self._talk = talk  # a group on the CPU: asking each other must not wait for the device

    @classmethod
    def from_environment(cls, device: torch.device) -> World:
        """Join the processes that torchrun started; alone when there are none."""
        if int(os.environ.get("WORLD_SIZE", "1")) < 2:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(dist.get_rank(), dist.get_world_size(), dist.new_group(backend="gloo"))

    @property
    def leads(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def share(self, batch: int) -> int:
        """This rank's part of a global batch; refused when it cannot be divided."""
        if batch % self.size:
            raise Refused(
                f"A batch of {batch} cannot be divided among {self.size} processes. Choose a multiple of {self.size}."
            )
        return batch // self.size

    def cut(self, whole: Tensor) -> Tensor:
        """This rank's rows of a tensor that every rank has."""
        count = whole.shape[0] // self.size
        return whole[self.rank * count : (self.rank + 1) * count]

    def wrap(self, nets: Mapping[str, nn.Module], device: torch.device) -> dict[str, nn.Module]:
        """The nets as the step calls them: gradients are averaged over the ranks in backward."""
        if self.size == 1:
            return dict(nets)
        ids = [device.index] if device.type == "cuda" else None
        # Each rank keeps its own running statistics (rank 0's are saved): broadcasting them in forward would change
        # buffers between the two passes of a discriminator and break its backward.
        off: dict[str, Any] = {_BUFFER_SYNC: False}
        return {
            # a net of buffers alone (a pool of pictures) or a frozen one has no gradients to average
            # one that is trained part by part says so: the parts at rest get no gradient
            name: DistributedDataParallel(
                net, device_ids=ids, find_unused_parameters=getattr(net, "in_parts", False), **off
            )
            if any(p.requires_grad for p in net.parameters())
            else net
            for name, net in nets.items()
        }

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the ranks."""
        if self.size == 1:
            return values
        values = values.clone()
        dist.all_reduce(values)
        return values / self.size

    def vote(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag whether any rank raises it; every rank must ask."""
        if self.size == 1:
            return flags
        votes = torch.tensor([float(flag) for flag in flags])
        dist.all_reduce(votes, op=dist.ReduceOp.MAX, group=self._talk)
        return tuple(bool(vote) for vote in votes.tolist())

    def tell(self, text: str) -> str:
        """Rank 0's text on every rank."""
        if self.size == 1:
            return text
        box = [text]
        dist.broadcast_object_list(box, src=0, group=self._talk)
        return str(box[0])

    def wait(self) -> None:
        """Until every rank is here: none may tear down the group while another still uses it."""
        if self.size > 1:
            dist.barrier()

    def leave(self) -> None:
        """End the membership, so that the process can exit."""
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()
