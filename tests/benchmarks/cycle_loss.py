"""How far a run's cycle loss fell: python -m tests.benchmarks.cycle_loss RUN_FOLDER

The mean of its curves named "cycle…" over the 21 steps around step 100, and over the last 101.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from studio.training import runs


def main(folder: str) -> None:
    """Print both values and their ratio."""
    history = runs.open_run(Path(folder)).history()
    assert history is not None
    names = [name for name in history.columns if name in ("cycle", "cycle A", "cycle B")]
    cycle = np.mean([history.column(name) for name in names], axis=0)
    early, late = float(cycle[89:110].mean()), float(cycle[-101:].mean())
    print(f"step 100: {early:.4f}   step {len(cycle):,}: {late:.4f}   ratio {late / early:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
