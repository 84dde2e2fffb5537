"""The two moves of a GAN with every training choice, on tiny nets and steps made by hand."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from studio import config as configs
from studio.models import adversarial, dcgan, gan
from studio.models.adversarial import GAMES, OPTIMISERS
from studio.models.adversarial_config import AUGMENTATIONS
from studio.models.family import Batch, Condition, Spec, Step
from studio.models.losses import ADVERSARIAL
from studio.session import Session
from studio.training import checkpoints, optimisers, runs
from studio.training.jobs import TrainJob
from tests.fakes import small

SPEC = Spec(8, 1, ("a", "b", "c"))
TINY = {"latent": 4, "hidden": 8, "layers": 1, "dropout": 0.0}


class Draw:
    """Random numbers from a generator; uniform ones are all ``fixed`` when it is given."""

    def __init__(self, seed=0, fixed=None):
        self.generator, self.fixed = torch.Generator().manual_seed(seed), fixed

    def codes(self, count, prior, conditions=None):
        return torch.randn(count, prior.size, generator=self.generator)

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator) if self.fixed is None else torch.full(shape, self.fixed)


def config_of(**settings):
    config = gan.GanConfig(**(TINY | settings))
    assert configs.problems(config) == []
    return config


def step_of(nets=None, draw=None, index=0, progress=0.0, **settings):
    config = config_of(**settings)
    torch.manual_seed(0)
    return Step(nets or gan.build(config, SPEC), config, draw or Draw(), SPEC, index, progress)


def batch_of(count=6):
    generator = torch.Generator().manual_seed(7)
    return Batch(torch.rand(count, 1, 8, 8, generator=generator) * 2 - 1, torch.arange(count) % 3)


def play(step, batch, condition=None):
    """Both phases as the trainer runs them: loss, backward to the player's own parameters, a move."""
    players = {player.name: player for player in adversarial.players(step.config)}
    together = step.config.simultaneous
    moves, terms = [], {}
    for phase in adversarial.phases(step.config, condition):
        found = phase.loss(step, batch)
        parameters = list(step.nets[phase.player].parameters())
        optimiser = optimisers.make(players[phase.player].optimiser, parameters)
        retain = together and phase.player == "discriminator"
        found[phase.objective].backward(inputs=parameters, retain_graph=retain)
        moves.append(optimiser)
        if not together:
            moves.pop().step()
        terms |= {name: value.detach() for name, value in found.items()}
    for optimiser in moves:
        optimiser.step()
    return terms


CHOICES = [
    *({"loss": game} for game in GAMES),
    *({"optimiser": kind} for kind in OPTIMISERS),
    *({"augment": policy} for policy in AUGMENTATIONS),
    *({"loss": game, "simultaneous": True} for game in GAMES),
    {"r1": 1.0},
    {"r2": 1.0, "simultaneous": True},
    {"loss": "relativistic", "r1": 1.0, "r2": 1.0, "one_batch": True},
    {"loss": "wasserstein", "momentum": 0.0, "second": 0.9, "augment": "colour, translation, cutout"},
    {"targets": "smooth"},
    {"targets": "noisy", "loss": "least squares"},
    {"noise": 0.2},
    {"one_batch": True, "simultaneous": True},
    {"fakes_in_eval": True},
    {"fakes_in_eval": True, "one_batch": True, "simultaneous": True, "r1": 1.0},
    {"spectral": True, "loss": "hinge"},
    {"spectral": True, "r1": 1.0, "two_classes": True},
]


@pytest.mark.parametrize("settings", CHOICES, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
def test_every_choice_moves_both_players_and_fills_its_curves(settings):
    step = step_of(**settings)
    before = {name: [p.detach().clone() for p in net.parameters()] for name, net in step.nets.items()}
    terms = play(step, batch_of())
    assert set(terms) == {curve.name for curve in adversarial.curves(step.config)}
    assert all(torch.isfinite(value) and value.dtype == torch.float32 for value in terms.values())
    for name, net in step.nets.items():
        still = [torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True)]
        # D's last bias cancels between real and made in a comparison, and in the hinge game while both count
        cancels = step.config.loss in ("relativistic", "wasserstein", "hinge") and name == "discriminator"
        assert sum(still) <= (1 if cancels else 0)
        assert all(torch.isfinite(p).all() for p in net.parameters())


