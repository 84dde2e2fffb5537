"""The terminal's commands for codes: search, walk, mix, code, render.

A code is named by its file (.png or .json), or as ``seed:7``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from studio.commands.running import finish, picture_files, run_job
from studio.control import Control
from studio.errors import Cancelled, Refused, StudioError
from studio.events import Decoded, Failed, Final
from studio.latent import arithmetic, codes, latent_space
from studio.latent.codes import Code
from studio.latent.jobs import CodesRequest
from studio.latent.latent_space import LatentSpace
from studio.latent.search_jobs import WAYS, Found, LatentFilmJob, SearchJob, SeedCodesJob
from studio.session import Session
from studio.terminal import err, out, show

SEED = "seed:"
MOST = 1000
"""seeds in one range"""
ModelName = Annotated[str, typer.Argument(help="A model's name, a run (or run@step), or a folder.")]
Wanted = Annotated[str, typer.Option("--class", help="A class, or attributes with commas, of a conditional model.")]
Truncation = Annotated[float, typer.Option(help="For seeds; below 1: safer, less varied.")]
Runs = Annotated[Path | None, typer.Option("--runs", help="Folder of the runs (default: your data folder).")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, … or mps.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (search, walk, mix, code, render):
        app.command(command.__name__)(command)


def search(
    model: ModelName,
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    out_: Annotated[Path, typer.Option("--out", help="Folder for the codes: a .png with its code for each picture.")],
    how: Annotated[str, typer.Option(help="auto, encoder, optimisation or both.")] = "auto",
    steps: Annotated[int, typer.Option(min=1, help="Steps of the optimisation.")] = 300,
    starts: Annotated[int, typer.Option(min=1, help="How many codes are followed at first.")] = 8,
    seed: Annotated[int, typer.Option(help="Same seed, same codes.")] = 0,
    wanted: Annotated[str, typer.Option("--class", help="Its class in a conditional model (default: tries all).")] = "",
    device: Device = "auto",
    runs: Runs = None,
    as_json: Json = False,
) -> int:
    """Find the codes of pictures. A picture that cannot be searched for is named and the others go on."""

    if how not in WAYS:
        raise Refused(f"--how {how!r}: choose one of {', '.join(WAYS)}.")
    session, folder, _ = _opened(model, runs)
    files, rows, failed, control = picture_files(inputs), [], 0, Control()
    taken: set[Path] = set()
    for path in files:
        job = SearchJob(folder, path, how, steps, seed, wanted, starts, device)
        try:
            target = _target(out_, path, taken)
            found = _result(run_job(session, job, quiet=as_json, control=control))
            codes.save(target, found.as_code(path.stem, f"{path.name} ({found.how})"))
            taken.add(target)
            rows.append(_row(path, target, found))
        except StudioError as error:
            failed += 1
            _complain(path, error)
        if control.stopped:
            break
    show(rows, as_json, "picture psnr error how class code", "No code was found.")
    return 1 if failed else 0


def walk(
    model: ModelName,
    out_: Annotated[Path, typer.Option("--out", help=".mp4, .gif, or a folder for PNG frames.")],
    seeds: Annotated[str, typer.Option(help="Seeds with commas: 1,2,3 (also 1-5).")] = "",
    code_: Annotated[list[str] | None, typer.Option("--code", metavar="FILE", help="A code; give several.")] = None,
    seconds: Annotated[float, typer.Option(help="From code to code.")] = 2.0,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 24.0,
    loop: Annotated[bool, typer.Option("--loop", help="Return to the first code.")] = False,
    blend: Annotated[str, typer.Option(help="auto, lerp or slerp.")] = "auto",
    smooth: Annotated[bool, typer.Option("--smooth", help="Round the corners.")] = False,
    ease: Annotated[bool, typer.Option("--ease", help="Slow down at every code.")] = False,
    truncation: Truncation = 1.0,
    wanted: Wanted = "",
    size: Annotated[int, typer.Option(help="Width in pixels, in whole multiples (0: automatic).")] = 0,
    device: Device = "auto",
    runs: Runs = None,
) -> int:
    """Write a film of the way from code to code."""
    session, folder, about = _opened(model, runs)
    names = [f"{SEED}{number}" for number in _numbers(seeds)] + list(code_ or [])
    if len(names) < 2:
        raise Refused("A walk needs at least two codes: --seeds 1,2,3 or --code FILE --code FILE.")
    keys = _codes(session, folder, about, names, truncation, wanted)
    word = wanted or _shared_word(keys)
    told = {"keys": ", ".join(key.name or key.source for key in keys), "truncation": f"{truncation:g}"}
    return finish(
        run_job(
            session,
            LatentFilmJob(
                folder,
                np.stack([key.values for key in keys]),
                out_,
                seconds,
                fps,
                blend,
                smooth,
                ease,
                loop=loop,
                wanted=word,
                size=size,
                about=told,
                device=device,
            ),
        )
    )


def mix(
    model: ModelName,
    plus: Annotated[list[str], typer.Option("--plus", metavar="CODE", help="A file, or seed:7; give several.")],
    out_: Annotated[Path, typer.Option("--out", help="The new code: .png with its picture, or .json.")],
    minus: Annotated[list[str] | None, typer.Option("--minus", metavar="CODE", help="What is taken away.")] = None,
    average: Annotated[bool, typer.Option("--average", help="The mean of the --plus codes instead.")] = False,
    truncation: Truncation = 1.0,
    wanted: Wanted = "",
    runs: Runs = None,
) -> int:
    """Reckon with codes: A − B + C is --plus A --minus B --plus C."""
    session, folder, about = _opened(model, runs)
    if average and minus:
        raise Refused("An average takes only --plus codes. Leave out --minus, or --average.")
    added = _codes(session, folder, about, plus, truncation, wanted)
    taken = _codes(session, folder, about, minus or [], truncation, wanted)
    # on a shell a sum is too long and a mean too short to look like data
    values = [code.values for code in added]
    if average:
        result = arithmetic.average(values, about.spherical)
    else:
        result = arithmetic.combine(values, [code.values for code in taken], about.spherical)
    sign = [*(f"+ {name}" for name in plus), *(f"− {name}" for name in minus or [])]
    source = f"mean of {', '.join(plus)}" if average else " ".join(sign).removeprefix("+ ")
    made = Code(result, about.model, about.stamp, wanted or _shared_word([*added, *taken]), out_.stem, source)
    return _saved(session, folder, made, out_)


def code(
    model: ModelName,
    seed: Annotated[int, typer.Option(help="The seed.")],
    out_: Annotated[Path, typer.Option("--out", help="The code: .png with its picture, or .json.")],
    truncation: Truncation = 1.0,
    wanted: Wanted = "",
    runs: Runs = None,
) -> int:
    """Write the code of a seed, which a later version of the model's run can render again."""
    session, folder, about = _opened(model, runs)
    (made,) = _codes(session, folder, about, [f"{SEED}{seed}"], truncation, wanted)
    codes.save(out_, made)
    _tell(f"The code of seed {seed} of {about.model} is in {out_}")
    return 0


