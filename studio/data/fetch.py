"""Fetching one file from the internet: checked, stoppable, complete or not there at all."""

from __future__ import annotations

import errno
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from studio import atomic
from studio.data.reading import Reading
from studio.errors import StudioError, sentence

TIMEOUT = 20.0  # seconds without a byte
_CHUNK = 1 << 16


class _Wrong(Exception):
    """The server sent something else than the file."""


def fetch(reading: Reading, urls: Sequence[str], target: Path, md5: str) -> None:
    """Write to ``target`` what the first of ``urls`` delivers whose MD5 sum is right.

    Raises :class:`StudioError` with the last reason when none does, :class:`~studio.errors.Cancelled` when stopped.
    """
    reason = "no address is known"
    for url in urls:
        try:
            atomic.write_with(target, partial(_transfer, reading, url, target.name, md5))
            return
        except _Wrong as error:
            reason = str(error)
        except http.client.HTTPException as error:
            reason = f"the connection broke off ({type(error).__name__})"
        except urllib.error.URLError as error:
            reason = str(error if isinstance(error, urllib.error.HTTPError) else error.reason)
        except OSError as error:
            if error.filename or error.errno == errno.ENOSPC:  # the disk, not the network
                raise StudioError(sentence(error)) from error
            reason = str(error)
    raise StudioError(
        f"{target.name} could not be downloaded ({reason}). Check the network, or put the file into {target.parent}."
    )


def _transfer(reading: Reading, url: str, name: str, md5: str, temporary: Path) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    request = urllib.request.Request(url, headers={"User-Agent": "latent-studio"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, temporary.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0) or None
        done = 0
        while chunk := answer.read(_CHUNK):
            reading.check()
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            reading.report(f"downloading {name}", done, total)
    if total is not None and done < total:
        raise _Wrong("the connection broke off")
    if digest.hexdigest() != md5:
        raise _Wrong("the file that came is damaged or not the one expected")
