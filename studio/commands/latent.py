"""The terminal's commands about a whole code space: where data lies, what directions do, maps, TensorBoard's projector.

``register`` adds them to the program; printing is left to :mod:`studio.commands.running`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio import config
from studio.commands.running import finish, run_job
from studio.errors import Refused
from studio.events import Done, Failed, Final
from studio.session import Session

if TYPE_CHECKING:
    import numpy as np

    from studio.data.config import DataConfig
    from studio.latent.embedding import Embedding
    from studio.latent.latent_space import LatentSpace
    from studio.models.library import Card

Model = Annotated[str, typer.Argument(help="A model's name, a run (or run@step), or a folder.")]
Data = Annotated[str | None, typer.Option(help="A data source; without one the model's own pictures.")]
Root = Annotated[Path | None, typer.Option(help="The folder with the pictures.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A data setting.")]
Seed = Annotated[int, typer.Option(help="Same seed, same codes.")]
CodeFile = Annotated[Path | None, typer.Option("--code", help="A file with a code (.png or .json).")]
Wanted = Annotated[str, typer.Option("--class", help="What to ask a conditional model for.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, … or mps.")]
Runs = Annotated[Path | None, typer.Option("--runs", help="Folder of the runs (default: your data folder).")]
Principal = Annotated[bool, typer.Option("--principal", help="Principal directions instead of the code's dimensions.")]


def register(app: typer.Typer) -> None:
    """Add the commands ``embed``, ``projector``, ``map`` and ``traverse``."""
    app.command()(embed)
    app.command()(projector)
    app.command("map")(map_)
    app.command()(traverse)


def embed(
    model: Model,
    out_: Annotated[Path, typer.Option("--out", help="A .csv for the points; a picture .png is put beside it.")],
    data: Data = None,
    root: Root = None,
    set_: Set = None,
    limit: Annotated[int, typer.Option(help="Points at most (0: 10,000 pictures, 2,000 codes).")] = 0,
    tsne: Annotated[bool, typer.Option("--tsne", help="t-SNE too, not PCA alone.")] = False,
    perplexity: Annotated[float, typer.Option(help="Of t-SNE: about how many neighbours count.")] = 30.0,
    seed: Seed = 0,
    wanted: Wanted = "",
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Write where pictures lie in a model's code space: PCA (and t-SNE) coordinates as .csv, and a scatter plot."""
    from studio.latent.embedding import pca_points
    from studio.latent.map_jobs import EmbedJob, TsneJob

    if out_.suffix.lower() != ".csv":
        raise Refused(f"{out_.name}: the points are a table, so its name must end in .csv.")
    session = Session(runs)
    job = EmbedJob(_folder(model, session), _data(data, root, set_), limit, seed, wanted, device)
    final = run_job(session, job)
    if not isinstance(final, Done):
        return finish(final)
    columns = {"pca": pca_points(final.result.features)}
    if tsne:
        laid = run_job(session, TsneJob(final.result.features, perplexity, seed=seed))
        if isinstance(laid, Failed) or laid.result is None:
            return finish(laid)
        columns["tsne"] = laid.result
    return finish(_written(out_, final.result, columns, final.text))