def render(
    model: ModelName,
    inputs: Annotated[list[Path], typer.Argument(help="Code files (.png or .json).")],
    out_: Annotated[Path, typer.Option("--out", help="Folder for the pictures; they keep their codes.")],
    wanted: Annotated[str, typer.Option("--class", help="Another class than the code asks for.")] = "",
    runs: Runs = None,
) -> int:
    """Make the pictures of code files again. A file that holds no code of the model is named and the others go on."""
    session, folder, about = _opened(model, runs)
    failed, control = 0, Control()
    taken: set[Path] = set()
    for path in inputs:
        try:
            target = _target(out_, path, taken)
            found = _loaded(path, about)
            found = replace(found, wanted=wanted or found.wanted, stamp=about.stamp or found.stamp)
            codes.save(target, _with_picture(session, folder, found, control))
            taken.add(target)
        except StudioError as error:
            failed += 1
            _complain(path, error)
        if control.stopped:
            break
    _tell(f"{len(taken)} of {len(inputs)} pictures of {about.model} are in {out_}")
    return 1 if failed else 0


def _opened(model: str, runs: Path | None) -> tuple[Session, str, LatentSpace]:
    """A session, the model's folder, and its code space; refused when it has none."""
    from studio.models import library

    session = Session(runs)
    folder = library.find(model, session.runs)
    return session, str(folder), latent_space.describe(library.read_card(folder))


