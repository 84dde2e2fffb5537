from __future__ import annotations

import json
import os

import pytest

from studio.errors import Refused, StudioError
from studio.session import Session
from studio.training import checkpoints, moments, runs
from studio.training.gallery import Shown
from studio.training.jobs import FilmJob, TrainJob
from tests.fakes import small


@pytest.fixture
def run(tmp_path):
    return runs.open_run(Session(tmp_path).do(TrainJob(small("gan"), tmp_path, "run", steps=3)))


def test_a_run_reads_back_what_was_asked(run):
    assert run.recipe == small("gan")
    assert (run.state.step, run.state.status) == (3, "done")
    assert run.machine["precision"] == "float32"
    assert set(run.state.losses) == {"D loss", "G loss", "D(x)", "D(G(z))"}
    assert "done at step 3" in run.log()


def test_a_run_can_be_moved_to_another_folder(run, tmp_path):
    run.folder.rename(tmp_path / "elsewhere")
    Session(tmp_path).do(TrainJob(small("gan"), tmp_path, "elsewhere", steps=5, resume=True))
    assert runs.open_run(tmp_path / "elsewhere").state.step == 5


def test_a_taken_name_is_refused(run, tmp_path):
    final = Session(tmp_path).run(TrainJob(small("gan"), tmp_path, "run", steps=3))
    assert final.refused
    assert "already a run named 'run'" in final.reason


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 200, "end."])
def test_names_that_are_no_folder_names_are_refused(name):
    with pytest.raises(Refused, match="cannot be a name"):
        runs.check_name(name)


@pytest.mark.parametrize(
    ("file", "text"),
    [("config.json", "{"), ("config.json", "[]"), ("config.json", '{"family": "gan"}'), ("config.json", "")],
)
def test_a_damaged_run_is_named_and_the_others_are_listed(run, tmp_path, file, text):
    Session(tmp_path).do(TrainJob(small("gan"), tmp_path, "good", steps=1))
    (run.folder / file).write_text(text)
    found, damaged = runs.list_runs(tmp_path)
    assert [r.name for r in found] == ["good"]
    assert len(damaged) == 1
    assert "run" in damaged[0]


def test_a_damaged_summary_does_not_hide_the_run(run):
    (run.folder / "state.json").write_text("{broken")
    assert runs.open_run(run.folder).state.status == "damaged"
    Session(run.folder.parent).do(TrainJob(run.recipe, run.folder.parent, "run", steps=5, resume=True))
    assert runs.open_run(run.folder).state.step == 5


def test_a_setting_changed_by_hand_to_nonsense_is_a_sentence(run):
    config = json.loads((run.folder / "config.json").read_text())
    config["model"]["latent"] = "many"
    (run.folder / "config.json").write_text(json.dumps(config))
    final = Session(run.folder.parent).run(TrainJob(run.recipe, run.folder.parent, "run", steps=5, resume=True))
    assert final.refused
    assert "Latent size" in final.reason


def test_an_older_checkpoint_is_used_when_the_newest_is_damaged(run):
    Session(run.folder.parent).do(TrainJob(run.recipe, run.folder.parent, "run", steps=6, resume=True))
    newest = run.folder / "checkpoints" / "000000006" / checkpoints.TENSORS
    newest.write_bytes(newest.read_bytes()[:-10])
    said = []
    assert checkpoints.load_newest(run.folder, said.append)[1]["step"] == 3
    assert "damaged" in said[0]


def test_without_any_whole_checkpoint_the_run_says_so(run):
    for file in (run.folder / "checkpoints").rglob(checkpoints.TENSORS):
        file.write_bytes(b"")
    final = Session(run.folder.parent).run(TrainJob(run.recipe, run.folder.parent, "run", steps=5, resume=True))
    assert "No checkpoint of the run run can be read" in final.reason


def test_a_run_without_any_checkpoint_is_not_begun_anew(run):
    import shutil

    shutil.rmtree(run.folder / "checkpoints")
    final = Session(run.folder.parent).run(TrainJob(run.recipe, run.folder.parent, "run", steps=9, resume=True))
    assert final.refused
    assert "no checkpoint to go on from" in final.reason
    assert len(run.history()) == 3
    assert run.moments() == [0, 3]


def test_only_the_last_checkpoints_and_the_marked_ones_are_kept(tmp_path):
    session = Session(tmp_path)
    for steps in range(1, 6):
        session.do(TrainJob(small("gan", "keep=2"), tmp_path, "run", steps=steps, resume=steps > 1))
        if steps == 1:
            (tmp_path / "run" / "checkpoints" / "000000001" / checkpoints.MARK).touch()
    assert runs.numbered(tmp_path / "run" / "checkpoints") == [1, 4, 5]


