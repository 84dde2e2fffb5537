"""Three tiny models, trained once, and the Latent tab over a copy of their runs."""

from __future__ import annotations

import shutil

import pytest

from studio.gui.latent.panel import LatentPanel
from studio.gui.latent.workbench import Workbench
from studio.gui.workers import Workers
from studio.session import Session
from studio.training.jobs import TrainJob
from tests.fakes import small
from tests.gui.latent.tab import Tab

MODELS = {"vae": ("vae", 40), "gan": ("dcgan", 4), "asked": ("cgan", 2)}
"""name of the run, family, steps: a plane of codes with an encoder, codes of four without, codes with a class"""


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder of runs: ``vae``, ``gan`` and ``asked``."""
    runs = tmp_path_factory.mktemp("trained") / "runs"
    session = Session(runs)
    for name, (family, steps) in MODELS.items():
        session.do(TrainJob(small(family, f"horizon={steps}"), runs, name))
    return runs


@pytest.fixture
def tab(trained, tmp_path, qtbot, show):
    """The Latent tab alone, in a window of 1200 × 760, with its own copy of the runs; no model is chosen yet."""
    shutil.copytree(trained, tmp_path / "runs")
    workers = Workers(Session(tmp_path / "runs"))
    panel = LatentPanel(workers, Workbench())
    tab = Tab(panel, workers, qtbot)
    show(panel, 1200, 760)
    yield tab
    workers.shut_down()
    panel.close()
