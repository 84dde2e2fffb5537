"""The terminal. Whatever the window does, this does; it is the only file that prints.

Exit status: 0 all done (also when stopped by Ctrl-C, with a checkpoint); 1 some inputs failed, each named on standard
error; 2 wrong usage or refused input, in one sentence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio import config, models, resources
from studio.commands import codes, latent
from studio.commands.running import finish, picture_files, run_job, some_failed
from studio.control import Control
from studio.errors import Refused, StudioError, sentence
from studio.events import Failed, TrainEvent
from studio.session import Session
from studio.terminal import err, out, show

if TYPE_CHECKING:
    from studio.training.recipe import Recipe

app = typer.Typer(
    name="latent-studio",
    help="Train generative image models, sample them, look after the runs. Without a command: the window.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Runs = Annotated[Path | None, typer.Option("--runs", help="Folder of the runs (default: your data folder).")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, … or mps.")]


DEMO = ("threads=1", "size=16", "width=24", "dropout=0.2", "d_rate=2e-4", "g_rate=4e-4", "schedule=constant")
"""small enough that one thread does thousands of steps in a minute, also on a busy machine"""


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    usage_error: Any = typer.BadParameter.__base__
    try:
        return app(arguments, standalone_mode=False) or 0
    except usage_error as error:
        known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
        command = f"{arguments[0]} " if arguments and arguments[0] in known else ""
        return _refuse(f"{error.format_message().rstrip('.')}. See: latent-studio {command}--help")
    except (StudioError, OSError) as error:
        return _refuse(sentence(error))
    except typer.Exit as leave:
        return leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _refuse("Ended at once, as asked.")


@app.command()
def train(
    family: Annotated[str, typer.Argument(help="A family: see latent-studio models --families")],
    data: Annotated[str | None, typer.Option(help="A data source: see latent-studio data")] = None,
    root: Annotated[Path | None, typer.Option(help="The folder with the pictures.")] = None,
    preset: Annotated[str | None, typer.Option(help="A named starting point of the family.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train up to this step.")] = None,
    epochs: Annotated[float | None, typer.Option(min=0.001, help="Train for so many passes over the data.")] = None,
    batch: Annotated[int | None, typer.Option(help="Pictures a step.")] = None,
    size: Annotated[int | None, typer.Option(help="Pixels a side.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same run.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:0, … or mps.")] = None,
    precision: Annotated[str | None, typer.Option(help="auto, float32 or bfloat16.")] = None,
    runs: Runs = None,
    name: Annotated[str, typer.Option(help="Name of the run (default: family-data-1, …).")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run of that name.")] = False,
) -> int:
    """Train a model and watch the losses. Ctrl-C stops cleanly with a checkpoint; --resume goes on."""
    from studio.training import recipe as recipes
    from studio.training.jobs import TrainJob

    if resume and not name:
        raise Refused("Say which run to go on with: --resume --name NAME (latent-studio runs lists them).")
    given = {"source": data, "root": root, "batch": batch, "size": size, "seed": seed}
    given |= {"device": device, "precision": precision}
    assignments = [f"{key}={value}" for key, value in given.items() if value is not None] + (set_ or [])
    session = Session(runs)
    if resume:
        chosen = _same_family(session.runs, name, family, preset)
        job = TrainJob(chosen, session.runs, name, steps, epochs, resume, tuple(assignments))
    else:
        chosen = recipes.from_preset(family, preset) if preset or not data else recipes.for_data(family, data)
        job = TrainJob(chosen.with_settings(assignments), session.runs, name, steps, epochs)
    return finish(run_job(session, job, quiet=int(os.environ.get("RANK", "0")) > 0))


@app.command()
def sample(
    model: Annotated[str, typer.Argument(help="A model's name, a run (or run@step), or a folder.")],
    out_: Annotated[Path, typer.Option("--out", help="A .png for one grid, a folder for single pictures.")],
    count: Annotated[int, typer.Option(help="How many pictures.")] = 64,
    seed: Annotated[int, typer.Option(help="Same seed, same pictures.")] = 0,
    wanted: Annotated[str, typer.Option("--class", help="What to make: a class, or attributes with commas.")] = "",
    truncation: Annotated[float, typer.Option(help="Below 1: safer, less varied.")] = 1.0,
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Make pictures with a trained model."""
    from studio.latent.jobs import SampleJob
    from studio.models import library

    session = Session(runs)
    folder = library.find(model, session.runs)
    return finish(run_job(session, SampleJob(folder, out_, count, seed, truncation, device, wanted)))