def test_a_run_that_trains_elsewhere_is_left_alone(run):
    with runs.locked(run.folder):
        lock = json.loads((run.folder / runs.LOCK).read_text())
        assert runs.lock_owner(run.folder) == os.getpid()
        with pytest.raises(Refused, match="already training"), runs.locked(run.folder):
            pytest.fail("two may not hold it")
        assert runs.lock_owner(run.folder) == os.getpid(), "who is refused does not free it"
    assert runs.lock_owner(run.folder) is None
    (run.folder / runs.LOCK).write_text(json.dumps({**lock, "pid": 1, "started": _started(1)}))
    with pytest.raises(Refused, match="is training"):
        runs.delete(run)
    final = Session(run.folder.parent).run(TrainJob(run.recipe, run.folder.parent, "run", steps=9, resume=True))
    assert "already training (process 1)" in final.reason
    assert runs.lock_owner(run.folder) == 1, "a refusal leaves the other's lock alone"
    (run.folder / runs.LOCK).write_text(json.dumps({**lock, "started": 5}))  # a dead process' number, used again
    runs.delete(run)
    assert not run.folder.exists()


def _started(pid):
    import psutil

    return psutil.Process(pid).create_time()


def test_moments_thin_out_and_keep_the_first_the_last_and_the_marked(run, monkeypatch):
    from studio.backend.backend import Backend
    from studio.models import library

    model = library.load(run.moment(3), Backend("cpu", "float32"))
    keeper = moments.Moments(run.folder, model.card, limit=4)
    for step in range(4, 12):
        keeper.store(step, model.nets, Shown(), marked=step == 5)
    kept = run.moments()
    assert {0, 5, 11} <= set(kept)
    assert len(kept) <= 6
    keeper.forget_after(6)
    assert max(s for s in run.moments()) <= 6


def test_a_moment_is_a_model_and_can_join_the_library(run, own_home):
    from studio.models import library

    folder = moments.keep_as_model(run.moment(3), "mine")
    assert library.find("mine") == folder
    assert library.find("run@0", run.folder.parent) == run.moment(0)
    assert library.find("run", run.folder.parent) == run.moment(3)
    with pytest.raises(Refused, match="no moment '9'"):
        library.find("run@9", run.folder.parent)
    with pytest.raises(Refused, match="already a model named 'mine'"):
        moments.keep_as_model(run.moment(0), "mine")


def test_the_film_has_every_moment(run, tmp_path):
    Session(tmp_path).do(FilmJob(run.folder, tmp_path / "frames", fps=4, seconds=1))
    assert len(list((tmp_path / "frames").glob("*.png"))) == 4
    Session(tmp_path).do(FilmJob(run.folder, tmp_path / "film.gif", fps=4, seconds=1))
    assert (tmp_path / "film.gif").stat().st_size > 100


def test_a_film_of_one_moment_is_refused(run, tmp_path):
    import shutil

    shutil.rmtree(run.moment(0))
    final = Session(tmp_path).run(FilmJob(run.folder, tmp_path / "film.gif"))
    assert "a film needs two" in final.reason


def test_a_moment_with_damaged_weights_is_refused(run):
    from studio.backend.backend import Backend
    from studio.models import library

    weights = run.moment(3) / library.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-4] + b"oops")
    with pytest.raises(StudioError, match="damaged"):
        library.load(run.moment(3), Backend("cpu", "float32"))


def test_runs_that_begin_at_once_get_names_of_their_own(tmp_path):
    import threading

    made, start = [], threading.Barrier(8)

    def begin():
        start.wait()
        made.append(runs.create(tmp_path, "", small("gan"), {}).name)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"gan-digits-{number}" for number in range(1, 9)]


def test_a_damaged_newer_checkpoint_does_not_outlive_the_good_ones(tmp_path):
    session = Session(tmp_path)
    session.do(TrainJob(small("gan", "keep=1"), tmp_path, "run", steps=3))
    (tmp_path / "run" / "checkpoints" / "000000099").mkdir()
    session.do(TrainJob(small("gan"), tmp_path, "run", steps=5, resume=True))
    assert runs.numbered(tmp_path / "run" / "checkpoints") == [5]
    session.do(TrainJob(small("gan"), tmp_path, "run", steps=6, resume=True))


def test_a_refused_resume_destroys_nothing(run):
    before = {p: p.read_bytes() for p in run.folder.rglob("*") if p.is_file()}
    final = Session(run.folder.parent).run(TrainJob(run.recipe, run.folder.parent, "run", steps=2, resume=True))
    assert final.refused
    assert {p: p.read_bytes() for p in run.folder.rglob("*") if p.is_file()} == before


