"""t-SNE in steps that can be watched and stopped: openTSNE's, on exact neighbours, started from PCA."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import openTSNE
from openTSNE import affinity, initialization, nearest_neighbors
from sklearn.neighbors import NearestNeighbors

from studio.backend import device
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Final, Message, Placed, Progress, Sink, Stopped
from studio.latent.embedding import components, pca_points
from studio.latent.map_jobs import TsneJob

FEWEST, MOST_STEPS = 5, 100_000
KEPT = 50
"""principal components that stand for wider features: the distances stay, the search takes a fraction of the time"""
NEIGHBOURS_A_PERPLEXITY = 3
EARLY, EXAGGERATION, MOMENTUM = 250, 12, 0.8
"""steps of early exaggeration at most (never above a third of all), its factor, and the momentum (openTSNE's own)"""
FROM_HERE_FFT = 3_000
"""points from which on interpolation beats Barnes–Hut (measured: 2.5 against 4.3 s for 50 steps of 5,000 points)"""
BLOCK = 500
LOOK_EVERY = 2
"""steps between two looks at Stop and the clock; each costs the divergence of that step"""
PAUSE = 0.1
"""seconds between two pictures of the points"""


def tsne(job: TsneJob, sink: Sink, control: Control, place: Workplace) -> Final:
    """Lay out the points; ``result`` is (N, 2) float32, of ``Stopped`` as far as it got (PCA's before the first)."""
    features = _checked(job)
    perplexity = _perplexity(job.perplexity, len(features), sink)
    if features.shape[1] > KEPT:
        mean, found, _ = components(features, KEPT)
        features = ((features - mean) @ found.T).astype(np.float32)
    start = pca_points(features)
    nearest = _nearest(features, round(NEIGHBOURS_A_PERPLEXITY * perplexity), sink, control)
    if nearest is None:
        return Stopped("t-SNE was stopped before its first step.", start)
    sink(Progress("weighing neighbours", 0, None))
    threads = max(1, device.cores() - 1)  # one stays for the window
    weights = affinity.PerplexityBasedNN(
        knn_index=nearest_neighbors.PrecomputedNeighbors(*nearest),
        perplexity=perplexity,
        n_jobs=threads,
        random_state=job.seed,
    )
    embedding = openTSNE.TSNEEmbedding(
        _small(start, job.seed),
        weights,
        negative_gradient_method="fft" if len(features) >= FROM_HERE_FFT else "bh",
        n_jobs=threads,
        random_state=job.seed,
    )
    early = min(EARLY, job.steps // 3)
    watcher = _Watcher(job.steps, sink, control)
    for steps, exaggeration in ((early, EXAGGERATION), (job.steps - early, 1)):
        watcher.run(embedding, steps, exaggeration)
        if control.stopped:
            return Stopped(f"t-SNE was stopped after {watcher.done} steps.", _points(embedding))
    return Done(f"t-SNE of {len(features):,} points, {job.steps} steps", _points(embedding))


@dataclass
class _Watcher:
    """Counts the steps of all phases, shows the points now and then, and hears Stop."""

    total: int
    sink: Sink
    control: Control
    done: int = 0
    _told: float = field(default=float("-inf"))

    def run(self, embedding: openTSNE.TSNEEmbedding, steps: int, exaggeration: float) -> None:
        """Move the points ``steps`` steps, or until stopped."""
        before = self.done

        def look(step: int, divergence: float, points: np.ndarray) -> bool:
            # called before the step is taken: one less is behind it
            self.done = before + step - 1
            if self.done and time.monotonic() - self._told >= PAUSE:
                self._tell(divergence, points)
            return self.control.stopped

        embedding.optimize(
            steps,
            exaggeration=exaggeration,
            momentum=MOMENTUM,
            inplace=True,
            callbacks=[look],
            callbacks_every_iters=LOOK_EVERY,
        )
        if not self.control.stopped:
            self.done = before + steps
        if steps and self.done == self.total:
            self._tell(embedding.kl_divergence, embedding)

    def _tell(self, divergence: float, points: np.ndarray) -> None:
        self._told = time.monotonic()
        self.sink(Placed(self.done, self.total, _points(points), float(divergence)))


def _points(embedding: np.ndarray) -> np.ndarray:
    return np.array(embedding, np.float32)


def _checked(job: TsneJob) -> np.ndarray:
    features = np.asarray(job.features, np.float32)
    if features.ndim != 2 or len(features) < FEWEST:
        raise Refused(f"t-SNE needs at least {FEWEST} points, not {len(features)}. Choose more pictures.")
    if not np.isfinite(features).all():
        raise Refused("t-SNE was given numbers that are not finite: the model that made them had failed.")
    if not 1 <= job.steps <= MOST_STEPS:
        raise Refused(f"t-SNE takes from 1 to {MOST_STEPS:,} steps, not {job.steps:,}.")
    if not job.perplexity > 1:
        raise Refused(f"The perplexity must be above 1, not {job.perplexity:g}; 30 suits most data.")
    return features


def _perplexity(wanted: float, count: int, sink: Sink) -> float:
    """At most a third of the other points, since it looks at three times as many neighbours."""
    most = (count - 1) / NEIGHBOURS_A_PERPLEXITY
    if wanted <= most:
        return wanted
    sink(Message(f"A perplexity of {wanted:g} is too high for {count} points: {most:.3g} is used.", "warning"))
    return most


def _nearest(features: np.ndarray, count: int, sink: Sink, control: Control) -> tuple[np.ndarray, np.ndarray] | None:
    """Indices and distances (N, count) of each point's nearest others; None once stopped.

    Exact, and in blocks: openTSNE's approximate search takes 7 s for 10,000 points and cannot be stopped, this 2 s.
    """
    total = len(features)
    index = NearestNeighbors(algorithm="brute").fit(features)
    places, distances = np.empty((total, count), np.int64), np.empty((total, count))
    for start in range(0, total, BLOCK):
        if control.stopped:
            return None
        rows = np.arange(start, min(start + BLOCK, total))
        far, found = index.kneighbors(features[rows], count + 1)
        # a point is its own nearest, though not always the first of several that are the same
        others = found != rows[:, None]
        others[others.all(1), -1] = False
        places[rows], distances[rows] = found[others].reshape(-1, count), far[others].reshape(-1, count)
        sink(Progress("finding neighbours", int(rows[-1]) + 1, total))
    return places, distances


def _small(start: np.ndarray, seed: int) -> np.ndarray:
    """PCA's points as openTSNE wants them: small, or nothing converges, and shaken, or no point leaves a line."""
    placed = initialization.rescale(start.astype(np.float64))
    return initialization.jitter(placed, random_state=seed)
