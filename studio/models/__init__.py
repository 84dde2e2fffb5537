"""THE list of families. Adding one is one file in this package and one line here."""

from __future__ import annotations

from studio.errors import Refused
from studio.models import (
    aae,
    autoencoder,
    biggan,
    cgan,
    classifier,
    codes,
    cyclegan,
    dcgan,
    denoising,
    facegan,
    gan,
    gsn,
    made,
    pix2pix,
    pixelcnn,
    pixelrnn,
    rbm,
    realnvp,
    unit,
    vae,
    wavenet,
)
from studio.models.family import Family

FAMILIES: tuple[Family, ...] = (
    gan.FAMILY,
    dcgan.FAMILY,
    cgan.FAMILY,
    biggan.FAMILY,
    facegan.FAMILY,
    autoencoder.FAMILY,
    denoising.FAMILY,
    vae.FAMILY,
    aae.FAMILY,
    codes.FAMILY,
    pix2pix.FAMILY,
    cyclegan.FAMILY,
    unit.FAMILY,
    pixelcnn.FAMILY,
    pixelrnn.FAMILY,
    wavenet.FAMILY,
    made.FAMILY,
    realnvp.FAMILY,
    rbm.FAMILY,
    gsn.FAMILY,
    classifier.FAMILY,
)

if len({family.id for family in FAMILIES}) != len(FAMILIES):
    raise ValueError("Two families have the same id.")


def family(name: str) -> Family:
    """The family with this id; :class:`Refused` names the known ones."""
    for known in FAMILIES:
        if known.id == name:
            return known
    raise Refused(f"There is no family {name!r}. Choose one of: {', '.join(f.id for f in FAMILIES)}.")
