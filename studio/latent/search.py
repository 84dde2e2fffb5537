"""A picture's code: the encoder's answer, the code that a search comes to, or the one refined by the other (L21).

The search compares pixels (and smaller copies of the pictures), starts from codes of the prior and of the encoder, and
is the same again for the same seed. Imports torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from studio.backend.rng import derive
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Message, Sink, Stopped
from studio.imaging import decode, fit
from studio.latent import descent, evolution
from studio.latent.decode import CHUNK, Opened, opened
from studio.latent.likeness import psnr, seen_error
from studio.latent.quest import Quest, Trials
from studio.latent.search_jobs import WAYS, Found, SearchJob

MOST_STEPS, MOST_STARTS = 100_000, 256
JUDGED = 8
"""codes looked at for each one that is followed"""
EXACT = (0.5 / 255) ** 2
"""an error of half a grey level: there is nothing left to find"""


def search(job: SearchJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Search; the result is a :class:`Found`. Stopped, it is the best so far (at least the best code to start with)."""
    _check(job)
    # gradients are needed whatever mode the caller is in
    with torch.inference_mode(False):
        return _search(job, sink, control, place)


def _search(job: SearchJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    source = opened(job.model, place, job.device)
    about = source.space()
    if job.how in ("encoder", "both") and not about.encodes:
        raise Refused(f"{about.model} ({about.title}) has no encoder. Choose optimisation.")
    target = fitted(job.picture, *about.picture)
    quest = Quest(source, target, job.wanted, job.steps, sink, control, place.gate)
    answer = _encoded(quest, target) if about.encodes and job.how != "optimisation" else None
    if job.how != "encoder" and quest.error > EXACT:
        _optimise(quest, job, answer, sink)
    found = _found(quest, source, target, answer)
    if control.stopped:
        return Stopped(f"Stopped: the nearest code so far has {found.psnr:.1f} dB.", found)
    return Done(f"The nearest code of {about.model} has {found.psnr:.1f} dB ({found.how}).", found)


def fitted(picture: Path | np.ndarray, size: int, channels: int) -> np.ndarray:
    """The picture that is searched for, (size, size, channels) uint8: decoded, and its centre cut out."""
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3) or not picture.size:
            raise Refused("The picture to search for must be pixels of one or three channels.")
        return fit.fit(picture, size, "crop", channels)
    try:
        return fit.fit(decode.decode(picture), size, "crop", channels)
    except decode.Undecodable as error:
        raise Refused(f"{picture.name} cannot be searched for: {error}.") from error


def _check(job: SearchJob) -> None:
    if job.how not in WAYS:
        raise Refused(f"A code is found by {', '.join(WAYS)}, not by {job.how!r}.")
    if not 1 <= job.steps <= MOST_STEPS:
        raise Refused(f"A search takes from 1 to {MOST_STEPS:,} steps, not {job.steps}.")
    if not 1 <= job.starts <= MOST_STARTS:
        raise Refused(f"A search follows from 1 to {MOST_STARTS} codes at first, not {job.starts}.")


def _encoded(quest: Quest, target: np.ndarray) -> Trials:
    """The encoder's answer, with the class that suits it best, shown at once. It is a good guess: not to be shaken."""
    code = torch.from_numpy(quest.source.encode(target[None])).to(quest.source.device)
    count = len(quest.words)
    answers = Trials(code.repeat(count, 1), torch.arange(count, device=code.device), code.new_zeros(count, 1))
    best = quest.judged(answers, "encoder").argmin()
    quest.begin()
    return answers.pick(best[None])


def _optimise(quest: Quest, job: SearchJob, answer: Trials | None, sink: Sink) -> None:
    """Judge many codes, follow the best."""
    trials = _starts(quest, job.seed, job.starts)
    if answer is not None:
        trials = answer.join(trials)
    quest.begin()
    if quest.stopped:
        return
    if descent.has_gradient(quest, trials):
        descent.descend(quest, trials, job.seed, "both" if answer is not None else "optimisation")
    elif job.how == "auto" and answer is not None:
        sink(Message(f"{quest.about.model} has no gradient to follow: this is the encoder's answer."))
    else:
        sink(Message(f"{quest.about.model} has no gradient to follow: codes are tried out, which takes longer."))
        evolution.evolve(quest, trials, job.seed)


def _starts(quest: Quest, seed: int, starts: int) -> Trials:
    """The best ``starts`` of :data:`JUDGED` times as many codes, drawn for every class in turn."""
    count = JUDGED * starts
    device, words = quest.source.device, torch.arange(count) % len(quest.words)
    conditions = quest.conditions(words)
    codes = quest.domain.draw(
        derive(seed, "search") % 2**31, count, None if conditions is None else conditions.cpu()
    ).to(device)
    drawn = Trials(codes, words.to(device), torch.ones(count, 1, device=device))
    losses = [quest.judged(drawn.pick(rows), "start") for rows in torch.arange(count, device=device).split(CHUNK)]
    return drawn.pick(torch.cat(losses).argsort(stable=True)[:starts])


def _found(quest: Quest, source: Opened, target: np.ndarray, answer: Trials | None) -> Found:
    """The best code, rendered by itself as it will be again; measured on what is seen, next to the encoder's answer."""
    if not len(quest.code):
        raise Refused(f"{quest.about.model} makes no finite pictures, so there is nothing to find in it.")
    tried = [(quest.code, quest.word, quest.how)]
    if answer is not None:
        tried.append((answer.codes[0], int(answer.words[0]), "encoder"))
    best: Found | None = None
    for code, word, how in tried:
        conditions = quest.conditions(torch.tensor([word]))
        picture = source.pictures(code[None], conditions)[0]
        error = seen_error(picture, target)
        if best is None or error < best.error:
            best = Found(
                code.cpu().numpy(), picture, error, psnr(error), how, quest.about.model, target, quest.start,
                source.stamp, quest.words[word],
            )  # fmt: skip
    assert best is not None
    return best
