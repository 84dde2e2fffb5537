"""Building nets, random numbers and inference: nothing leaks into torch's global state or into other threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from studio import models
from studio.backend.backend import Backend
from studio.backend.gate import Gate
from studio.errors import Refused
from studio.models.family import Spec
from tests.fakes import small

every_family = pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)


@pytest.fixture
def backend():
    return Backend("cpu", "float32")


def maker(family):
    config = small(family.id).model
    return lambda: family.build(config, Spec(16, 1, ("a", "b"), ("smiles",)))


def same(first, second):
    return all(
        torch.equal(a, b)
        for name in first
        for a, b in zip(first[name].state_dict().values(), second[name].state_dict().values(), strict=True)
    )


def in_thread(work):
    """The result of ``work`` in another thread."""
    box = []
    thread = threading.Thread(target=lambda: box.append(work()))
    thread.start()
    thread.join()
    return box[0]


def test_it_knows_device_precision_and_reason():
    gate = Gate()
    backend = Backend("cpu", "bfloat16", gate)
    assert backend.device == torch.device("cpu")
    assert "as asked" in backend.reason
    assert backend.precision.name == "bfloat16"
    assert backend.gate is gate
    assert Backend("cpu").gate is not Backend("cpu").gate


def test_what_cannot_be_had_is_refused():
    with pytest.raises(Refused, match="quantum"):
        Backend("quantum")
    with pytest.raises(Refused, match="float8"):
        Backend("cpu", "float8")


@every_family
def test_building_is_reproducible_and_draws_nothing_from_the_global_generator(family, backend):
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = backend.build(maker(family), 7)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert same(first, backend.build(maker(family), 7))
    assert not same(first, backend.build(maker(family), 8))


def test_a_build_that_fails_puts_the_global_generator_back(backend):
    def make():
        torch.rand(5)
        raise ValueError("no such layer")

    state = torch.get_rng_state()
    with pytest.raises(ValueError, match="no such layer"):
        backend.build(make, 7)
    assert torch.equal(torch.get_rng_state(), state)


def test_threads_that_build_together_get_what_each_gets_alone(backend):
    make, seeds = maker(models.family("dcgan")), range(6)
    alone = {seed: backend.build(make, seed) for seed in seeds}
    together, start = {}, threading.Barrier(len(seeds))

    def build(seed):
        start.wait()
        together[seed] = backend.build(make, seed)

    threads = [threading.Thread(target=build, args=(seed,)) for seed in seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(alone[seed], together[seed]) for seed in seeds)


@every_family
def test_empty_nets_have_shapes_but_no_numbers(family, backend):
    state = torch.get_rng_state()
    empty, full = backend.build_empty(maker(family)), backend.build(maker(family), 0)
    assert torch.equal(torch.get_rng_state(), state), "no random number was drawn"
    assert empty.keys() == full.keys()
    for name, net in empty.items():
        assert all(value.is_meta for value in net.state_dict().values())
        shapes = {key: value.shape for key, value in full[name].state_dict().items()}
        assert {key: value.shape for key, value in net.state_dict().items()} == shapes


def test_a_build_waits_for_the_one_that_another_thread_has_begun(backend):
    """Both draw from torch's one generator: seeding it half way through would change the nets begun first."""
    begun, came = threading.Event(), threading.Event()

    def slow(wait):
        nets = {"first": nn.Linear(2, 2)}
        begun.set()
        wait()
        return {**nets, "second": nn.Linear(2, 2)}

    alone = backend.build(lambda: slow(lambda: None), 1)
    begun.clear()
    box = []
    # with the lock nobody comes, and this wait ends by itself
    thread = threading.Thread(target=lambda: box.append(backend.build(lambda: slow(lambda: came.wait(0.2)), 1)))
    thread.start()
    assert begun.wait(10)
    backend.build(lambda: came.set() or {"other": nn.Linear(3, 3)}, 2)
    thread.join()
    assert same(alone, box[0])


def test_empty_is_the_matter_of_one_thread(backend):
    def make():
        assert not in_thread(lambda: torch.zeros(1)).is_meta
        return {}

    assert backend.build_empty(make) == {}
    assert not torch.zeros(1).is_meta


def test_each_request_has_its_own_generator(backend):
    one, two = backend.generator(3), backend.generator(3)
    first = backend.normal((4, 2), one)
    backend.normal((100,), one)
    torch.rand(10)
    assert torch.equal(first, backend.normal((4, 2), two)), "neither another request nor the global one interferes"
    state = torch.get_rng_state()
    backend.uniform((5,), one)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, backend.normal((4, 2), backend.generator(4)))


def test_random_numbers_have_their_distributions(backend):
    normal = backend.normal((20_000,), backend.generator(0))
    uniform = backend.uniform((20_000,), backend.generator(0))
    assert normal.dtype == uniform.dtype == torch.float32
    assert abs(float(normal.mean())) < 0.05
    assert float(normal.std()) == pytest.approx(1, abs=0.05)
    assert -1 <= float(uniform.min()) < -0.99
    assert 0.99 < float(uniform.max()) < 1
    assert abs(float(uniform.mean())) < 0.05


def test_inference_is_without_gradients_in_this_thread_alone(backend):
    net = nn.Linear(2, 2)
    with backend.inference():
        assert not net(torch.ones(1, 2)).requires_grad
        assert in_thread(lambda: net(torch.ones(1, 2)).requires_grad), "training goes on elsewhere"
    assert net(torch.ones(1, 2)).requires_grad


def test_inference_is_in_the_precision_unless_it_must_be_exact():
    backend, net = Backend("cpu", "bfloat16"), nn.Linear(2, 2)
    with backend.inference():
        assert net(torch.ones(1, 2)).dtype == torch.bfloat16
        assert in_thread(lambda: net(torch.ones(1, 2)).dtype) == torch.float32, "the mode is each thread's own"
    with backend.inference(exact=True):
        assert net(torch.ones(1, 2)).dtype == torch.float32
    with backend.autocast():
        assert net(torch.ones(1, 2)).dtype == torch.bfloat16
        assert net(torch.ones(1, 2)).requires_grad


def test_inference_ends_with_an_error_inside(backend):
    with pytest.raises(ValueError, match="x"), backend.inference():
        raise ValueError("x")
    assert not torch.is_inference_mode_enabled()
    assert not torch.is_autocast_enabled("cpu")


def test_nets_are_laid_out_as_suits_them(backend):
    conv, linear = backend.place(nn.Conv2d(4, 4, 3)), backend.place(nn.Linear(4, 4))
    assert conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert not conv.weight.is_contiguous()
    assert linear.weight.is_contiguous()


def test_arrays_keep_their_type_and_order(backend):
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert torch.equal(backend.tensor(array.T), torch.tensor(array.T.tolist(), dtype=torch.uint8))
    assert backend.tensor(np.array([1, 2])).dtype == torch.int64


def test_the_number_of_threads_is_set_where_it_is_asked(backend):
    before = torch.get_num_threads()

    def ask():
        backend.use_threads(3)
        return torch.get_num_threads()

    try:
        assert in_thread(ask) == 3
    finally:
        torch.set_num_threads(before)
