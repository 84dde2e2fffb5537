"""Pictures for the panels: all of a queue, the newest of a drag, and failures that are said once."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from studio.events import Decoded, Failed
from studio.gui.latent.renderer import CellRenderer, CodeQueue, CodeRenderer
from studio.latent.jobs import LIVE
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code

pytestmark = pytest.mark.gui


class Worker(QObject):
    """Stands in for a thread with a mailbox: answers when it is told to."""

    rendered = Signal(object)
    failed = Signal(object)

    def __init__(self):
        super().__init__()
        self.asked = []

    def submit(self, request):
        self.asked.append(request)

    def answer(self, request=None, start=0, total=None):
        request = request or self.asked[-1]
        total = total or len(request.codes)
        self.rendered.emit(Decoded(request.model, request.serial, start, total, pictures(1, 8, 1)))

    def fail(self, reason="It cannot be done."):
        self.failed.emit(Failed(reason))


class Workers:
    """Hands out the one worker."""

    def __init__(self):
        self.worker = Worker()

    def latest(self):
        return self.worker


@pytest.fixture
def bench(qapp):
    return Bench()


@pytest.fixture
def workers():
    return Workers()


@pytest.fixture
def worker(workers):
    return workers.worker


@pytest.fixture
def renderer(bench, workers):
    return CodeRenderer(bench, workers)


def heard(signal):
    """A list that fills with what a signal carries."""
    found = []
    signal.connect(lambda *values: found.append(values[0] if values else None))
    return found


def test_each_picture_is_handed_on_with_its_code(renderer, bench, worker):
    shown, one, two = heard(renderer.shown), code(bench, 1), code(bench, 2)
    renderer.show(one)
    renderer.show(two)
    first, second = worker.asked
    assert np.array_equal(first.codes[0], one.values)
    worker.answer(first)
    worker.answer(second)
    assert shown == [one, two]


def test_an_older_picture_after_a_newer_one_is_dropped(renderer, bench, worker):
    shown = heard(renderer.shown)
    renderer.show(code(bench, 1))
    renderer.show(two := code(bench, 2))
    worker.answer(worker.asked[1])
    worker.answer(worker.asked[0])
    assert shown == [two]


def test_pictures_of_another_model_are_dropped(renderer, bench, worker):
    shown = heard(renderer.shown)
    renderer.show(code(bench, 1))
    bench.use("vae-mnist")
    worker.answer()
    assert shown == []


def test_a_reason_is_said_once_until_it_works_again(renderer, bench, worker):
    reasons, refused = heard(renderer.failed), heard(renderer.refused)
    for _ in range(3):
        renderer.show(code(bench, 1))
        worker.fail()
    assert reasons == ["It cannot be done."]
    assert len(refused) == 3
    renderer.show(code(bench, 1))
    worker.answer()
    renderer.show(code(bench, 1))
    worker.fail()
    assert len(reasons) == 2


def test_a_failure_of_the_model_before_is_nobodys_business(renderer, bench, worker):
    reasons, shown = heard(renderer.failed), heard(renderer.shown)
    renderer.show(code(bench, 1))
    bench.use("vae-mnist")
    renderer.show(two := code(bench, 2))
    worker.fail()
    assert reasons == []
    worker.answer()
    assert shown == [two]
    renderer.show(two)
    worker.fail("The weights are damaged.")
    assert reasons == ["The weights are damaged."]


def test_a_model_that_is_gone_is_named(renderer, bench, worker, tmp_path):
    reasons = heard(renderer.failed)
    bench.model = str(tmp_path / "gone")
    renderer.show(code(bench, 1))
    worker.fail()
    assert "gone is no longer there" in reasons[0]
    bench.model = LIVE
    renderer.show(code(bench, 1))
    worker.fail("Nothing is training yet.")
    assert reasons[1:] == ["Nothing is training yet."]


def test_a_queue_renders_all_one_after_another(bench, workers, worker):
    queue = CodeQueue(bench, workers)
    shown = heard(queue.illustrated)
    some = [code(bench, seed) for seed in range(3)]
    queue.add(some[:2])
    queue.add(some)
    for count in (1, 2, 3):
        assert len(worker.asked) == count
        worker.answer()
    assert shown == some
    queue.add(some[:1])
    assert len(worker.asked) == 4


def test_codes_that_cannot_be_shown_do_not_stop_a_queue(bench, workers, worker):
    queue = CodeQueue(bench, workers)
    shown = heard(queue.illustrated)
    some = [code(bench, seed) for seed in range(4)]
    queue.add(some)
    for _ in range(3):  # for one and the same reason
        worker.fail()
    worker.answer()
    assert shown == some[3:]
    queue.add(some[:1])
    worker.answer()
    assert shown == [some[3], some[0]]


def test_a_queue_forgets_another_models_codes(bench, workers, worker):
    queue = CodeQueue(bench, workers)
    shown = heard(queue.illustrated)
    queue.add([code(bench, 1), code(bench, 2)])
    queue.clear()
    old = worker.asked[0]
    bench.use("vae-mnist")
    queue.add([mine := code(bench, 3)])
    worker.answer(old)
    assert shown == []
    worker.answer()
    assert shown == [mine]
    assert len(worker.asked) == 2


def test_cells_come_in_parts_and_only_for_the_present_model(bench, workers, worker):
    cells = CellRenderer(bench, workers)
    parts, reasons = heard(cells.decoded), heard(cells.failed)
    cells.ask(np.zeros((3, bench.space.size), np.float32), "", 5)
    for start in range(3):
        worker.answer(start=start, total=3)
    assert [part.start for part in parts] == [0, 1, 2]
    cells.ask(np.zeros((3, bench.space.size), np.float32), "", 6)
    bench.use("vae-mnist")
    worker.answer()
    worker.fail()
    assert len(parts) == 3
    assert reasons == []
