"""The one locator: where shipped files and the user's own files are, in a checkout and in an installed wheel alike."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "latent-studio"


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    installed = package / "_shipped" / name
    return installed if installed.is_dir() else package.parent / name


def resource(*parts: str) -> Path:
    """A file under ``resources/`` (icons, help texts, sample inputs)."""
    return _shipped("resources").joinpath(*parts)


def shipped_weights() -> Path:
    """The folder with the models that come with the program."""
    return _shipped("weights")


def user_folder() -> Path:
    """The user's data folder; ``LATENT_STUDIO_HOME`` overrides it (tests, portable use)."""
    chosen = os.environ.get("LATENT_STUDIO_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False))


def default_runs() -> Path:
    """Where runs are kept unless ``--runs`` says otherwise."""
    return user_folder() / "runs"


def user_models() -> Path:
    """The user's own library of models."""
    return user_folder() / "models"


def downloads() -> Path:
    """Where data sets go that the user asked to be downloaded."""
    return user_folder() / "data"
