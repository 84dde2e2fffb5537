"""bf16 where the chip has it, float32 elsewhere; the memory layout that suits a net."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from studio.backend import precision
from studio.errors import Refused

CPU = torch.device("cpu")


@pytest.fixture
def chip(monkeypatch):
    """A processor with or without bf16 instructions."""

    def make(native):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": native}, raising=False)

    return make


@pytest.mark.parametrize(
    ("native", "preferred", "chosen"),
    [
        (False, "bfloat16", "float32"),
        (True, "bfloat16", "bfloat16"),
        (True, "float32", "float32"),
        (False, "float32", "float32"),
    ],
)
def test_auto_is_what_the_family_prefers_if_the_chip_has_it(chip, native, preferred, chosen):
    chip(native)
    assert precision.choose("auto", CPU, preferred).name == chosen


def test_a_chip_that_says_nothing_has_no_bfloat16(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    assert precision.choose("auto", CPU).name == "float32"


def test_an_older_torch_is_asked_its_own_way(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert precision.choose("auto", CPU).name == "bfloat16"


@pytest.mark.parametrize(("capability", "native"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_cuda_has_bfloat16_from_ampere_on(monkeypatch, capability, native):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda which: capability)
    assert precision.native_bfloat16(torch.device("cuda", 0)) is native


def test_other_devices_have_none():
    assert precision.native_bfloat16(torch.device("mps")) is False


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_what_is_asked_for_is_taken_whatever_the_chip(chip, wanted):
    chip(False)
    assert precision.choose(wanted, CPU).name == wanted


def test_an_unknown_precision_is_refused():
    with pytest.raises(Refused, match=r"'float8' is unknown\. Choose auto, float32, bfloat16"):
        precision.choose("float8", CPU)


@pytest.mark.parametrize(("name", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_forward_passes_are_in_it_and_weights_are_not(name, dtype):
    net = nn.Linear(4, 4)
    with precision.choose(name, CPU).autocast():
        out = net(torch.ones(2, 4))
    assert out.dtype == dtype
    assert net.weight.dtype == torch.float32
    assert net(torch.ones(2, 4)).dtype == torch.float32, "it ends with the block"


def test_float32_switches_an_outer_autocast_off():
    with torch.autocast("cpu", dtype=torch.bfloat16), precision.choose("float32", CPU).autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(
    ("layers", "layout"),
    [
        ([nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)], torch.channels_last),
        ([nn.ConvTranspose2d(1, 2, 3)], torch.channels_last),
        ([nn.Conv2d(1, 2, 3), nn.InstanceNorm2d(2)], torch.contiguous_format),
        ([nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2)], torch.contiguous_format),
        ([nn.Linear(1, 2), nn.BatchNorm1d(2)], torch.contiguous_format),
    ],
)
def test_the_layout_follows_the_layers(layers, layout):
    assert precision.memory_format(nn.Sequential(*layers)) == layout
