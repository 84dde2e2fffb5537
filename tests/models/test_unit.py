"""UNIT: two VAE-GANs that share the inside of their encoders and decoders."""

from __future__ import annotations

import pytest
import torch

from studio.models import unit, unit_nets
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(16, 1, ("cat", "dog"))
QUICK = {"width": 4, "d_width": 4, "blocks": 1}


class Draw:
    """The random numbers of a step, from a generator of its own; ``noise`` 0 draws nothing but zeros."""

    def __init__(self, seed=0, noise=1.0):
        self.generator, self.noise = torch.Generator().manual_seed(seed), noise

    def normal(self, shape):
        return self.noise * torch.randn(shape, generator=self.generator)


def config(**settings):
    return unit.UnitConfig(**{**QUICK, **settings})


def built(settings, seed=0):
    torch.manual_seed(seed)
    return unit.build(settings, SPEC)


def domains(count=4, seed=0):
    """Dark pictures with a bright bar and bright ones with a dark bar, (count, 1, 16, 16) each; no pairs."""
    generator = torch.Generator().manual_seed(seed)
    places = torch.randint(0, 12, (2, count), generator=generator).tolist()
    both = torch.full((2, count, 1, 16, 16), -0.9)
    for kind in range(2):
        for row, place in enumerate(places[kind]):
            both[kind, row, 0, :, place : place + 4] = 0.9
    return Batch(both[0], other=-both[1])


def plain(terms):
    return {name: float(value.detach()) for name, value in terms.items()}


def step_of(settings, nets, draw=None):
    return Step(nets, settings, draw or Draw(), SPEC)


def trained(settings, steps):
    nets, draw = built(settings), Draw()
    players = {player.name: player for player in unit.players(settings)}
    own = {name: [p for net in player.nets for p in nets[net].parameters()] for name, player in players.items()}
    movers = {name: optimisers.make(player.optimiser, own[name]) for name, player in players.items()}
    for index in range(steps):
        batch = domains(seed=index)
        for phase in unit.phases(settings):
            terms = phase.loss(step_of(settings, nets, draw), batch)
            movers[phase.player].zero_grad()
            terms[phase.objective].backward(inputs=own[phase.player])
            movers[phase.player].step()
    return nets


