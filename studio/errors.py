"""Errors that are sentences for people.

Every refusal of the studio is a :class:`StudioError` whose text names the thing, says what is wrong with it and what
to do. The window shows the text, the terminal prints it; neither shows a traceback for it.
"""

import os
import re


class StudioError(Exception):
    """Something went wrong that a person can understand and act on; ``str(error)`` is the whole sentence."""


class Refused(StudioError):
    """The request itself cannot be carried out as asked (a wrong setting, an unknown name, unusable data)."""


class Cancelled(StudioError):
    """The person stopped a job before it had a result."""


def sentence(error: BaseException) -> str:
    """The sentence to show for any exception, with the remedy for the ones that machines raise most often."""
    if isinstance(error, StudioError):
        return str(error)
    if isinstance(error, PermissionError):
        return f"No permission to use {error.filename or 'a file'}. Choose another folder or change its permissions."
    if isinstance(error, OSError) and error.errno is not None:
        return _system_sentence(error)
    if _is_out_of_memory(error):
        return "The memory of the device is full. Choose a smaller batch, a smaller size or another device."
    number = re.search(r"os error (\d+)", str(error))  # how safetensors, written in Rust, names an OSError
    if number:
        return _system_sentence(OSError(int(number[1]), os.strerror(int(number[1]))))
    if "more than 1 value per channel" in str(error):
        return "Batch normalisation needs more than one picture a step. Choose a batch of 2 or more."
    return f"Unexpected {type(error).__name__}: {error}. The log of the run has the details."


def _system_sentence(error: OSError) -> str:
    import errno

    filename = str(error.filename or "")
    if os.path.basename(filename).startswith(".tmp-"):  # a temporary file: the person knows its folder
        return f"Nothing can be written to {os.path.dirname(filename)}. Choose another folder."
    where = f" ({filename})" if filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full{where}. Free some space and go on: everything saved before is intact."
    if error.errno == errno.ENOENT:
        return f"Not found: {filename}. Check the path."
    return f"{(error.strerror or str(error)).capitalize()}{where}."


def _is_out_of_memory(error: BaseException) -> bool:
    """torch's OutOfMemoryError without importing torch, and the CPU allocator's RuntimeError."""
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in text
        or "DefaultCPUAllocator" in text
    )