@app.command()
def reconstruct(
    model: Annotated[str, typer.Argument(help="A model that encodes (a VAE).")],
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    out_: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Encode pictures and decode them again; results get the same names, as .png."""
    from studio.latent.jobs import ReconstructJob
    from studio.models import library

    session = Session(runs)
    files = picture_files(inputs)
    return some_failed(run_job(session, ReconstructJob(library.find(model, session.runs), files, out_, device)))


@app.command()
def translate(
    model: Annotated[str, typer.Argument(help="A model that translates (pix2pix, CycleGAN, UNIT).")],
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    out_: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    direction: Annotated[str, typer.Option(help="One of the model's directions (default: its first).")] = "",
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Translate pictures; results get the same names, as .png."""
    from studio.latent.jobs import TranslateJob
    from studio.models import library

    session = Session(runs)
    files = picture_files(inputs)
    job = TranslateJob(library.find(model, session.runs), files, out_, direction, device)
    return some_failed(run_job(session, job))


@app.command("label-curve")
def label_curve(
    parent: Annotated[str, typer.Argument(help="A trained model that encodes, or the run of a GAN.")],
    out_: Annotated[Path, typer.Option("--out", help="Folder for the curve.")],
    data: Annotated[str, typer.Option(help="A data source with classes.")] = "digits",
    root: Annotated[Path | None, typer.Option(help="The folder with the pictures.")] = None,
    labels: Annotated[str, typer.Option(help="Labels a class, with commas; all for every one.")] = "10,30,100,300,all",
    steps: Annotated[int, typer.Option(min=1, help="Steps of each training.")] = 1000,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")] = None,
    name: Annotated[str, typer.Option(help="What the runs' names begin with.")] = "labels",
    runs: Runs = None,
) -> int:
    """Accuracy over the number of labels: a classifier on a trained encoder against one from scratch."""
    from studio.training import recipe as recipes
    from studio.training.jobs import LabelCurveJob

    session = Session(runs)
    given = [f"parent={parent}", f"horizon={steps}", "validate_every=100000", *(set_ or [])]
    given += [f"root={root}"] if root else []
    recipe = recipes.for_data("classifier", data).with_settings(given)
    counts = tuple(_label_count(word) for word in labels.split(","))
    return finish(run_job(session, LabelCurveJob(recipe, session.runs, name, counts, out_)))


@app.command()
def judge(
    model: Annotated[str, typer.Argument(help="A model that samples or translates.")],
    by: Annotated[str, typer.Option(help="The classifier that judges.")],
    count: Annotated[int, typer.Option(min=1, help="How many pictures.")] = 1000,
    seed: Annotated[int, typer.Option(help="Same seed, same pictures.")] = 0,
    wanted: Annotated[str, typer.Option("--class", help="What to make: a class of the model.")] = "",
    data: Annotated[str | None, typer.Option(help="For translations: a data source.")] = None,
    root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A data setting.")] = None,
    device: Device = "auto",
    runs: Runs = None,
    as_json: Json = False,
) -> int:
    """Let a classifier read what a model makes: how surely, and is it what was asked for?"""
    from studio.data.config import DataConfig
    from studio.latent.jobs import JudgeJob
    from studio.models import library

    session = Session(runs)
    given = [*([f"source={data}"] if data else []), *([f"root={root}"] if root else []), *(set_ or [])]
    source = config.assigned(DataConfig(), given) if given else None
    job = JudgeJob(
        library.find(model, session.runs), library.find(by, session.runs), count, seed, wanted, source, device
    )
    final = run_job(session, job, quiet=as_json)
    if as_json and not isinstance(final, Failed):
        out.print_json(data=final.result)
        return 0
    return finish(final)


@app.command()
def film(
    run: Annotated[str, typer.Argument(help="Name of a run.")],
    out_: Annotated[Path, typer.Option("--out", help=".mp4, .gif, or a folder for PNG frames.")],
    fps: Annotated[int, typer.Option(min=1, max=60, help="Frames a second.")] = 12,
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 8.0,
    runs: Runs = None,
) -> int:
    """Export how a run's pictures grew as a film."""
    from studio.training.jobs import FilmJob

    session = Session(runs)
    return finish(run_job(session, FilmJob(session.runs / run, out_, fps, seconds)))


@app.command("runs")
def list_runs(runs: Runs = None, as_json: Json = False) -> int:
    """List the runs."""
    from studio.training import runs as folders

    if runs is not None and not runs.is_dir():
        raise Refused(f"There is no folder {runs}.")
    found, damaged = folders.list_runs(Session(runs).runs)
    rows = [
        {
            "name": run.name,
            "family": run.recipe.family,
            "data": run.recipe.data.source,
            "step": run.state.step,
            "status": run.state.status,
            "seconds": run.state.seconds,
            "losses": run.state.losses,
            "updated": run.state.updated[:16].replace("T", " "),
            "folder": str(run.folder),
        }
        for run in found
    ]
    show(
        rows,
        as_json,
        "name family data step status losses updated",
        "No runs yet. Start one: latent-studio train dcgan --data digits",
    )
    for problem in damaged:
        err.print(problem, style="yellow", markup=False, soft_wrap=True)
    return 1 if damaged else 0


@app.command("models")
def list_models(
    families: Annotated[bool, typer.Option("--families", help="List what can be trained instead.")] = False,
    as_json: Json = False,
) -> int:
    """List trained models (shipped and your own), or with --families what can be trained."""
    from studio.models import library

    if families:
        rows: list[dict[str, Any]] = [
            {
                "family": f.id,
                "title": f.title,
                "lecture": f.lecture,
                "can": list(f.capabilities()),
                "presets": [p.id for p in f.presets],
                "settings": {o.name: o.default for o in config.options(f.config)},
                "summary": f.summary,
            }
            for f in models.FAMILIES
        ]
        show(rows, as_json, "family title presets summary", "")
        return 0
    rows = [
        {
            "name": card.name,
            "title": card.title,
            "family": card.family,
            "size": card.size,
            "can": list(card.record.capabilities()),
            "figures": dict(card.figures),
            "folder": str(folder),
        }
        for card, folder in library.list_models()
    ]
    show(rows, as_json, "name title family size can", "No models yet.")
    return 0


@app.command("data")
def list_data(as_json: Json = False) -> int:
    """List the data sources."""
    from studio.data import registry

    rows = [
        {
            "source": s.id,
            "title": s.title,
            "root": s.root,
            "size": s.native_size,
            "summary": s.summary,
            "licence": s.licence,
        }
        for s in registry.SOURCES
    ]
    show(rows, as_json, "source root size summary", "")
    return 0


@app.command()
def doctor(as_json: Json = False) -> int:
    """Check the installation: each part, and what to do where something is wrong."""
    from studio import installation

    rows = [{"part": c.part, "ok": c.ok, "found": c.found, "remedy": c.remedy} for c in installation.check()]
    show(rows, as_json, "part ok found remedy", "")
    return 0 if all(row["ok"] for row in rows) else 1


@app.command()
def demo(
    out_: Annotated[Path, typer.Option("--out", help="Folder for the pictures.")] = Path("demo"),
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to train.")] = 60.0,
) -> int:
    """Train a DCGAN on handwritten digits for a minute; write the loss plot and a grid of samples."""
    from studio.imaging import grids, plot
    from studio.latent.jobs import SampleJob
    from studio.training import recipe as recipes
    from studio.training import runs as folders
    from studio.training.jobs import TrainJob

    session = Session(out_ / "runs")
    control = Control()

    def watch(event: Any) -> None:
        if isinstance(event, TrainEvent) and event.seconds > seconds:
            control.stop()

    recipe = recipes.from_preset("dcgan", "digits").with_settings(DEMO)
    final = run_job(session, TrainJob(recipe, session.runs), control=control, also=watch)
    if isinstance(final, Failed):
        return finish(final)
    run = folders.open_run(final.result)
    history = run.history()
    if history is None:
        raise StudioError("The demo was stopped before its first step. Run it again.")
    losses = [curve for curve in run.recipe.about.curves(run.recipe.model) if curve.plot == "loss"]
    picture = plot.curves(
        {curve.name: history.column(curve.name) for curve in losses},
        f"{run.name}: {len(history):,} steps",
        colours=[plot.PLAYERS[curve.player] for curve in losses],
    )
    grids.save_png(out_ / "losses.png", picture)
    finish(run_job(session, SampleJob(run.moment(run.moments()[-1]), out_ / "samples.png")))
    out.print(
        f"Losses: {out_ / 'losses.png'}\nSamples: {out_ / 'samples.png'}\nThe run: {run.folder}",
        markup=False,
        soft_wrap=True,
    )
    return 0


@app.command("help")
def help_() -> int:
    """Where everything is."""
    out.print(f"Runs: {resources.default_runs()}\nYour models: {resources.user_models()}", markup=False, soft_wrap=True)
    return 0


codes.register(app)
latent.register(app)


def _label_count(word: str) -> int:
    """A number of labels a class; "all" is 0."""
    if word.strip() != "all" and not (word.strip().isdigit() and int(word) > 0):
        raise Refused(f"--labels {word!r}: write numbers with commas between them, or all.")
    return 0 if word.strip() == "all" else int(word)


def _same_family(runs: Path, name: str, family: str, preset: str | None) -> Recipe:
    """The recipe of a run that goes on, refused when the command names another family or a preset."""
    from studio.training import runs as folders

    run = folders.open_run(runs / folders.check_name(name))
    if run.recipe.family != family:
        raise Refused(f"The run {name} is a {run.recipe.family}, not a {family}: train {run.recipe.family} --resume …")
    if preset:
        raise Refused("A run goes on with its own settings; leave out --preset, or change single ones with --set.")
    return run.recipe


def _refuse(text: str) -> int:
    err.print(text, style="red", markup=False, soft_wrap=True)
    return 2