def projector(
    model: Model,
    out_: Annotated[Path, typer.Option("--out", help="A new folder.")],
    data: Data = None,
    root: Root = None,
    set_: Set = None,
    limit: Annotated[int, typer.Option(help="Points at most.")] = 5000,
    seed: Seed = 0,
    wanted: Wanted = "",
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Write codes, classes and thumbnails for TensorBoard's projector: tensorboard --logdir OUT."""
    from studio.latent.map_jobs import ProjectorJob

    session = Session(runs)
    job = ProjectorJob(_folder(model, session), out_, _data(data, root, set_), limit, seed, wanted, device)
    return finish(run_job(session, job))


def map_(
    model: Model,
    out_: Annotated[Path, typer.Option("--out", help="A .png.")],
    rows: Annotated[int, typer.Option(help="Pictures a side.")] = 20,
    axes: Annotated[str, typer.Option(help="Two dimensions of the code, from 1.")] = "1,2",
    quantiles: Annotated[bool, typer.Option("--quantiles", help="Equal shares of a normal distribution.")] = False,
    area: Annotated[float, typer.Option(help="How far from the middle (0: as far as codes usually reach).")] = 0.0,
    principal: Principal = False,
    data: Data = None,
    root: Root = None,
    set_: Set = None,
    code: CodeFile = None,
    seed: Annotated[int | None, typer.Option(help="The other dimensions from this seed (default: zeros).")] = None,
    wanted: Wanted = "",
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Write a map of a code space: a plane of codes as a grid of pictures."""
    from studio.latent.map_jobs import ManifoldJob

    session = Session(runs)
    folder = _folder(model, session)
    about = _space(folder)
    base = _base(about, code, seed)
    chosen: dict[str, Any] = {"base": base, "axes": _axes(axes), "quantiles": quantiles}
    if principal:
        if quantiles:
            raise Refused("Quantiles go with two dimensions of the code. Leave out --quantiles or --principal.")
        embedded = _embedded(session, folder, _data(data, root, set_), wanted, device)
        if not isinstance(embedded, Done):
            return finish(embedded)
        chosen = {"plane": _principal_plane(embedded.result, base)}
    return finish(run_job(session, ManifoldJob(folder, out_, rows, area=area, wanted=wanted, device=device, **chosen)))


def traverse(
    model: Model,
    out_: Annotated[Path, typer.Option("--out", help="A .png.")],
    rows: Annotated[int, typer.Option(help="The strongest directions (0: all).")] = 10,
    columns: Annotated[int, typer.Option(help="Pictures a row.")] = 7,
    reach: Annotated[float, typer.Option(help="Standard deviations to either side.")] = 3.0,
    principal: Principal = False,
    data: Data = None,
    root: Root = None,
    set_: Set = None,
    code: CodeFile = None,
    seed: Seed = 0,
    wanted: Wanted = "",
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Write what each dimension of a code does to a picture: a row each, the strongest on top.

    The picture is that of --code or --seed; with --data the mean of the data, and the steps are its spread.
    """
    import numpy as np

    from studio.latent.map_jobs import TraverseJob, TraverseSheetJob

    session = Session(runs)
    folder = _folder(model, session)
    about = _space(folder)
    source = _data(data, root, set_)
    base, directions, spreads = _base(about, code, None), None, None
    if principal or source is not None:
        embedded = _embedded(session, folder, source, wanted, device)
        if not isinstance(embedded, Done):
            return finish(embedded)
        found = embedded.result.principal
        directions, spreads = (found.directions, found.spreads) if principal else (None, embedded.result.codes.std(0))
        base = found.mean if base is None and source is not None else base
    if base is None:
        base = _drawn(about, seed)
    job = TraverseJob(folder, np.array(base), directions, spreads, reach, columns, rows, wanted, device=device)
    return finish(run_job(session, TraverseSheetJob(job, out_)))


def _folder(model: str, session: Session) -> str:
    from studio.models import library

    return str(library.find(model, session.runs))


def _data(source: str | None, root: Path | None, settings: list[str] | None) -> DataConfig | None:
    from studio.data.config import DataConfig

    given = [*([f"source={source}"] if source else []), *([f"root={root}"] if root else []), *(settings or [])]
    return config.assigned(DataConfig(), given) if given else None


def _space(folder: str) -> LatentSpace:
    from studio.latent import latent_space

    return latent_space.describe(_card(folder))


def _card(folder: str) -> Card:
    from studio.models import library

    return library.read_card(Path(folder))


def _axes(text: str) -> tuple[int, int]:
    words = [word.strip() for word in text.split(",")]
    if len(words) != 2 or not all(word.isdigit() for word in words):
        raise Refused(f"--axes {text!r}: write two numbers with a comma between them, as in 1,2.")
    return int(words[0]) - 1, int(words[1]) - 1


def _base(about: LatentSpace, code: Path | None, seed: int | None) -> np.ndarray | None:
    """The code (D,) in a file or of a seed; None when neither was given."""
    from studio.latent import codes

    if code is not None:
        found = codes.load(code)
        about.check(found)
        return found.values
    return None if seed is None else _drawn(about, seed)


def _drawn(about: LatentSpace, seed: int) -> np.ndarray:
    from studio.latent import space

    if about.prior is None:
        raise Refused(f"{about.model} cannot draw codes by itself. Name a --code, or --data to be encoded.")
    return space.codes(about.prior, seed, 1)[0].numpy()


def _embedded(session: Session, folder: str, source: DataConfig | None, wanted: str, device: str) -> Final:
    from studio.latent.map_jobs import EmbedJob

    return run_job(session, EmbedJob(folder, source, wanted=wanted, device=device))


def _principal_plane(found: Embedding, base: np.ndarray | None) -> object:
    """The plane of the two first principal directions, one step of it being σ."""
    from studio.latent import planes

    mean, directions, spreads = found.principal
    if len(directions) < 2:
        raise Refused("These codes spread in one direction only, so there is no plane of two.")
    across, up = directions[:2] * spreads[:2, None]
    return planes.of_directions(mean if base is None else base, across, up, ("principal 1", "principal 2"))


def _written(out: Path, found: Embedding, columns: dict[str, np.ndarray], text: str) -> Done:
    """Write the table and the scatter plot of its last columns."""
    import csv
    import io

    from studio import atomic
    from studio.imaging import grids
    from studio.imaging.scatter import scatter

    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["number", "class", *(f"{name}_{axis}" for name in columns for axis in "xy")])
    for index in range(len(found)):
        name = "" if found.labels is None else found.classes[int(found.labels[index])]
        writer.writerow([index, name, *(f"{value:.6g}" for points in columns.values() for value in points[index])])
    atomic.write_text(out, table.getvalue())
    last, points = list(columns.items())[-1]
    title = f"{len(found):,} codes of {found.model}, {'t-SNE' if last == 'tsne' else 'PCA'}"
    picture = scatter(points, found.labels, found.classes, title)
    grids.save_png(out.with_suffix(".png"), picture, {"model": found.model, "stamp": found.stamp[:16]})
    return Done(f"{text}: {out} and {out.with_suffix('.png').name}")
