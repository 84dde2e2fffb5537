"""pix2pix: the judge sees pairs, the output comes near the target, and the settings make sense together."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from studio.models import pix2pix, translators
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(16, 1)
QUICK = {"width": 8, "d_width": 8}


def config(**settings):
    return pix2pix.Pix2pixConfig(**{**QUICK, **settings})


def pairs(count=8, seed=0):
    """Inputs (count, 1, 16, 16) with a bright square; the targets are their negatives, moved one pixel down."""
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.full((count, 1, 16, 16), -1.0)
    for row, (x, y) in enumerate(torch.randint(0, 10, (count, 2), generator=generator).tolist()):
        pictures[row, 0, y : y + 5, x : x + 5] = 1.0
    return Batch(pictures, other=-pictures.roll(1, dims=2))


class Counted:
    """A net that counts its passes and keeps what it was given."""

    def __init__(self, net):
        self.net, self.given = net, []

    def __call__(self, pictures):
        self.given.append(pictures)
        return self.net(pictures)


def plain(terms):
    return {name: float(value.detach()) for name, value in terms.items()}


class Uniform:
    """Random numbers of a step, always the same."""

    def uniform(self, shape):
        return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def step_of(settings, nets):
    return Step(nets, settings, Uniform(), SPEC)


def built(settings, seed=0):
    torch.manual_seed(seed)
    return pix2pix.build(settings, SPEC)


def trained(settings, steps):
    nets = built(settings)
    players = {player.name: player for player in pix2pix.players(settings)}
    own = {name: [p for net in player.nets for p in nets[net].parameters()] for name, player in players.items()}
    movers = {name: optimisers.make(player.optimiser, own[name]) for name, player in players.items()}
    for index in range(steps):
        batch = pairs(seed=index)
        for phase in pix2pix.phases(settings):
            terms = phase.loss(step_of(settings, nets), batch)
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


def test_it_learns_a_translation_that_copying_is_far_from(one_thread):
    settings = config(g_rate=2e-3, d_rate=2e-4)
    nets = {name: net.eval() for name, net in trained(settings, 60).items()}
    with torch.inference_mode():
        figures = pix2pix.validate(step_of(settings, nets), pairs(seed=10_000))
    assert float(figures["val L1"]) < 0.25 * float(figures["copy L1"])


def test_held_out_errors_are_in_pixels_from_0_to_1():
    step = step_of(config(), {"generator": lambda pictures: pictures + 0.5})
    batch = Batch(torch.zeros(2, 1, 16, 16), other=torch.ones(2, 1, 16, 16))
    figures = pix2pix.validate(step, batch)
    assert float(figures["val L1"]) == pytest.approx(0.25)
    assert float(figures["copy L1"]) == pytest.approx(0.5)


def test_the_judge_sees_input_and_target_then_input_and_output():
    settings, nets, batch = config(), built(config()), pairs(3)
    judge = Counted(nets["discriminator"])
    pix2pix.discriminator_loss(step_of(settings, nets | {"discriminator": judge}), batch)
    (seen,) = judge.given
    assert torch.equal(seen[:3, :1], batch.pictures)
    assert torch.equal(seen[:3, 1:], batch.other)
    assert torch.equal(seen[3:, :1], batch.pictures)
    assert torch.equal(seen[3:, 1:], batch.shared["made"])


def test_batch_norm_judges_real_and_made_pairs_apart():
    settings = config(norm="batch")
    nets = built(settings)
    judge = Counted(nets["discriminator"])
    pix2pix.discriminator_loss(step_of(settings, nets | {"discriminator": judge}), pairs(3))
    assert [len(given) for given in judge.given] == [3, 3]


def test_one_pass_for_both_gives_what_two_passes_give():
    settings, nets, batch = config(), built(config()), pairs(3)
    step = step_of(settings, nets)
    real = nets["discriminator"](torch.cat([batch.pictures, batch.other], 1))
    together = plain(pix2pix.discriminator_loss(step, batch))
    made = nets["discriminator"](torch.cat([batch.pictures, batch.shared["made"]], 1))
    assert together["D(real)"] == pytest.approx(float(real.detach().sigmoid().mean()), abs=1e-5)
    assert together["D(fake)"] == pytest.approx(float(made.detach().sigmoid().mean()), abs=1e-5)


def test_both_phases_share_one_output_and_clear_it_away():
    settings, nets, batch = config(), built(config()), pairs()
    generator = Counted(nets["generator"])
    step = step_of(settings, nets | {"generator": generator})
    pix2pix.discriminator_loss(step, batch)
    pix2pix.generator_loss(step, batch)
    assert len(generator.given) == 1
    assert batch.shared == {}
    pix2pix.generator_loss(step, batch)
    assert len(generator.given) == 2


def test_the_generator_minimises_the_game_plus_weighted_error():
    settings = config(l1_weight=7.0)
    terms = plain(pix2pix.generator_loss(step_of(settings, built(settings)), pairs()))
    assert terms["G loss"] == pytest.approx(terms["adversarial"] + 7 * terms["L1"], rel=1e-6)


def test_the_discriminator_sends_no_gradient_to_the_generator():
    settings, nets = config(), built(config())
    pix2pix.discriminator_loss(step_of(settings, nets), pairs())["D loss"].backward()
    assert all(p.grad is None for p in nets["generator"].parameters())
    assert all(p.grad is not None for p in nets["discriminator"].parameters())


@pytest.mark.parametrize("settings", [{}, {"norm": "batch"}, {"generator": "resnet", "blocks": 1}, {"patch": "whole"}])
def test_curves_are_what_the_phases_report(settings):
    settings = config(**settings)
    step, batch = step_of(settings, built(settings)), pairs()
    reported = [name for phase in pix2pix.phases(settings) for name in phase.loss(step, batch)]
    assert sorted(reported) == sorted(curve.name for curve in pix2pix.curves(settings))


def test_a_generator_of_changes_begins_as_nearly_a_copy_and_can_go_anywhere():
    nets, batch = built(config(draws="change")), pairs(3)
    made = nets["generator"](batch.pictures)
    assert float((made - batch.pictures).detach().abs().mean()) < 0.1
    generator = translators.Change(torch.nn.Threshold(2.0, -1.0))  # draws -1 everywhere
    assert torch.equal(generator(torch.ones(1, 1, 4, 4)), -torch.ones(1, 1, 4, 4))


def test_jitter_moves_both_pictures_of_a_pair_alike_and_once_a_step():
    settings = config(jitter=1.0)
    nets = built(settings)
    batch = pairs(8)
    batch = Batch(batch.pictures, other=batch.pictures.clone())
    judge, generator = Counted(nets["discriminator"]), Counted(nets["generator"])
    step = step_of(settings, nets | {"discriminator": judge, "generator": generator})
    pix2pix.discriminator_loss(step, batch)
    given, target = judge.given[0][:8, :1], judge.given[0][:8, 1:]
    assert torch.equal(given, target)
    assert torch.equal(generator.given[0], given)
    assert not torch.allclose(given, batch.pictures, atol=0.05)
    pix2pix.generator_loss(step, batch)
    assert torch.equal(judge.given[1][:, :1], given)


def test_rows_are_input_output_target():
    nets, batch = built(config()), pairs(2)
    rows = pix2pix.compare(nets, batch)
    assert list(rows) == ["input", "output", "target"]
    assert torch.equal(rows["output"], pix2pix.translate(nets, batch.pictures, 0))
    assert list(pix2pix.compare(nets, dataclasses.replace(batch, other=None))) == ["input", "output"]


def test_the_direction_is_named_after_two_classes():
    assert pix2pix.directions(config(), Spec(16, 3, ("blob", "new"))) == ("blob to new",)
    assert pix2pix.directions(config(), Spec(16, 3)) == ("A to B",)
    assert pix2pix.directions(config(), Spec(16, 3, ("a", "b", "c"))) == ("A to B",)


@pytest.mark.parametrize(
    ("size", "patch", "says"),
    [
        (64, "auto", ""),
        (8, "auto", ""),
        (16, "70", "70 px need pictures of 24 px"),
        (64, "286", "96 px at least, not 64"),
        (66, "auto", "multiple of 4"),
        (4, "auto", "from 8 to 1024"),
        (8, "whole", ""),
    ],
)
def test_impossible_sizes_and_patches_are_sentences(size, patch, says):
    settings = config(patch=patch)
    problems = pix2pix.spec_problems(settings, Spec(size, 1))
    assert says in "".join(problems)
    assert bool(problems) == bool(says)
    if not says:  # then it really works
        nets, batch = pix2pix.build(settings, Spec(size, 1)), Batch(torch.rand(2, 1, size, size))
        batch.other = batch.pictures
        assert pix2pix.discriminator_loss(step_of(settings, nets), batch)["D loss"].isfinite()


@pytest.mark.parametrize(("native", "size"), [(8, 16), (28, 32), (32, 32), (64, 64), (300, 64)])
def test_a_size_is_proposed_that_the_u_net_can_halve_to_the_end(native, size):
    assert pix2pix.fit_size(native) == size
