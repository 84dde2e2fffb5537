"""Everything a training run is made of at one moment, and its two-way conversion to named tensors and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from studio.backend.backend import Backend
from studio.backend.ema import Ema
from studio.backend.rng import derive
from studio.errors import StudioError
from studio.models import priors
from studio.models.family import Baseline, Player, Prior, Spec, Step
from studio.training import optimisers
from studio.training.batches import Batches
from studio.training.parallel import World
from studio.training.recipe import Recipe


class RandomDraw:
    """A step's random numbers: drawn for the global batch by a generator of the run's own, cut to this rank's rows."""

    def __init__(self, backend: Backend, seed: int, world: World) -> None:
        self._backend, self._world = backend, world
        self.generator = backend.generator(seed)

    def codes(self, count: int, prior: Prior, conditions: Tensor | None = None) -> Tensor:
        """(count, prior.size) float32 from the prior."""
        draw = {"normal": self._backend.normal, "uniform": self._backend.uniform}[priors.base(prior)]
        noise = self._world.cut(draw((count * self._world.size, priors.columns(prior)), self.generator))
        return priors.push(prior, noise, conditions)

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Standard normal float32; the first axis is the batch."""
        return self._world.cut(self._backend.normal((shape[0] * self._world.size, *shape[1:]), self.generator))

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Even between 0 and 1, float32; the first axis is the batch."""
        drawn = self._backend.uniform((shape[0] * self._world.size, *shape[1:]), self.generator)
        return self._world.cut(drawn) * 0.5 + 0.5


class TrainState:
    """Nets, averages, optimisers, random numbers, the place in the data and the step count of a run."""

    def __init__(self, recipe: Recipe, spec: Spec, batches: Batches, backend: Backend, world: World) -> None:
        about, training = recipe.about, recipe.training
        self.recipe, self.spec, self.backend, self.world, self.batches = recipe, spec, backend, world, batches
        self.modules = backend.build(lambda: about.build(recipe.model, spec), derive(training.seed, "weights"))
        self.nets = world.wrap(self.modules, backend.device)
        self.ema = Ema({name: self.modules[name] for name in about.shown}, training.ema_half_life)
        self.players: dict[str, Player] = {player.name: player for player in about.players(recipe.model)}
        self.optimisers = {
            name: optimisers.make(player.optimiser, self.parameters(name)) for name, player in self.players.items()
        }
        # Dropout draws from torch's global generator, so that is the run's as well (and only training's).
        torch.manual_seed(derive(training.seed, "dropout", world.rank))
        self.draw = RandomDraw(backend, derive(training.seed, "draw"), world)
        self.baselines: Mapping[str, Baseline] = {}
        self.step = 0
        self.seconds = 0.0
        for net in self.modules.values():
            net.train()

    @property
    def for_phases(self) -> Step:
        """What a phase is handed."""
        return self.step_for(self.nets, self.draw)

    @property
    def progress(self) -> float:
        """The share of the planned length that is done, 0 to 1."""
        return min(1.0, self.step / self.recipe.training.horizon)

    def step_for(self, nets: Mapping[str, Any], draw: RandomDraw) -> Step:
        """What a family's functions are handed now."""
        return Step(nets, self.recipe.model, draw, self.spec, self.step, self.progress, self.baselines)

    @property
    def seen(self) -> int:
        """Pictures seen so far."""
        return self.step * self.recipe.training.batch

    def parameters(self, player: str) -> list[nn.Parameter]:
        """The parameters that a player's optimiser moves."""
        return [p for net in self.players[player].nets for p in self.modules[net].parameters()]

    def capture(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Named tensors (on the CPU, copies) and plain values: all that exact resume needs."""
        tensors: dict[str, Tensor] = {}
        for kind, nets in (("net", self.modules), ("ema", self.ema.nets)):
            for name, net in nets.items():
                tensors |= {f"{kind}.{name}.{key}": value for key, value in net.state_dict().items()}
        groups: dict[str, Any] = {}
        for name, optimiser in self.optimisers.items():
            state = optimiser.state_dict()
            groups[name] = state["param_groups"]
            for index, values in state["state"].items():
                for key, value in values.items():
                    if value is not None:
                        tensors[f"optimiser.{name}.{index}.{key}"] = torch.as_tensor(value)
        tensors |= self._generators()
        plain = {
            "step": self.step,
            "seconds": self.seconds,
            "epoch": self.batches.epoch,
            "position": self.batches.position,
            "optimisers": groups,
        }
        return {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}, plain

    def restore(self, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> None:
        """Become what :meth:`capture` saw; :class:`StudioError` when the file was made for other settings."""
        try:
            for kind, nets in (("net", self.modules), ("ema", self.ema.nets)):
                for name, net in nets.items():
                    _load(net, tensors, f"{kind}.{name}.")
            for name, optimiser in self.optimisers.items():
                states = _optimiser_states(tensors, f"optimiser.{name}.")
                optimiser.load_state_dict({"state": states, "param_groups": plain["optimisers"][name]})
                _lay_out_like_parameters(optimiser)
                # the recipe's rate, which may have been changed since; a schedule sets it anew at each step
                optimisers.set_rate(optimiser, self.players[name].optimiser.rate)
            self._set_generators(tensors)
            self.batches.seek(int(plain["epoch"]), int(plain["position"]))
            self.step, self.seconds = int(plain["step"]), float(plain["seconds"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise StudioError(f"The checkpoint does not fit the run's settings ({error}).") from error

    def _generators(self) -> dict[str, Tensor]:
        states = {"rng.draw": self.draw.generator.get_state(), "rng.global": torch.get_rng_state()}
        if self.backend.device.type == "mps":
            states["rng.device"] = torch.mps.get_rng_state()
        if self.backend.device.type == "cuda":
            states["rng.device"] = torch.cuda.get_rng_state(self.backend.device)
        return states

    def _set_generators(self, tensors: Mapping[str, Tensor]) -> None:
        self.draw.generator.set_state(tensors["rng.draw"])
        if self.world.leads:  # the others keep their own dropout noise
            torch.set_rng_state(tensors["rng.global"])
        if "rng.device" in tensors and self.backend.device.type == "mps":
            torch.mps.set_rng_state(tensors["rng.device"])
        if "rng.device" in tensors and self.backend.device.type == "cuda" and self.world.leads:
            torch.cuda.set_rng_state(tensors["rng.device"], self.backend.device)


def _load(net: nn.Module, tensors: Mapping[str, Tensor], prefix: str) -> None:
    own = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
    net.load_state_dict(own)


def _lay_out_like_parameters(optimiser: torch.optim.Optimizer) -> None:
    """Give loaded averages the memory layout of their parameters: fused kernels walk both as flat memory."""
    for parameter, state in optimiser.state.items():
        for key, value in state.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _optimiser_states(tensors: Mapping[str, Tensor], prefix: str) -> dict[int, dict[str, Tensor]]:
    states: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(prefix):
            index, _, name = key.removeprefix(prefix).partition(".")
            states.setdefault(int(index), {})[name] = value
    return states