def _codes(
    session: Session, folder: str, about: LatentSpace, names: Sequence[str], truncation: float, wanted: str
) -> list[Code]:
    """Codes by file name or ``seed:7``, in order; :class:`Refused` names the one that cannot be used."""
    found = []
    for name in names:
        if not name.startswith(SEED):
            found.append(_loaded(Path(name), about))
            continue
        seeds = _numbers(name.removeprefix(SEED))
        if not seeds:
            raise Refused(f"{name!r} names no seed: write {SEED}7.")
        found += _result(run_job(session, SeedCodesJob(folder, tuple(seeds), truncation, wanted), quiet=True))
    return found


def _loaded(path: Path, about: LatentSpace) -> Code:
    """The code in a file, checked for the model; a warning is said."""
    found = codes.load(path)
    warning = about.check(found if found.name or found.source else found.named(path.name))
    if warning:
        err.print(warning, style="yellow", markup=False, soft_wrap=True)
    return found


def _saved(session: Session, folder: str, made: Code, path: Path) -> int:
    """Write a code with its picture; the exit status."""
    if path.suffix.lower() not in (".png", ".json"):
        raise Refused(f"{path.name}: a code is saved as .png, or as .json.")
    codes.save(path, _with_picture(session, folder, made))
    _tell(f"{made.source} of {made.model} is in {path}")
    return 0


def _with_picture(session: Session, folder: str, made: Code, control: Control | None = None) -> Code:
    """The code with the picture that the model makes of it alone."""
    heard: list[Any] = []
    request = CodesRequest(folder, 0, np.array(made.values[None]), made.wanted)
    final = run_job(session, request, quiet=True, also=heard.append, control=control)
    if isinstance(final, Failed):
        raise Refused(final.reason)
    return replace(made, picture=next(event.pictures[0] for event in heard if isinstance(event, Decoded)))


def _target(out_: Path, path: Path, taken: set[Path]) -> Path:
    """Where the result for a file goes: no original and no other result is ever replaced."""
    target = out_ / f"{path.stem}.png"
    if target in taken:
        raise StudioError(f"another input has the name {path.stem} already; give it a folder of its own.")
    if target.exists() and target.samefile(path):
        raise StudioError("the result would replace the original; choose another folder for --out.")
    return target


def _result(final: Final) -> Any:
    """What a job came to; an error when it failed, or was stopped before it had anything."""
    if isinstance(final, Failed):
        raise Refused(final.reason) if final.refused else StudioError(final.reason)
    if final.result is None:
        raise Cancelled("Stopped before there was anything to keep.")
    return final.result


def _row(path: Path, target: Path, found: Found) -> dict[str, Any]:
    """A line of the listing."""
    figures = {"psnr": round(found.psnr, 2), "error": round(found.error, 6), "start": round(found.start, 6)}
    return {"picture": str(path), **figures, "how": found.how, "class": found.wanted, "code": str(target)}


def _shared_word(found: Sequence[Code]) -> str:
    """The class that all codes ask for; refused when they differ."""
    words = {code.wanted for code in found}
    if len(words) > 1:
        raise Refused(f"The codes ask for different classes ({', '.join(sorted(words))}). Choose one with --class.")
    return words.pop() if words else ""


def _numbers(text: str) -> list[int]:
    """Whole numbers with commas between them, and ranges such as 1-5."""
    found: list[int] = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = word.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise Refused(f"{word!r} is no seed: write whole numbers, such as 7 or 1,2,3 or 1-5.")
        if dash and int(last) - int(first) >= MOST:
            raise Refused(f"{word} are too many seeds. Take at most {MOST:,}.")
        found += range(int(first), int(last) + 1) if dash else [int(first)]
    return found


def _tell(text: str) -> None:
    """Say what came of it."""
    out.print(text, markup=False, soft_wrap=True)


def _complain(path: Path, error: StudioError) -> None:
    """Name a file that failed, unless the error does."""
    text = str(error) if path.name in str(error) else f"{path}: {error}"
    err.print(text, style="red", markup=False, soft_wrap=True)