def test_a_star_given_while_paused_survives_the_stop(tmp_path):
    from studio import events
    from studio.control import Control

    control, script = Control(), iter(["mark", "stop"])
    control.pause()

    def sink(event):
        if isinstance(event, events.Paused) and event.paused:
            getattr(control, next(script))()

    Session(tmp_path).run(TrainJob(small("gan"), tmp_path, "run", steps=9), sink, control)
    run = runs.open_run(tmp_path / "run")
    assert (run.moment(0) / moments.MARK).exists()
    assert (run.folder / "checkpoints" / "000000000" / checkpoints.MARK).exists()


def test_a_schedule_that_is_over_is_said_and_can_be_lengthened(tmp_path):
    session, recipe = Session(tmp_path), small("gan", "schedule=linear", "horizon=4")
    session.do(TrainJob(recipe, tmp_path, "run"))
    final = session.run(TrainJob(recipe, tmp_path, "run", steps=8, resume=True))
    assert final.refused
    assert "--set horizon=8" in final.reason
    session.do(TrainJob(recipe, tmp_path, "run", steps=8, resume=True, changes=("horizon=8", "d_rate=1e-5")))
    changed = runs.open_run(tmp_path / "run").recipe
    assert (changed.training.horizon, changed.model.d_rate) == (8, 1e-5)


def test_a_changed_rate_is_the_one_that_is_used(tmp_path):
    session = Session(tmp_path)
    session.do(TrainJob(small("gan"), tmp_path, "run", steps=2))
    session.do(TrainJob(small("gan"), tmp_path, "run", steps=4, resume=True, changes=("g_rate=0.123",)))
    plain = checkpoints.load_newest(tmp_path / "run", pytest.fail)[1]
    assert plain["optimisers"]["generator"][0]["lr"] == 0.123


def test_what_the_run_has_learned_cannot_be_changed(run):
    job = TrainJob(run.recipe, run.folder.parent, "run", steps=9, resume=True, changes=("latent=5",))
    final = Session(run.folder.parent).run(job)
    assert final.refused
    assert "Latent size belongs to what the run has learned" in final.reason


def test_data_that_shrank_is_said_and_gives_no_empty_batch(tmp_path):
    from PIL import Image

    from studio import events
    from tests.fakes import Listener

    (tmp_path / "p").mkdir()
    for index in range(20):
        Image.effect_noise((8, 8), 60).save(tmp_path / "p" / f"{index:02}.png")
    recipe = small("gan", "batch=5", "limit=0", "source=folder", f"root={tmp_path / 'p'}")
    session, listener = Session(tmp_path / "r"), Listener()
    session.do(TrainJob(recipe, tmp_path / "r", "run", steps=3))
    for index in range(10):
        (tmp_path / "p" / f"{index:02}.png").unlink()
    final = session.run(TrainJob(recipe, tmp_path / "r", "run", steps=9, resume=True), listener)
    assert isinstance(final, events.Done)
    assert any("not the ones this run began with" in message.text for message in listener.of(events.Message))


def test_a_run_from_a_machine_with_a_gpu_goes_on_without(run):
    import json as plain

    config = plain.loads((run.folder / "config.json").read_text())
    config["machine"]["device"] = "cuda:7"
    (run.folder / "config.json").write_text(plain.dumps(config))
    Session(run.folder.parent).do(TrainJob(run.recipe, run.folder.parent, "run", steps=5, resume=True))
    assert runs.open_run(run.folder).state.step == 5


@pytest.mark.parametrize("text", ['{"step": "twelve"}', '{"step": null}', '{"losses": 3}', "[]", '{"unknown": 1}'])
def test_a_summary_edited_to_nonsense_is_only_called_damaged(run, text):
    (run.folder / "state.json").write_text(text)
    assert runs.open_run(run.folder).state.status == "damaged"
    assert len(runs.list_runs(run.folder.parent)[0]) == 1


def test_a_damaged_line_of_figures_is_passed_over(run):
    (run.folder / "evaluations.jsonl").write_text('{"step": 1, "val loss": 2}\n{"step": oops}\n[1]\n')
    assert runs.open_run(run.folder).evaluations() == [{"step": 1, "val loss": 2}]


def test_out_of_memory_before_the_first_step_leaves_no_run(tmp_path, monkeypatch):
    import torch

    from studio.training import training

    def full(*args):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(training, "TrainState", full)
    final = Session(tmp_path).run(TrainJob(small("gan"), tmp_path, "run", steps=3))
    assert "memory of the device is full" in final.reason
    assert not (tmp_path / "run").exists()