@pytest.mark.parametrize("settings", CHOICES, ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()))
def test_the_same_seed_gives_the_same_move(settings):
    first, again = play(step_of(**settings), batch_of()), play(step_of(**settings), batch_of())
    assert all(torch.equal(first[name], again[name]) for name in first)


@pytest.mark.parametrize("game", GAMES)
def test_without_choices_it_is_the_plain_game(game):
    """The penalty of Wasserstein apart, D loss is the game's on D(x) and D(G(z)), and G's on D(G(z))."""
    step, batch = step_of(loss=game), batch_of()
    fakes = step.nets["generator"](Draw().codes(6, adversarial.prior(step.config, SPEC)))
    real, fake = step.nets["discriminator"](batch.pictures), step.nets["discriminator"](fakes)
    about = ADVERSARIAL[game]
    terms = adversarial.discriminator_loss(step, batch)
    expected = about.discriminator(real, fake) + terms.get("gradient penalty", 0)
    torch.testing.assert_close(terms["D loss"], expected, rtol=1e-6, atol=1e-6)
    expected = about.generator(fake, real) if about.relative else about.generator(fake)
    assert torch.equal(adversarial.generator_loss(step, batch)["G loss"], expected)


def test_d_learns_nothing_through_g_and_g_nothing_through_real_pictures():
    step, batch = step_of(loss="relativistic"), batch_of()
    terms = adversarial.discriminator_loss(step, batch)
    g_parameters = list(step.nets["generator"].parameters())
    with pytest.raises(RuntimeError, match=r"does not require grad|not have been used"):
        torch.autograd.grad(terms["D loss"], g_parameters)
    batch.pictures.requires_grad_()
    adversarial.generator_loss(step, batch)["G loss"].backward()
    assert batch.pictures.grad is None
    assert all(p.grad is not None for p in g_parameters)


class Watched(nn.Module):
    """A net that remembers what it was called with."""

    def __init__(self, net):
        super().__init__()
        self.net, self.calls = net, []

    def forward(self, x, conditions=None):
        self.calls.append((x.detach().clone(), conditions, self.training))
        return self.net(x)


def watched(**settings):
    nets = gan.build(config_of(**settings), SPEC)
    return {name: Watched(net) for name, net in nets.items()}


def classes(config, spec):
    return Condition("class", spec.classes)


@pytest.mark.parametrize("one_batch", [False, True])
def test_both_nets_are_told_the_batch_s_own_conditions(one_batch):
    nets, batch = watched(), batch_of()
    play(step_of(nets, one_batch=one_batch, loss="relativistic", r1=1.0), batch, classes)
    expected = torch.eye(3)[batch.labels]
    told = [conditions for net in nets.values() for _, conditions, _ in net.calls]
    assert len(told) == (5 if one_batch else 6)  # G once; D on real, made and for R1, then on made and real for G
    for conditions in told:
        assert torch.equal(conditions, expected if len(conditions) == 6 else torch.cat((expected, expected)))


def test_a_family_without_conditions_is_called_with_pictures_alone():
    nets = watched()
    play(step_of(nets), batch_of())
    assert {conditions for net in nets.values() for _, conditions, _ in net.calls} == {None}
    assert adversarial.generate(nets, torch.zeros(2, 4)).shape == (2, 1, 8, 8)
    adversarial.generate(nets, torch.zeros(2, 4), torch.eye(3)[:2])
    assert torch.equal(nets["generator"].calls[-1][1], torch.eye(3)[:2])


