"""The adversarial autoencoder: its codes take the shape of the prior, class by class, and its settings make sense."""

from __future__ import annotations

import pytest
import torch

from studio import config as configs
from studio.models import aae, priors
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(8, 1, ("left", "right", "top"))
QUICK = {"hidden": 32, "d_hidden": 32, "width": 4, "rate": 1e-3, "d_rate": 2e-3, "g_rate": 2e-3}


class Draw:
    """The random numbers of a step, from a generator of its own."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)

    def codes(self, count, prior, conditions=None):
        plain = self.uniform if priors.base(prior) == "uniform" else self.normal
        return priors.push(prior, plain((count, priors.columns(prior))), conditions)


def config(**settings):
    return aae.AaeConfig(**{**QUICK, **settings})


def halves(count, seed=0):
    """Pictures (count, 1, 8, 8) of three kinds, bright on the left, on the right or on top; noisy."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    pictures = 0.2 * torch.rand(count, 1, 8, 8, generator=generator)
    for row, label in enumerate(labels.tolist()):
        part = ((..., slice(0, 4)), (..., slice(4, 8)), (..., slice(0, 4), slice(None)))[label]
        pictures[row][part] += 0.8
    return Batch(pictures, labels)


def trained(settings, steps, nets=None):
    torch.manual_seed(0)
    nets, draw = nets or aae.build(settings, SPEC), Draw()
    players = {player.name: player for player in aae.players(settings)}
    own = {name: [p for net in player.nets for p in nets[net].parameters()] for name, player in players.items()}
    movers = {name: optimisers.make(player.optimiser, own[name]) for name, player in players.items()}
    for index in range(steps):
        batch = halves(32, index)
        for phase in aae.phases(settings):
            terms = phase.loss(Step(nets, settings, draw, SPEC, index), batch)
            movers[phase.player].zero_grad()
            terms[phase.objective].backward(inputs=own[phase.player])
            movers[phase.player].step()
    return {name: net.eval() for name, net in nets.items()}


@pytest.mark.parametrize(("kind", "steps"), [("swiss roll", 200), ("mixture", 400)])
def test_each_class_learns_its_own_mode_and_asking_for_it_draws_it(kind, steps):
    settings = config(prior=kind)
    nets = trained(settings, steps)
    with torch.inference_mode():
        figures = aae.validate(Step(nets, settings, Draw(), SPEC), halves(200, seed=-1))
    assert float(figures["val purity"]) > 0.9
    if kind == "mixture":  # three kinds of codes do not fill a roll
        assert float((drawn_kinds(nets, settings, torch.arange(60) % 3)).mean()) > 0.9
        assert float(figures["val reconstruction"]) < 0.4  # nats a pixel; a grey picture has 0.69


def drawn_kinds(nets, settings, wanted):
    """Whether each picture that is drawn for a class is of that class, (N,) float32."""
    asked = torch.eye(3)[wanted]
    with torch.inference_mode():
        drawn = aae.generate(nets, Draw(1).codes(len(wanted), aae.prior(settings, SPEC), asked), asked)
    top, bottom = drawn[:, 0, :4].mean(1), drawn[:, 0, 4:].mean(1)
    left, right = bottom[:, :4].mean(1), bottom[:, 4:].mean(1)
    found = torch.stack((left, right, top.mean(1) - (left + right) / 2), 1).argmax(1)
    return (found == wanted).float()


def test_without_labels_the_codes_are_pulled_into_the_prior():
    settings = config(prior="uniform", labels=False)
    torch.manual_seed(0)
    nets = aae.build(settings, SPEC)
    with torch.no_grad():
        nets["encoder"][-2].bias += 4.0
    before = aae.encode(nets, halves(200, seed=-1).pictures)
    trained(settings, 300, nets)
    after = aae.encode(nets, halves(200, seed=-1).pictures)
    assert not (before.abs() < 1.3).any()
    assert float((after.abs() < 1.3).float().mean()) > 0.9
    assert aae.condition(settings, SPEC) is None
    assert not aae.FAMILY.needs(settings).labels


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
@pytest.mark.parametrize(("posterior", "rows"), [("deterministic", 1), ("gaussian", 2)])
def test_nets_have_the_shapes_they_say(architecture, posterior, rows):
    settings, batch = config(architecture=architecture, posterior=posterior, latent=3), halves(5)
    nets = aae.build(settings, SPEC)
    assert nets["encoder"](batch.pictures).shape == (5, rows, 3)
    assert nets["decoder"](torch.zeros(5, 3)).shape == (5, 1, 8, 8)
    assert nets["discriminator"](torch.zeros(5, 3 + 3)).shape == (5, 1)
    assert aae.encode(nets, batch.pictures).shape == (5, 3)
    features = aae.features(nets, batch.pictures)
    assert features.ndim == 2
    assert features.shape[1] > 3, "what a classifier reads is wider than the code"


def test_a_gaussian_encoder_draws_its_codes_and_encodes_to_their_mean():
    settings, batch = config(posterior="gaussian"), halves(4)
    nets = aae.build(settings, SPEC)
    losses = [aae.reconstruction_loss(Step(nets, settings, Draw(s), SPEC), batch)["reconstruction"] for s in (0, 1)]
    assert not torch.equal(*losses)
    assert torch.equal(aae.encode(nets, batch.pictures), nets["encoder"](batch.pictures)[:, 0])


def test_the_discriminator_judges_the_codes_that_were_just_reconstructed():
    settings, batch, seen = config(), halves(4), []
    nets = aae.build(settings, SPEC)

    def encoder(pictures):
        seen.append(len(pictures))
        return nets["encoder"](pictures)

    step = Step({**nets, "encoder": encoder}, settings, Draw(), SPEC)
    for phase in aae.phases(settings):
        phase.loss(step, batch)
    assert seen == [4, 4], "once to reconstruct, once to fool"
    aae.discriminator_loss(step, batch)
    assert seen == [4, 4, 4], "stepped alone it encodes by itself"


def test_the_discriminator_sees_the_class():
    settings, batch = config(), halves(16)
    nets = aae.build(settings, SPEC)
    other = Batch(batch.pictures, (batch.labels + 1) % 3)
    losses = [aae.encoder_loss(Step(nets, settings, Draw(), SPEC), b)["encoder loss"] for b in (batch, other)]
    assert not torch.equal(*losses)


def test_impossible_settings_are_sentences():
    assert configs.problems(config()) == []
    assert "latent size to 2" in configs.problems(config(latent=1))[0]
    assert "switch the labels off" in configs.problems(config(prior="normal"))[0]
    assert configs.problems(config(prior="normal", labels=False, latent=1)) == []
    assert aae.spec_problems(config(), Spec(7, 1, ("a", "b"))) == []
    assert "256" in aae.spec_problems(config(), Spec(256, 3, ("a", "b")))[0]
    assert "7" in aae.spec_problems(config(architecture="convolutional"), Spec(7, 1, ("a", "b")))[0]


def test_with_labels_the_ring_has_a_mode_for_each_class_whatever_was_set():
    assert aae.prior(config(modes=7), SPEC).modes == 3
    assert aae.prior(config(modes=7, labels=False), SPEC).modes == 7
