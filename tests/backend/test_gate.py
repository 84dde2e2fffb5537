"""Training lets whoever waits go first; nobody is ever inside together with somebody else."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from studio.backend.gate import Gate

kinds = pytest.mark.parametrize("kind", ["training", "guest"])


def wait_until(condition):
    """Look again and again, for ten seconds at most."""
    deadline, tick = time.monotonic() + 10, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        tick.wait(0.0005)


class Trainer:
    """A training loop in a thread; each phase waits for ``let_go``."""

    def __init__(self, gate):
        self.order, self.stop, self.inside, self.let_go = [], False, threading.Event(), threading.Event()
        self._gate = gate
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.stop:
            with self._gate.training():
                self.order.append("training")
                self.inside.set()
                assert self.let_go.wait(10)

    def end(self):
        self.stop = True
        self.let_go.set()
        self.thread.join()


def guests(gate, trainer, count):
    """``count`` threads that each enter once."""

    def enter(name):
        with gate.guest():
            trainer.order.append(name)

    threads = [threading.Thread(target=enter, args=(f"guest {i}",)) for i in range(count)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("count", [1, 2])
def test_guests_go_between_two_phases(count):
    """The loop asks for the gate again at once: behind a plain lock it would win nearly every time."""
    for _ in range(20):
        gate = Gate()
        trainer = Trainer(gate)
        assert trainer.inside.wait(10)
        waiting = guests(gate, trainer, count)
        wait_until(lambda: gate._guests == count)  # noqa: B023 - used in this round only
        assert trainer.order == ["training"], "nobody enters while a phase is computed"
        trainer.let_go.set()
        for thread in waiting:
            thread.join()
        trainer.end()
        assert trainer.order[0] == "training"
        assert sorted(trainer.order[1 : 1 + count]) == [f"guest {i}" for i in range(count)]


def test_training_goes_on_after_the_guests():
    gate = Gate()
    trainer = Trainer(gate)
    trainer.let_go.set()
    for thread in guests(gate, trainer, 3):
        thread.join()
    phases = trainer.order.count("training")
    wait_until(lambda: trainer.order.count("training") > phases)
    trainer.end()


def test_nobody_is_inside_together():
    gate, inside, most = Gate(), [], []

    def work(enter):
        for _ in range(300):
            with enter():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work, args=(e,)) for e in (gate.training, gate.guest, gate.guest)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 900
    assert max(most) == 1


@kinds
def test_an_exception_inside_gives_the_gate_free(kind):
    gate = Gate()
    with pytest.raises(ValueError, match="out of memory"), getattr(gate, kind)():
        raise ValueError("out of memory")
    entered = []

    def enter():
        for other in (gate.training, gate.guest):
            with other():
                entered.append(other)

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    thread.join(10)
    assert len(entered) == 2


@kinds
def test_the_gate_stays_held_until_the_block_ends(kind):
    gate = Gate()
    with contextlib.ExitStack() as stack:
        stack.enter_context(getattr(gate, kind)())
        entered = threading.Event()

        def enter():
            with gate.guest():
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        wait_until(lambda: gate._guests == 1)
        assert not entered.is_set()
    assert entered.wait(10)
    thread.join()