def test_g_s_pictures_are_made_once_for_both_moves():
    nets = watched()
    step, batch = step_of(nets), batch_of()
    play(step, batch)
    assert len(nets["generator"].calls) == 1
    assert torch.equal(nets["discriminator"].calls[1][0], nets["discriminator"].calls[2][0])
    assert batch.shared == {}
    adversarial.generator_loss(step, batch)
    assert len(nets["generator"].calls) == 2, "alone, G makes its own"


def test_one_batch_is_one_pass():
    nets, batch = watched(), batch_of()
    terms = adversarial.discriminator_loss(step_of(nets, one_batch=True), batch)
    assert [len(x) for x, _, _ in nets["discriminator"].calls] == [12]
    assert torch.equal(nets["discriminator"].calls[0][0][:6], batch.pictures)
    apart = adversarial.discriminator_loss(step_of(nets), batch)
    torch.testing.assert_close(terms["D loss"], apart["D loss"])


def test_d_s_pictures_come_from_g_in_eval_mode():
    config = dcgan.DcganConfig(latent=4, width=4, fakes_in_eval=True)
    torch.manual_seed(0)
    nets = dcgan.build(config, Spec(16, 1))
    watch = {"generator": Watched(nets["generator"]), "discriminator": nets["discriminator"]}
    frozen = nets["generator"][2].eval()  # a module with a mode of its own keeps it
    step, batch = Step(watch, config, Draw(), Spec(16, 1)), Batch(torch.zeros(4, 1, 16, 16))
    before = {name: b.clone() for name, b in nets["generator"].named_buffers()}
    adversarial.discriminator_loss(step, batch)["D loss"].backward()
    assert [training for _, _, training in watch["generator"].calls] == [False]
    assert all(torch.equal(b, before[name]) for name, b in nets["generator"].named_buffers())
    assert all(p.grad is None for p in nets["generator"].parameters())
    assert [m for m in nets["generator"].modules() if not m.training] == [frozen]
    adversarial.generator_loss(step, batch)["G loss"].backward()
    assert [training for _, _, training in watch["generator"].calls] == [False, True]
    assert all(p.grad is not None for p in nets["generator"].parameters())


def test_g_is_in_train_mode_again_after_an_error():
    class Broken(nn.Linear):
        def forward(self, x):
            raise RuntimeError("broken")

    net = Broken(4, 1)
    step = step_of({"generator": net, "discriminator": nn.Linear(1, 1)}, fakes_in_eval=True)
    with pytest.raises(RuntimeError, match="broken"):
        adversarial.discriminator_loss(step, batch_of())
    assert net.training


# -- penalties ---------------------------------------------------------------------------------------------------------


def flat(weight=0.5):
    """Nets whose slopes are known: D(x) = weight · Σx over 64 pixels, ‖∇D‖² = 64 · weight²."""
    d = nn.Linear(64, 1)
    nn.init.constant_(d.weight, weight)
    nn.init.zeros_(d.bias)
    g = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8)))
    return {"generator": g, "discriminator": nn.Sequential(nn.Flatten(), d)}


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_r1_and_r2_are_half_gamma_times_the_slope_squared(name):
    nets = flat()
    plain = adversarial.discriminator_loss(step_of(nets), batch_of())
    terms = adversarial.discriminator_loss(step_of(nets, **{name: 3.0}), batch_of())
    assert terms[name.upper()].item() == pytest.approx(1.5 * 64 * 0.25)
    assert (terms["D loss"] - plain["D loss"]).item() == pytest.approx(24, rel=1e-5)


def test_r1_looks_at_real_and_r2_at_made_pictures():
    nets, batch = watched(), batch_of()
    play(step_of(nets, r1=1.0, r2=1.0), batch)
    seen = [x for x, _, _ in nets["discriminator"].calls]
    assert torch.equal(seen[2], batch.pictures)
    assert torch.equal(seen[3], seen[1])


