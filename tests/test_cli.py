"""The terminal as scripts see it: output, files, exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image as Pillow

from studio import cli
from studio.training import runs

ROOT = Path(__file__).parents[1]
QUICK = ["--set", "size=8", "--set", "latent=4", "--set", "hidden=8", "--batch", "8", "--set", "threads=1"]


def info(path):
    """Size and text of a picture file."""
    with Pillow.open(path) as image:
        return image.size, image.info


def train(tmp_path, *more):
    return cli.main(["train", "gan", "--data", "digits", "--runs", str(tmp_path / "runs"), *QUICK, *more])


def test_train_resume_sample_and_list(tmp_path, capsys):
    assert train(tmp_path, "--name", "one", "--steps", "3") == 0
    folder = str(tmp_path / "runs")
    assert cli.main(["train", "gan", "--runs", folder, "--name", "one", "--steps", "5", "--resume"]) == 0
    assert cli.main(["sample", "one", "--runs", folder, "--count", "6", "--out", str(tmp_path / "grid.png")]) == 0
    assert info(tmp_path / "grid.png")[1]["model"] == "one"
    assert cli.main(["sample", "one@0", "--runs", folder, "--count", "3", "--out", str(tmp_path / "single")]) == 0
    assert len(list((tmp_path / "single").glob("*.png"))) == 3
    assert cli.main(["film", "one", "--runs", folder, "--out", str(tmp_path / "film.mp4"), "--seconds", "1"]) == 0
    capsys.readouterr()
    assert cli.main(["runs", "--runs", folder, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["step"], row["status"]) == ("one", 5, "done")


def test_epochs_are_passes_over_the_data(tmp_path):
    assert train(tmp_path, "--name", "one", "--epochs", "2", "--set", "limit=40") == 0
    assert runs.open_run(tmp_path / "runs" / "one").state.step == 2 * (40 // 8)


@pytest.mark.parametrize("listing", [["models"], ["models", "--families"], ["data"], ["runs"]])
def test_listings_are_json_when_asked(listing, capsys):
    assert cli.main([*listing, "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)
    assert cli.main(listing) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "foo"], "no family 'foo'"),
        (["train", "gan", "--data", "foo"], "foo"),
        (["train", "gan", "--steps", "x"], "--steps"),
        (["train", "gan", "--steps", "0"], "--steps"),
        (["train", "gan", "--set", "nonsense"], "key=value"),
        (["train", "gan", "--set", "colour_of=1"], "no setting 'colour_of'"),
        (["train", "gan", "--set", "d_rate=0"], "D learning rate must be at least"),
        (["train", "gan", "--set", "d_rate=-1"], "D learning rate must be at least"),
        (["train", "gan", "--set", "d_rate=fast"], "is a number"),
        (["train", "gan", "--device", "quantum"], "device 'quantum' is unknown"),
        (["train", "gan", "--device", "cuda:99"], "GPU"),
        (["train", "gan", "--precision", "float8"], "float8"),
        (["train", "gan", "--batch", "5000"], "larger than the data"),
        (["train", "dcgan", "--data", "digits", "--size", "48"], "power of two"),
        (["train", "gan", "--resume"], "--resume --name"),
        (["train", "gan", "--resume", "--name", "none"], "none"),
        (["train", "gan", "--preset", "none"], "no preset 'none'"),
        (["train", "gan", "--data", "folder"], "folder"),
        (["train", "gan", "--data", "folder", "--root", "/does/not/exist"], "/does/not/exist"),
        (["train", "vae", "--data", "mnist", "--root", "/does/not/exist"], "/does/not/exist"),
        (["sample", "none", "--out", "x.png"], "no model or run named 'none'"),
        (["nonsense"], "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refusals_are_one_sentence_and_status_two(arguments, words, tmp_path, capsys):
    if arguments[0] == "train":
        arguments = [*arguments, "--runs", str(tmp_path / "runs")]
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2, said
    assert not (tmp_path / "runs").exists(), "nothing was written"


def test_reconstruct_names_the_bad_file_and_goes_on(tmp_path, capsys):
    folder = tmp_path / "runs"
    sets = ["--set", "size=8", "--set", "width=4", "--set", "latent=2", "--batch", "8", "--set", "threads=1"]
    assert (
        cli.main(["train", "vae", "--data", "digits", "--steps", "2", "--runs", str(folder), "--name", "v", *sets]) == 0
    )
    Pillow.new("RGB", (30, 20), "red").save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("not a picture")
    inputs = [str(tmp_path / "good.png"), str(tmp_path / "bad.png")]
    assert cli.main(["reconstruct", "v", *inputs, "--runs", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "bad.png" in capsys.readouterr().err
    assert info(tmp_path / "out" / "good.png")[0] == (8, 8)


def test_ctrl_c_stops_with_a_checkpoint(tmp_path):
    command = [
        sys.executable,
        "-m",
        "studio",
        "train",
        "gan",
        "--data",
        "digits",
        "--runs",
        str(tmp_path),
        "--name",
        "one",
    ]
    process = subprocess.Popen(
        [*command, *QUICK, "--steps", "10000000"], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    history = tmp_path / "one" / "history.csv"
    deadline = time.monotonic() + 90
    while not history.exists() and time.monotonic() < deadline and process.poll() is None:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "stopped at step" in out
    assert "Traceback" not in err
    run = runs.open_run(tmp_path / "one")
    assert run.state.status == "stopped"
    assert runs.numbered(run.folder / "checkpoints") == [run.state.step]


def test_without_a_screen_the_window_says_so_and_runs_the_demo(monkeypatch, capsys):
    from studio import __main__ as entry
    from studio.gui import screen

    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["latent-studio"])
    ran = []
    monkeypatch.setattr(cli, "main", lambda arguments: ran.append(arguments) or 0)
    assert entry.main() == 0
    assert ran == [["demo"]]
    said = capsys.readouterr().err
    assert said.startswith("There is no screen")
    assert len(said.strip().splitlines()) == 1
    monkeypatch.setenv("DISPLAY", ":987")
    assert screen.missing() is not None
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert screen.missing() is None


def test_the_demo_writes_its_pictures(tmp_path, capsys):
    assert cli.main(["demo", "--out", str(tmp_path / "demo"), "--seconds", "0.5"]) == 0
    said = capsys.readouterr().out
    for name in ("losses.png", "samples.png"):
        assert info(tmp_path / "demo" / name)[0][0] > 100
        assert name in said


def small_training(tmp_path, family, name, *settings):
    """Train a tiny model from the terminal."""
    from tests.fakes import SMALL

    given = [word for setting in (*SMALL[family], "batch=4", "threads=1", *settings) for word in ("--set", setting)]
    runs_folder = str(tmp_path / "runs")
    arguments = ["train", family, "--data", "digits", "--runs", runs_folder, "--name", name, "--steps", "2"]
    assert cli.main([*arguments, *given]) == 0
    return runs_folder


def test_a_class_is_asked_for(tmp_path, capsys):
    folder = small_training(tmp_path, "cgan", "numbers", "limit=60")
    made = {}
    for asked in ("3", "8"):
        made[asked] = tmp_path / f"{asked}.png"
        arguments = ["sample", "numbers", "--runs", folder, "--count", "4", "--class", asked, "--out", str(made[asked])]
        assert cli.main(arguments) == 0
        assert info(made[asked])[1]["asked for"] == asked
    assert made["3"].read_bytes() != made["8"].read_bytes()
    capsys.readouterr()
    wrong = ["sample", "numbers", "--runs", folder, "--class", "eleven", "--out", str(tmp_path / "x.png")]
    assert cli.main(wrong) == 2
    assert "no class 'eleven'" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_pictures_are_translated_and_the_bad_file_is_named(tmp_path, capsys):
    folder = small_training(tmp_path, "cyclegan", "between")
    Pillow.new("RGB", (20, 12), (200, 10, 10)).save(tmp_path / "good.jpg")
    (tmp_path / "bad.png").write_bytes(b"nothing")
    files = [str(tmp_path / "good.jpg"), str(tmp_path / "bad.png")]
    out = tmp_path / "out"
    assert cli.main(["translate", "between", *files, "--runs", folder, "--out", str(out)]) == 1
    assert "bad.png" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["good.png"]
    assert info(out / "good.png")[0] == (8, 8)
    assert cli.main(["translate", "between", files[0], "--runs", folder, "--out", str(out), "--direction", "up"]) == 2
    assert "It translates:" in capsys.readouterr().err


def test_a_classifier_judges_samples(tmp_path, capsys):
    folder = small_training(tmp_path, "cgan", "numbers", "limit=60")
    small_training(tmp_path, "classifier", "reader", "limit=60")
    capsys.readouterr()
    assert cli.main(["judge", "numbers", "--by", "reader", "--runs", folder, "--count", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["samples"]
    assert found["pictures"] == 20
    assert cli.main(["judge", "numbers", "--by", "numbers", "--runs", folder]) == 2
    assert "does not classify" in capsys.readouterr().err


def test_the_label_curve_is_drawn(tmp_path, capsys):
    folder = small_training(tmp_path, "autoencoder", "encoder", "limit=60")
    out = tmp_path / "curve"
    given = ["--set", "size=8", "--set", "batch=8", "--set", "shift=0", "--set", "limit=60", "--set", "threads=1"]
    arguments = ["label-curve", "encoder", "--runs", folder, "--out", str(out), "--steps", "2", *given]
    assert cli.main([*arguments, "--labels", "2,all"]) == 0
    assert json.loads((out / "accuracy.json").read_text())["labels a class"] == ["2", "all"]
    assert (out / "accuracy.png").exists()
    assert cli.main([*arguments, "--labels", "some"]) == 2
    assert "write numbers" in capsys.readouterr().err
