"""The settings of the face GAN."""

from __future__ import annotations

from dataclasses import dataclass

from studio.config import option


@dataclass(frozen=True)
class FaceganConfig:
    """Settings of the face GAN; the defaults are for aligned faces of 64 px."""

    latent: int = option(
        128,
        "Latent size",
        group="Code",
        low=1,
        high=4096,
        help="Length of the code. 128 keeps a face recognisable; more keeps more of each picture, less walks smoother.",
    )
    kl_weight: float = option(
        0.1,
        "KL weight",
        group="Code",
        low=0.0,
        high=1000.0,
        scientific=True,
        help="How strongly codes are pulled to N(0, 1), per code element, beside half the logarithm of the squared "
        "error. 0.1 lets noise on the codes cause about a tenth of the error. Raise it when samples are worse than "
        "reconstructions, lower it for truer reconstructions.",
    )
    head_weight: float = option(
        0.05,
        "Attribute weight",
        group="Code",
        low=0.0,
        high=1000.0,
        help="How much a linear head on the code learns the yes/no attributes of the pictures, if they have any. It "
        "gives each attribute a straight direction in the code.",
    )
    start: float = option(
        0.3,
        "Game from",
        group="Game",
        low=0.0,
        high=1.0,
        help="The share of the planned length that passes before the discriminator joins. Until then encoder and "
        "generator learn to be true; 1 leaves the game out.",
    )
    freeze: float = option(
        0.8,
        "Encoder rests from",
        group="Game",
        low=0.0,
        high=1.0,
        help="The share of the planned length after which the encoder stays as it is and only the generator learns "
        "on, so that directions in the code stay valid. 1 never lets it rest.",
    )
    gan_weight: float = option(
        0.3,
        "Adversarial push",
        group="Game",
        low=0.0,
        high=100.0,
        help="How hard the discriminator pushes reconstructions, as a share of the pull towards the original. The "
        "squared error grows by at most the square of it: 0.3 costs up to 0.4 dB, 0.5 up to 1 dB. Higher is sharper.",
    )
    feature_weight: float = option(
        0.3,
        "Feature push",
        group="Game",
        low=0.0,
        high=100.0,
        help="How hard reconstructions are pushed to look the same as their originals to the discriminator's inner "
        "layers, as a share of the pull towards the original's pixels (a perceptual loss). Sharper, truer details.",
    )
    sample_weight: float = option(
        0.3,
        "Push on samples",
        group="Game",
        low=0.0,
        high=100.0,
        help="How hard the discriminator pushes pictures from random codes. It makes samples good; 0 trains "
        "reconstructions alone and saves a third of the time.",
    )
    cycle_weight: float = option(
        0.05,
        "Code cycle",
        group="Game",
        low=0.0,
        high=1000.0,
        help="Weight of |E(G(z)) − z|² for random codes z: a made picture is read as the code that it was made from. "
        "It keeps samples different from each other, and edits of edits true.",
    )
    r1: float = option(
        1.0,
        "R1",
        group="Game",
        low=0.0,
        high=1e6,
        help="Weight γ of γ/2 · ‖∇D‖² at real pictures (Mescheder et al. 2018), which makes the game settle and keeps "
        "D from learning few pictures by heart. Raise it when D(x) goes to 1.",
    )
    r1_every: int = option(
        16,
        "Penalise every",
        group="Game",
        unit="steps",
        low=1,
        high=64,
        help="Compute R1 only every n-th step with n times the weight, which saves nearly all its cost.",
    )
    turn: float = option(
        5.0,
        "Turn",
        group="Pictures",
        unit="°",
        low=0.0,
        high=180.0,
        help="Pictures are turned by up to this angle, input and target alike: few pictures then teach as much as "
        "many. 3 to 8 suits aligned faces; more leaves less of the code for faces.",
    )
    scale: float = option(
        0.05,
        "Zoom",
        group="Pictures",
        low=0.0,
        high=0.5,
        help="Pictures are made larger or smaller by up to this share, input and target alike.",
    )
    shift: float = option(
        0.025,
        "Shift",
        group="Pictures",
        low=0.0,
        high=0.5,
        help="Pictures are moved by up to this share of their size in each direction, input and target alike.",
    )
    bend: float = option(
        0.015,
        "Bend",
        group="Pictures",
        low=0.0,
        high=0.5,
        help="Pictures are bent softly, by about this share of their size here and there, input and target alike: "
        "noses, mouths and chins of other shapes.",
    )
    light: float = option(
        0.15,
        "Light",
        group="Pictures",
        low=0.0,
        high=1.0,
        help="Brightness and contrast change by up to this share, single colours by a third of it.",
    )
    moved: float = option(
        0.75,
        "Moved pictures",
        group="Pictures",
        low=0.0,
        high=1.0,
        help="The share of the pictures that is turned, zoomed, shifted and bent; the others stay in place, exactly as "
        "sharp as they are.",
    )
    mirror: bool = option(
        True,
        "Mirror",
        group="Pictures",
        help="Mirrors half of the pictures left to right and starts from PCA of both. Right for faces, wrong for text.",
    )
    blend: float = option(
        0.25,
        "Blended pictures",
        group="Pictures",
        low=0.0,
        high=0.9,
        help="The share of each batch in which soft patches of two pictures are joined, to learn parts of faces apart "
        "from each other. The discriminator never sees these. For aligned pictures only; 0 is off.",
    )
    width: int = option(
        64,
        "Generator width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the generator's last maps, which have half the size of the picture; they double at each "
        "halving, up to the widest.",
    )
    widest: int = option(
        160,
        "Generator's widest",
        group="Nets",
        unit="channels",
        low=4,
        high=1024,
        help="No layer of the generator has more channels (unless the width is larger).",
    )
    e_width: int = option(
        32,
        "Encoder width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the encoder at half the size of the picture; they double at each halving, up to the widest.",
    )
    e_widest: int = option(
        128,
        "Encoder's widest",
        group="Nets",
        unit="channels",
        low=4,
        high=1024,
        help="No layer of the encoder has more channels (unless the width is larger).",
    )
    d_width: int = option(
        48,
        "Discriminator width",
        group="Nets",
        unit="channels",
        low=4,
        high=512,
        help="Channels of the discriminator at half the size of the picture; they double up to five times as many. It "
        "is not part of the finished model.",
    )
    rate: float = option(
        5e-4,
        "Learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the updates of encoder and generator (Adam). Halve it when the loss jumps.",
    )
    d_rate: float = option(
        3e-4,
        "D learning rate",
        group="Learning",
        low=1e-8,
        high=1.0,
        scientific=True,
        help="Size of the discriminator's updates. Lower it when D(x) goes to 1 and stays there.",
    )

    def problems(self) -> list[str]:
        """Which settings do not go together, as sentences."""
        if self.freeze < self.start:
            return ["The encoder cannot rest before the game begins. Set Encoder rests from to Game from, or more."]
        return []