def test_lazy_penalties_come_every_nth_step_with_n_times_the_weight():
    nets = flat()
    plain = adversarial.discriminator_loss(step_of(nets), batch_of())["D loss"]
    for index, due in ((0, True), (1, False), (3, False), (4, True), (8, True)):
        terms = adversarial.discriminator_loss(step_of(nets, index=index, r1=1.0, penalty_every=4), batch_of())
        assert ("R1" in terms) is due
        assert (terms["D loss"] - plain).item() == pytest.approx(4 * 8 if due else 0, rel=1e-5)
        if due:
            assert terms["R1"].item() == pytest.approx(8), "the curve does not depend on how often"


def test_the_wasserstein_game_has_its_penalty_at_every_step():
    nets = flat()
    for index in range(3):
        step = step_of(nets, index=index, loss="wasserstein", gradient_penalty=10.0, penalty_every=16)
        terms = adversarial.discriminator_loss(step, batch_of())
        assert terms["gradient penalty"].item() == pytest.approx(10 * (4 - 1) ** 2, rel=1e-5)
        gap = terms["D(G(z))"] - terms["D(x)"]
        torch.testing.assert_close(terms["D loss"], gap + terms["gradient penalty"])


def test_a_penalty_has_a_curve_of_its_own():
    def names(**settings):
        return [curve.name for curve in adversarial.curves(config_of(**settings))][4:]

    assert adversarial.curves(config_of()) == adversarial.CURVES
    assert names(r1=1.0) == ["R1"]
    assert names(loss="relativistic", r1=1.0, r2=1.0) == ["R1", "R2"]
    assert names(loss="wasserstein") == ["gradient penalty"]
    on = adversarial.curves(config_of(r1=1.0, r2=1.0))[4:]
    assert all(curve.player == "discriminator" and curve.help for curve in on)


@pytest.mark.parametrize("settings", [{"loss": "wasserstein"}, {"r1": 1.0, "r2": 1.0}])
def test_penalties_work_in_bfloat16(settings):
    step, batch = step_of(**settings), batch_of()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = adversarial.discriminator_loss(step, batch)
    exact = adversarial.discriminator_loss(step_of(**settings), batch_of())
    terms["D loss"].backward(inputs=list(step.nets["discriminator"].parameters()))
    for name in set(terms) - {"D loss", "D(x)", "D(G(z))"}:
        assert terms[name].dtype == torch.float32
        torch.testing.assert_close(terms[name], exact[name], rtol=2e-2, atol=1e-3)


# -- tricks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("progress", "std"), [(0.0, 0.4), (0.1, 0.2), (0.15, 0.1), (0.2, 0.0), (0.9, 0.0)])
def test_noise_fades_in_a_straight_line(progress, std):
    step = step_of(progress=progress, noise=0.4, noise_until=0.2)
    noisy = adversarial.shown_to_d(step, torch.zeros(64, 1, 32, 32))
    assert noisy.std().item() == pytest.approx(std, rel=0.02)


@pytest.mark.parametrize("settings", [{"noise": 0.5}, {"augment": "translation, cutout"}])
def test_d_sees_everything_changed_and_g_learns_through_it(settings):
    nets, batch = watched(), batch_of()
    play(step_of(nets, **settings), batch)
    real, made, again = (x for x, _, _ in nets["discriminator"].calls)
    fakes = nets["generator"].net(nets["generator"].calls[0][0]).detach()
    assert not torch.equal(real, batch.pictures)
    assert not torch.equal(made, again), "drawn anew for G's move"
    assert made.shape == fakes.shape
    assert all(p.grad is not None and p.grad.any() for p in nets["generator"].parameters())


