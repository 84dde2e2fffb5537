"""Models whose answers are known: a linear one that lives, small untrained ones in folders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from studio import models
from studio.backend.backend import Backend
from studio.backend.workplace import Workplace
from studio.config import option, to_json
from studio.events import Curve
from studio.models import library
from studio.models.family import Condition, Family, Optimiser, Phase, Player, Preset, Prior, Spec
from studio.models.library import Card
from tests.fakes import small

SIDE, SIZE = 4, 3
WEIGHTS = (0.02, 0.3, 0.1)
"""how much each number of a code does to its own four pixels"""


@dataclass(frozen=True)
class LinearConfig:
    """Nothing to choose."""

    unused: int = option(0, "Unused", help="For tests.", low=0)


def _generate(nets, codes, conditions):
    weights = nets["decoder"].weight.T  # (SIZE, 16)
    return (0.5 + codes @ weights).reshape(-1, 1, SIDE, SIDE)


def _encode(nets, pictures):
    weights = nets["decoder"].weight
    return (pictures.reshape(len(pictures), -1) - 0.5) @ weights @ torch.linalg.inv(weights.T @ weights)


def linear(encodes=True, conditional=False):
    """A family whose picture is 0.5 + codes · W: number k brightens pixels 4k … 4k + 3 by WEIGHTS[k]."""
    return Family(
        id="linear",
        title="Linear",
        summary="For tests.",
        lecture="",
        config=LinearConfig,
        value_range=(0.0, 1.0),
        build=lambda config, spec: {"decoder": nn.Linear(SIZE, SIDE**2, bias=False)},
        players=lambda c: (Player("decoder", ("decoder",), Optimiser("sgd", 0.1, 0.0)),),
        phases=lambda c: (Phase("decoder", "decoder", "loss", lambda step, batch: {}),),
        curves=lambda c: (Curve("loss", "decoder"),),
        presets=(Preset("digits", "Digits", "For tests.", data={"source": "digits", "size": 8}),),
        shown=("decoder",),
        prior=lambda c, spec: Prior(SIZE),
        generate=_generate,
        encode=_encode if encodes else None,
        condition=lambda c, spec: Condition("class", ("left", "right")) if conditional else None,
    )


def living(monkeypatch, **kind):
    """A workplace where the linear model trains: LIVE is it, after step 5."""
    family = linear(**kind)
    monkeypatch.setattr(models, "FAMILIES", (*models.FAMILIES, family))
    place = Workplace()
    net = nn.Linear(SIZE, SIDE**2, bias=False)
    with torch.no_grad():
        net.weight.zero_()
        for k, weight in enumerate(WEIGHTS):
            net.weight[4 * k : 4 * k + 4, k] = weight
    place.live(Card("straight", "linear", to_json(LinearConfig()), SIDE, 1)).offer(5, {"decoder": net})
    return place


def picture_of(code):
    """What the linear model makes of a code, (4, 4, 1) uint8."""
    values = np.full(16, 0.5)
    for k, weight in enumerate(WEIGHTS):
        values[4 * k : 4 * k + 4] += weight * code[k]
    return np.rint(values.clip(0, 1) * 255).astype(np.uint8).reshape(4, 4, 1)


def saved(folder, family, size=8, channels=1):
    """The folder of an untrained small model."""
    config, about = small(family).model, models.family(family)
    spec = Spec(size, channels, tuple("0123456789")) if family in ("cgan", "classifier") else Spec(size, channels)
    backend = Backend("cpu", "float32")
    nets = backend.build(lambda: about.build(config, spec), 0)
    card = Card(family, family, to_json(config), size, channels, spec.classes)
    library.save(folder, card, {name: nets[name].eval() for name in about.shown})
    return folder
