"""CycleGAN: there and back again, two judges with a memory each, and losses that add up as weighed."""

from __future__ import annotations

import pytest
import torch

from studio.models import cyclegan, translating
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(16, 1, ("cat", "dog"))
QUICK = {"width": 4, "d_width": 4, "blocks": 1, "pool": 4}


class Draw:
    """The random numbers of a step, from a generator of its own."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)


class Counted:
    """A net that counts its passes and keeps what it was given."""

    def __init__(self, net):
        self.net, self.given = net, []

    def __call__(self, pictures):
        self.given.append(pictures)
        return self.net(pictures)


def config(**settings):
    return cyclegan.CycleganConfig(**{**QUICK, **settings})


def built(settings, seed=0):
    torch.manual_seed(seed)
    return cyclegan.build(settings, SPEC)


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
    players = {player.name: player for player in cyclegan.players(settings)}
    own = {name: [p for net in player.nets for p in nets[net].parameters()] for name, player in players.items()}
    movers = {name: optimisers.make(player.optimiser, own[name]) for name, player in players.items()}
    for index in range(steps):
        batch = domains(seed=index)
        for phase in cyclegan.phases(settings):
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
    settings = config(identity_weight=0.0, g_rate=2e-3, d_rate=2e-3, patch="whole")
    start, nets = built(settings), trained(settings, 60)
    batch = domains(8, seed=10_000)
    with torch.inference_mode():
        there, back = (cyclegan.translate(nets, x, i) for i, x in enumerate((batch.pictures, batch.other)))
        before = cyclegan.validate(step_of(settings, start), batch)["val cycle L1"]
        after = cyclegan.validate(step_of(settings, nets), batch)["val cycle L1"]
    assert batch.pictures.mean() < -0.3
    assert there.mean() > 0.2
    assert back.mean() < -0.2
    assert float(after) < 0.65 * float(before)


def test_losses_add_up_with_their_weights():
    settings = config(cycle_weight=3.0, identity_weight=0.5)
    terms = plain(cyclegan.generator_loss(step_of(settings, built(settings)), domains()))
    both = {name: terms[f"{name} A"] + terms[f"{name} B"] for name in ("cycle", "identity")}
    adversarial = terms["adversarial A to B"] + terms["adversarial B to A"]
    assert terms["G loss"] == pytest.approx(adversarial + 3 * both["cycle"] + 1.5 * both["identity"], rel=1e-5)


def test_nets_that_change_nothing_cost_nothing_but_the_game():
    settings = config()
    nets = built(settings) | {"a_to_b": lambda x: x, "b_to_a": lambda x: x}
    terms = plain(cyclegan.generator_loss(step_of(settings, nets), domains()))
    assert [terms[f"{name} {kind}"] for name in ("cycle", "identity") for kind in "AB"] == [0, 0, 0, 0]
    fooled = terms["adversarial A to B"] + terms["adversarial B to A"]
    assert terms["G loss"] == pytest.approx(fooled, rel=1e-6)


def test_least_squares_is_weighed_as_in_the_paper():
    logits = torch.tensor([[0.0], [3.0]])
    assert float(translating.fooling("least squares", logits)) == pytest.approx((1 + 4) / 2)


@pytest.mark.parametrize("identity", [0.0, 0.5])
def test_curves_are_what_the_phases_report(identity):
    settings = config(identity_weight=identity)
    step, batch = step_of(settings, built(settings)), domains()
    reported = [name for phase in cyclegan.phases(settings) for name in phase.loss(step, batch)]
    assert sorted(reported) == sorted(curve.name for curve in cyclegan.curves(settings))
    assert ("identity A" in reported) == bool(identity)


@pytest.mark.parametrize("identity", [0.0, 0.5])
def test_each_generator_runs_once_there_and_once_back(identity):
    settings, nets = config(identity_weight=identity), built(config())
    generator = Counted(nets["a_to_b"])
    cyclegan.generator_loss(step_of(settings, nets | {"a_to_b": generator}), domains(4))
    assert [len(given) for given in generator.given] == ([8, 4] if identity else [4, 4])


def test_each_judge_sees_its_own_kind_and_pictures_made_of_the_other():
    settings, nets, batch = config(), built(config()), domains(4)
    nets |= {"a_to_b": lambda x: x * 0 + 0.25, "b_to_a": lambda x: x * 0 - 0.25}
    judges = {name: Counted(nets[name]) for name in cyclegan.JUDGES}
    cyclegan.discriminator_loss(step_of(settings, nets | judges), batch)
    for name, real, made in (("a", batch.pictures, -0.25), ("b", batch.other, 0.25)):
        (seen,) = judges[f"discriminator_{name}"].given
        assert torch.equal(seen[:4], real)
        assert (seen[4:] == made).all()


def test_the_judges_get_the_pictures_that_the_generators_have_just_made():
    settings, nets, batch = config(), built(config()), domains(4)
    step = step_of(settings, nets)
    cyclegan.generator_loss(step, batch)
    made = batch.shared["fakes"]
    cyclegan.discriminator_loss(step, batch)
    assert batch.shared == {}
    assert torch.equal(nets["pool_a"].pictures, made[0])
    assert torch.equal(nets["pool_b"].pictures, made[1])


def test_the_judges_remember_what_was_made_before():
    settings, nets = config(), built(config())
    step = step_of(settings, nets)
    cyclegan.discriminator_loss(step, domains(4))
    first = nets["pool_a"].pictures.clone()
    nets |= {"b_to_a": lambda x: x * 0 + 0.5}
    judge = Counted(nets["discriminator_a"])
    cyclegan.discriminator_loss(step_of(settings, nets | {"discriminator_a": judge}), domains(4, seed=1))
    handed = judge.given[0][4:]
    old = [bool((picture == first).flatten(1).all(1).any()) for picture in handed]
    new = [bool((picture == 0.5).all()) for picture in handed]
    assert any(old)
    assert any(new)


def test_judges_send_no_gradient_to_the_generators():
    settings, nets, batch = config(), built(config()), domains()
    step = step_of(settings, nets)
    cyclegan.generator_loss(step, batch)
    cyclegan.discriminator_loss(step, batch)["D loss"].backward()
    assert all(p.grad is None for name in cyclegan.GENERATORS for p in nets[name].parameters())


def test_pools_belong_to_nobody_and_are_stored():
    nets = built(config())
    played = {name for player in cyclegan.players(config()) for name in player.nets}
    assert set(nets) - played == {"pool_a", "pool_b"}
    assert nets["pool_a"].state_dict()["pictures"].shape == (4, 1, 16, 16)


@pytest.mark.parametrize(("size", "blocks", "expected"), [(64, 0, 6), (128, 0, 6), (256, 0, 9), (64, 2, 2)])
def test_the_number_of_blocks_follows_the_size_unless_it_is_set(size, blocks, expected):
    with torch.device("meta"):
        nets = cyclegan.build(config(blocks=blocks), Spec(size, 3))
    assert sum(key.endswith("conv_block.1.weight") for key in nets["a_to_b"].state_dict()) == expected


def test_both_directions_are_named_and_translate():
    assert cyclegan.FAMILY.directions(config(), SPEC) == ("cat to dog", "dog to cat")
    assert cyclegan.FAMILY.directions(config(), Spec(16, 1)) == ("A to B", "B to A")
    nets = {"a_to_b": lambda x: x + 1, "b_to_a": lambda x: x - 1}
    assert float(cyclegan.translate(nets, torch.zeros(1), 0)) == 1
    assert float(cyclegan.translate(nets, torch.zeros(1), 1)) == -1


def test_six_rows_are_compared():
    nets = {"a_to_b": lambda x: x * 2, "b_to_a": lambda x: x / 4}
    batch = Batch(torch.ones(1, 1, 2, 2), other=torch.full((1, 1, 2, 2), 8.0))
    rows = {name: float(row.mean()) for name, row in cyclegan.compare(nets, batch).items()}
    assert rows == {"A": 1, "A to B": 2, "back to A": 0.5, "B": 8, "B to A": 2, "back to B": 4}
    assert list(cyclegan.compare(nets, Batch(batch.pictures))) == ["A", "A to B", "back to A"]


def test_the_cycle_error_is_the_mean_of_both_in_pixels_from_0_to_1():
    nets = {"a_to_b": lambda x: x + 0.2, "b_to_a": lambda x: x + 0.2}
    batch = Batch(torch.zeros(1, 1, 2, 2), other=torch.zeros(1, 1, 2, 2))
    assert float(cyclegan.validate(step_of(config(), nets), batch)["val cycle L1"]) == pytest.approx(0.2)


def test_impossible_sizes_are_sentences():
    assert "multiple of 4" in cyclegan.spec_problems(config(), Spec(30, 1))[0]
    assert "24 px at least" in cyclegan.spec_problems(config(patch="70"), Spec(16, 1))[0]
    assert cyclegan.spec_problems(config(), Spec(28, 1)) == []