def test_smooth_and_noisy_targets_reach_the_game():
    nets, game = flat(), ADVERSARIAL["non-saturating"]
    batch = batch_of()

    def loss(**settings):
        return adversarial.discriminator_loss(step_of(nets, draw=Draw(fixed=0.5), **settings), batch_of())["D loss"]

    with torch.no_grad():
        real = nets["discriminator"](batch.pictures)
        fake = nets["discriminator"](nets["generator"](Draw().codes(6, adversarial.prior(config_of(), SPEC))))
    torch.testing.assert_close(loss(targets="smooth"), game.soft(real, fake, 0.9, 0.0))
    # the middles of U(0.7, 1.2) and U(0.0, 0.3)
    torch.testing.assert_close(loss(targets="noisy"), game.soft(real, fake, 0.95, 0.15))
    torch.testing.assert_close(loss(), game.discriminator(real, fake))


@pytest.mark.parametrize(("fixed", "real", "fake"), [(0.0, 0.7, 0.0), (1.0, 1.2, 0.3)])
def test_noisy_targets_span_the_lecture_s_ranges(fixed, real, fake, monkeypatch):
    seen = []
    soft = ADVERSARIAL["least squares"]
    spy = dataclasses.replace(soft, soft=lambda r, f, rt, ft: seen.extend((rt, ft)) or soft.soft(r, f, rt, ft))
    monkeypatch.setitem(ADVERSARIAL, "least squares", spy)
    step = step_of(draw=Draw(fixed=fixed), targets="noisy", loss="least squares")
    adversarial.discriminator_loss(step, batch_of())
    assert [target.shape for target in seen] == [(6, 1), (6, 1)], "one for each picture"
    assert [float(target.mean()) for target in seen] == pytest.approx([real, fake])


# -- settings ----------------------------------------------------------------------------------------------------------


def test_players_learn_as_described():
    config = config_of(optimiser="rmsprop", d_rate=1e-3, g_rate=2e-3, d_decay=1e-5, g_decay=1e-6, rho=0.8, epsilon=1e-7)
    d, g = (player.optimiser for player in adversarial.players(config))
    assert (d.kind, d.rate, d.decay, d.rho, d.epsilon) == ("rmsprop", 1e-3, 1e-5, 0.8, 1e-7)
    assert (g.rate, g.decay) == (2e-3, 1e-6)
    for player in adversarial.players(config_of(momentum=0.0, second=0.9)):
        assert (player.optimiser.momentum, player.optimiser.second) == (0.0, 0.9)


@pytest.mark.parametrize(("kind", "epsilon"), [("adam", 1e-8), ("adagrad", 1e-10), ("sgd", 1e-8)])
def test_epsilon_is_the_usual_one(kind, epsilon):
    assert {p.optimiser.epsilon for p in adversarial.players(config_of(optimiser=kind))} == {epsilon}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"simultaneous": True, "d_steps": 2}, ["Both at once", "D steps"]),
        ({"targets": "noisy", "loss": "hinge"}, ["Hinge", "targets"]),
        ({"targets": "smooth", "loss": "relativistic"}, ["Relativistic", "targets"]),
        ({"targets": "smooth", "loss": "wasserstein"}, ["Wasserstein", "targets"]),
        ({"loss": "wasserstein", "r1": 1.0}, ["penalty of its own", "R1"]),
    ],
)
def test_what_does_not_go_together_is_a_sentence(settings, words):
    (problem,) = configs.problems(gan.GanConfig(**settings))
    assert all(word in problem for word in words)
    assert problem.endswith(".")


def test_the_wasserstein_penalty_wants_no_batch_norm_in_d():
    (problem,) = configs.problems(dcgan.DcganConfig(loss="wasserstein"))
    assert "batch norm" in problem
    for norm in ("group", "spectral", "none"):
        assert configs.problems(dcgan.DcganConfig(loss="wasserstein", norm=norm)) == []
    assert configs.problems(dcgan.DcganConfig(loss="wasserstein", architecture="lecture")) == []
    assert configs.problems(gan.GanConfig(loss="wasserstein")) == []


