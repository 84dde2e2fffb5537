"""t-SNE: groups stay groups, steps are seen, Stop is heard, bad input is a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from studio import events
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Stopped
from studio.latent import tsne as module
from studio.latent.map_jobs import TsneJob
from studio.latent.tsne import tsne
from tests.fakes import Listener


def groups(count=240, width=12, seed=0):
    """Points of four groups far from each other, and which group each is of."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    return (8 * random.standard_normal((4, width))[labels] + random.standard_normal((count, width))).astype(
        np.float32
    ), labels


def run(job, listener=None, control=None):
    return tsne(job, listener or Listener(), control or Control(), Workplace())


def together(points, labels):
    """The share of points whose nearest other is of their own group."""
    nearest = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)[1][:, 1]
    return float((labels[nearest] == labels).mean())


@pytest.mark.parametrize("width", [2, 12, 70])
def test_groups_stay_together(width):
    features, labels = groups(width=width)
    listener = Listener()
    final = run(TsneJob(features, steps=150), listener)
    assert isinstance(final, Done)
    assert final.result.shape == (240, 2)
    assert final.result.dtype == np.float32
    assert together(final.result, labels) > 0.95
    last = listener.of(events.Placed)[-1]
    assert (last.step, last.total) == (150, 150)
    assert np.array_equal(last.points, final.result)


def test_the_divergence_falls_and_steps_rise(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    listener = Listener()
    run(TsneJob(groups()[0], steps=60), listener)
    placed = listener.of(events.Placed)
    assert [e.step for e in placed] == sorted({e.step for e in placed})
    assert len(placed) > 20
    assert placed[-1].divergence < placed[0].divergence
    assert not np.array_equal(placed[0].points, placed[1].points), "each event has its own points"


def test_points_are_shown_at_most_ten_times_a_second(monkeypatch):
    now = iter(np.arange(0, 1000, 0.04))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(now)))
    listener = Listener()
    run(TsneJob(groups(60)[0], perplexity=10, steps=100), listener)
    # 50 looks, one told of three; the end is always told
    assert len(listener.of(events.Placed)) <= 1 + 50 / 3 + 1


def test_the_same_seed_gives_the_same_points():
    features, _ = groups(60)
    one, two = (run(TsneJob(features, perplexity=10, steps=30, seed=5)).result for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("after", [1, 20, 60])
def test_a_stop_keeps_the_points_so_far(monkeypatch, after):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    control, listener = Control(), Listener()

    def sink(event):
        listener(event)
        if isinstance(event, events.Placed) and event.step >= after:
            control.stop()

    final = tsne(TsneJob(groups()[0], steps=90), sink, control, Workplace())
    assert isinstance(final, Stopped)
    assert final.result.shape == (240, 2)
    last = listener.of(events.Placed)[-1]
    assert after <= last.step <= after + module.LOOK_EVERY
    assert np.array_equal(last.points, final.result)
    assert f"after {last.step} steps" in final.text


def test_a_stop_before_the_first_step_leaves_the_principal_components():
    control = Control()
    control.stop()
    final = run(TsneJob(groups()[0]), control=control)
    assert isinstance(final, Stopped)
    assert np.isfinite(final.result).all()


def test_neighbours_are_exact_also_among_equal_points():
    features, _ = groups(40, 3)
    features[10:20] = features[0]
    places, distances = module._nearest(features, 7, Listener(), Control())
    assert not (places == np.arange(40)[:, None]).any(), "nobody is a neighbour of itself"
    every = np.linalg.norm(features[:, None] - features[None], axis=2)
    np.fill_diagonal(every, np.inf)
    assert np.allclose(distances, np.sort(every, 1)[:, :7], atol=1e-3)
    assert np.allclose(np.take_along_axis(every, places, 1), distances, atol=1e-3)


def test_equal_points_and_single_columns_are_no_trouble():
    features, _ = groups(40, 3)
    features[10:30] = features[0]
    assert np.isfinite(run(TsneJob(features, steps=40)).result).all()
    line = run(TsneJob(np.arange(40, dtype=np.float32)[:, None], perplexity=5, steps=60)).result
    assert np.isfinite(line).all()
    assert np.ptp(line[:, 1]) > 0, "a line may bend"


def test_many_points_take_the_other_way(monkeypatch):
    monkeypatch.setattr(module, "FROM_HERE_FFT", 100)
    features, labels = groups()
    assert together(run(TsneJob(features, steps=45)).result, labels) > 0.9


def test_a_high_perplexity_is_lowered_and_said():
    listener = Listener()
    final = run(TsneJob(groups(13)[0], perplexity=30, steps=20), listener)
    assert isinstance(final, Done)
    (message,) = listener.of(events.Message)
    assert "too high for 13 points: 4 is used" in message.text
    assert isinstance(run(TsneJob(groups(5)[0], steps=5)), Done)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (TsneJob(np.zeros((4, 3), np.float32)), "at least 5 points, not 4"),
        (TsneJob(np.full((9, 3), np.nan, np.float32)), "not finite"),
        (TsneJob(np.ones((9, 3), np.float32)), "All points are the same"),
        (TsneJob(groups(20)[0], steps=0), "steps, not 0"),
        (TsneJob(groups(20)[0], perplexity=0.0), "above 1, not 0"),
        (TsneJob(groups(20)[0], perplexity=float("nan")), "above 1, not nan"),
    ],
)
def test_bad_input_is_a_sentence(job, words):
    with pytest.raises(Refused, match=words):
        run(job)