@pytest.fixture
def one_thread():
    """Nets as small as these train fastest on one thread, above all beside other programs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_it_learns_to_turn_dark_pictures_into_bright_ones_and_back(one_thread):
    settings = config(blocks=0, scales=1, g_rate=2e-3, d_rate=2e-3)
    start, nets = built(settings), trained(settings, 40)
    batch = domains(8, seed=10_000)
    with torch.inference_mode():
        there, back = (unit.translate(nets, x, i) for i, x in enumerate((batch.pictures, batch.other)))
        before = unit.validate(step_of(settings, start), batch)["val cycle L1"]
        after = unit.validate(step_of(settings, nets), batch)["val cycle L1"]
    assert batch.pictures.mean() < -0.3
    assert there.mean() > 0.2
    assert back.mean() < -0.2
    assert float(after) < 0.65 * float(before)


def test_losses_add_up_with_their_weights():
    settings = config(gan_weight=2.0, reconstruction_weight=3.0, cycle_weight=5.0, kl_weight=0.5)
    terms = plain(unit.generator_loss(step_of(settings, built(settings)), domains()))
    total = 2 * terms["adversarial"] + 3 * terms["reconstruction"] + 5 * terms["cycle"]
    assert terms["G loss"] == pytest.approx(total + 0.5 * (terms["KL"] + terms["cycle KL"]), rel=1e-5)


@pytest.mark.parametrize("kind", ["a", "b"])
def test_each_kind_of_picture_moves_the_shared_layers(kind):
    settings, nets, batch = config(), built(config()), domains()
    pictures = batch.pictures if kind == "a" else batch.other
    unit.translate(nets, pictures, "ab".index(kind)).square().mean().backward()
    moved = {name for name in unit.CODERS if any(p.grad is not None for p in nets[name].parameters())}
    other = "b" if kind == "a" else "a"
    assert moved == {f"encoder_{kind}", "encoder_shared", "decoder_shared", f"decoder_{other}"}
    assert settings.shared_blocks == 1


def test_reconstruction_goes_through_its_own_kind_and_translation_through_the_other():
    nets = {
        "encoder_a": lambda x: x + 1,
        "encoder_b": lambda x: x + 10,
        "encoder_shared": lambda x: x,
        "decoder_shared": lambda x: x,
        "decoder_a": lambda x: x - 1,
        "decoder_b": lambda x: x - 10,
        "discriminator_a": lambda x: (x,),
        "discriminator_b": lambda x: (x,),
    }
    settings = config(loss="hinge")  # the generator then maximises the judge's mean
    batch = Batch(torch.zeros(2, 1, 4, 4), other=torch.full((2, 1, 4, 4), 0.5))
    terms = plain(unit.generator_loss(step_of(settings, nets, Draw(noise=0)), batch))
    assert terms["reconstruction"] == 0
    assert terms["cycle"] == 0
    fake_a, fake_b = batch.shared["fakes"]
    assert (fake_a == 9.5).all()  # 0.5 + 10 − 1
    assert (fake_b == -9).all()  # 0 + 1 − 10
    assert terms["adversarial"] == pytest.approx(-(9.5 - 9))
    assert terms["KL"] == pytest.approx(1 + 10.5**2)
    assert terms["cycle KL"] == pytest.approx((-9 + 10) ** 2 + (9.5 + 1) ** 2)


def test_codes_are_noisy_in_training_and_means_in_use():
    settings, nets, batch = config(), built(config()), domains()
    quiet = plain(unit.generator_loss(step_of(settings, nets, Draw(noise=0)), batch))
    loud = plain(unit.generator_loss(step_of(settings, nets, Draw(noise=1)), batch))
    assert quiet["reconstruction"] != loud["reconstruction"]
    assert torch.equal(unit.translate(nets, batch.pictures, 0), unit.translate(nets, batch.pictures, 0))


def test_curves_are_what_the_phases_report():
    settings = config()
    step, batch = step_of(settings, built(settings)), domains()
    reported = [name for phase in unit.phases(settings) for name in phase.loss(step, batch)]
    assert sorted(reported) == sorted(curve.name for curve in unit.curves(settings))
    assert batch.shared == {}


def test_judges_work_alone_and_send_no_gradient_to_the_coders():
    settings, nets = config(), built(config())
    terms = unit.discriminator_loss(step_of(settings, nets), domains())
    terms["D loss"].backward()
    assert all(p.grad is None for name in unit.CODERS for p in nets[name].parameters())
    assert all(p.grad is not None for name in unit.JUDGES for p in nets[name].parameters())


@pytest.mark.parametrize(
    ("size", "layers", "scales"), [(256, 4, 3), (64, 4, 3), (32, 3, 3), (28, 2, 3), (16, 2, 3), (8, 1, 3)]
)
def test_the_judges_fit_the_picture(size, layers, scales):
    assert unit_nets.most_layers(size) == layers
    assert unit_nets.most_scales(size, layers) == scales
    logits = unit_nets.MultiScaleDiscriminator(1, 4, scales, layers)(torch.randn(2, 1, size, size))
    assert len(logits) == scales
    assert [each.shape[:2] for each in logits] == [(2, 1)] * scales
    assert logits[0].shape[2] == size >> layers


def test_a_picture_does_not_touch_the_others_of_its_batch():
    nets, pictures = built(config()), domains(3).pictures
    together = unit.translate(nets, pictures, 0)
    alone = torch.cat([unit.translate(nets, picture[None], 0) for picture in pictures])
    assert torch.allclose(together, alone, atol=1e-5)


def test_six_rows_are_compared_and_both_ways_named():
    nets, batch = built(config()), domains(2)
    rows = unit.compare(nets, batch)
    assert list(rows) == ["A", "A to B", "back to A", "B", "B to A", "back to B"]
    assert torch.equal(rows["back to B"], unit.translate(nets, unit.translate(nets, batch.other, 1), 0))
    assert list(unit.compare(nets, Batch(batch.pictures))) == ["A", "A to B", "back to A"]
    assert unit.FAMILY.directions(config(), SPEC) == ("cat to dog", "dog to cat")


def test_impossible_sizes_are_sentences():
    assert "multiple of 4" in unit.spec_problems(config(), Spec(30, 1))[0]
    assert "too small for 4 scales" in unit.spec_problems(config(scales=4), Spec(16, 1))[0]
    assert unit.spec_problems(config(scales=3), Spec(16, 1)) == []