@pytest.mark.parametrize("norm", dcgan.NORMS)
def test_dcgan_d_has_the_norm_that_was_chosen(norm):
    config = dcgan.DcganConfig(latent=4, width=8, norm=norm)
    torch.manual_seed(0)
    net = dcgan.build(config, Spec(32, 1))["discriminator"]
    kinds = {type(module) for module in net.modules()}
    assert (nn.BatchNorm2d in kinds) is (norm == "batch")
    assert (nn.GroupNorm in kinds) is (norm == "group")
    assert any("parametrizations" in name for name, _ in net.named_parameters()) is (norm == "spectral")
    x = torch.randn(4, 1, 32, 32)
    alone = torch.cat([net(x[n : n + 1]) for n in range(4)])
    if norm in ("group", "none"):
        torch.testing.assert_close(net(x), alone, rtol=1e-4, atol=1e-5)
    if norm == "spectral":
        for _ in range(50):
            net(x)  # each pass improves the estimate
        sizes = [torch.linalg.matrix_norm(m.weight.flatten(1), 2) for m in net if isinstance(m, nn.Conv2d)]
        torch.testing.assert_close(torch.stack(sizes), torch.ones(len(sizes)), rtol=1e-2, atol=0)


def test_old_settings_still_build_the_same_net():
    """A stored model names none of the newer settings."""
    old = {"latent": 64, "width": 32, "dropout": 0.4, "d_rate": 1e-4, "g_rate": 4e-4, "momentum": 0.5}
    config = configs.from_json(dcgan.DcganConfig, old)
    assert configs.problems(config) == []
    shapes = [tuple(p.shape) for p in dcgan.build(config, Spec(32, 1))["discriminator"].parameters()]
    assert shapes == [
        *[(32, 1, 4, 4)],
        *[(64, 32, 4, 4), (64,), (64,)],
        *[(128, 64, 4, 4), (128,), (128,)],
        *[(1, 128, 4, 4)],
    ]
    assert [p.optimiser.second for p in adversarial.players(config)] == [0.999, 0.999]


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("gan", ("loss=relativistic", "r1=1", "penalty_every=4", "augment=colour, translation, cutout", "noise=0.3")),
        ("dcgan", ("norm=spectral", "fakes_in_eval=yes", "one_batch=yes", "targets=noisy", "d_decay=0.01", "r1=1")),
    ],
)
def test_choices_resume_exactly(family, settings, tmp_path):
    """Lazy steps, fading noise, drawn targets and shrinking rates follow the step count, not the process."""
    recipe, session = small(family, "horizon=12", *settings), Session(tmp_path)
    session.do(TrainJob(recipe, tmp_path, "whole", steps=10))
    session.do(TrainJob(recipe, tmp_path, "halves", steps=5))
    session.do(TrainJob(recipe, tmp_path, "halves", steps=10, resume=True))
    (first, _), (second, _) = (checkpoints.load_newest(tmp_path / name, pytest.fail) for name in ("whole", "halves"))
    assert first.keys() == second.keys()
    assert not [key for key in first if not torch.equal(first[key], second[key])]
    rows = [runs.open_run(tmp_path / name).history().rows() for name in ("whole", "halves")]
    assert rows[0].shape == (10, 5), "R1 is a curve of the run"
    assert (rows[0] == rows[1]).all()


@pytest.mark.parametrize(("family", "architecture"), [("gan", ""), ("dcgan", "dcgan"), ("dcgan", "lecture")])
def test_features_are_what_the_last_layer_of_d_reads(family, architecture):
    import dataclasses

    from studio import models
    from studio.models.family import Spec

    about = models.family(family)
    config = about.config(width=4, architecture=architecture) if architecture else about.config(hidden=8)
    nets = about.build(dataclasses.replace(config, dropout=0.0), Spec(28 if architecture == "lecture" else 16, 1))
    judge = nets["discriminator"].eval()
    pictures = torch.rand(3, 1, *(2 * [28 if architecture == "lecture" else 16]))
    found = about.features(nets, pictures)
    last = [layer for layer in judge if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)][-1]
    again = torch.nn.functional.linear(found, last.weight.flatten(1), last.bias)
    torch.testing.assert_close(again, judge(pictures))
