"""The face GAN: it starts as PCA, learns what a linear map cannot, and D pushes as far as it is told."""

from __future__ import annotations

import pytest
import torch

from studio.models import facegan, facegan_losses, facegan_nets, pca
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(16, 1)
QUICK = {"latent": 6, "width": 8, "widest": 16, "e_width": 8, "e_widest": 16, "d_width": 8, "blend": 0.0}
STILL = {"turn": 0.0, "scale": 0.0, "shift": 0.0, "bend": 0.0, "light": 0.0, "mirror": False}


class Draw:
    """The random numbers of a step, from a generator of its own; ``noise`` 0 draws nothing but zeros."""

    def __init__(self, seed=0, noise=1.0):
        self.generator, self.noise = torch.Generator().manual_seed(seed), noise

    def normal(self, shape):
        return self.noise * torch.randn(shape, generator=self.generator)

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator)

    def codes(self, count, prior, conditions=None):
        return self.normal((count, prior.size))


def config(**settings):
    return facegan.FaceganConfig(**{**QUICK, **settings})


def built(settings, spec=SPEC, seed=0):
    torch.manual_seed(seed)
    return facegan.build(settings, spec)


def faces(count=24, seed=0, size=16):
    """Dark pictures with a bright square each, of any size and place: (count, 1, size, size) in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    found = torch.full((count, 1, size, size), -0.8)
    for row, (top, left, side) in enumerate(torch.randint(2, size // 2, (count, 3), generator=generator).tolist()):
        found[row, 0, top : top + side, left : left + side] = 0.8
    return found


def step_of(settings, nets, draw=None, spec=SPEC, index=1, progress=0.5):
    return Step(nets, settings, draw or Draw(), spec, index, progress)


def trained(settings, nets, pictures, steps, progress=0.0):
    draw = Draw()
    players = {player.name: player for player in facegan.players(settings)}
    own = {name: [p for net in player.nets for p in nets[net].parameters()] for name, player in players.items()}
    movers = {name: optimisers.make(player.optimiser, own[name]) for name, player in players.items()}
    for index in range(steps):
        batch = Batch(pictures)
        for phase in facegan.phases(settings):
            if phase.runs(progress):
                terms = phase.loss(step_of(settings, nets, draw, index=index, progress=progress), batch)
                movers[phase.player].zero_grad()
                terms[phase.objective].backward(inputs=own[phase.player])
                movers[phase.player].step()
    return nets


def figures(settings, nets, pictures):
    with torch.inference_mode():
        found = facegan.validate(step_of(settings, nets), Batch(pictures))
    return {name: float(value) for name, value in found.items()}


@pytest.fixture(autouse=True)
def one_thread():
    """Nets as small as these train fastest on one thread, above all beside other programs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("mirror", [False, True])
def test_prepared_nets_are_pca_with_codes_of_variance_one(mirror):
    settings, pictures = config(mirror=mirror), faces(40)
    nets = built(settings)
    facegan.prepare(settings, nets, pictures)
    both = torch.cat((pictures, pictures.flip(3))) if mirror else pictures
    with torch.inference_mode():
        codes = facegan.encode(nets, both)
        again = nets["generator"](codes)
    torch.testing.assert_close(again, pca.fit(both, 6)(both), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(codes.mean(0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(codes.std(0), torch.ones(6), atol=1e-3, rtol=0)


def test_above_32_px_the_linear_path_is_pca_of_small_pictures():
    settings, spec, pictures = config(widest=8), Spec(64, 1), faces(12, size=64)
    nets = built(settings, spec)
    facegan.prepare(settings, nets, pictures)
    small = facegan_nets.shrunk(pictures, 32)
    assert nets["encoder"].linear.weight.shape == (6, 32 * 32)
    with torch.inference_mode():
        again = facegan_nets.shrunk(nets["generator"](facegan.encode(nets, pictures)), 32)
    plain = pca.fit(torch.cat((small, small.flip(3))), 6)(small)
    assert float((again - plain).abs().mean()) < 0.02, "enlarged and shrunk again"


def test_fewer_pictures_than_code_elements_leave_the_others_unused():
    settings, pictures = config(latent=20, mirror=False), faces(5)
    nets = built(settings)
    facegan.prepare(settings, nets, pictures)
    with torch.inference_mode():
        codes = facegan.encode(nets, pictures)
    assert torch.isfinite(codes).all()
    assert float(codes[:, 5:].abs().max()) == 0.0
    with torch.inference_mode():
        torch.testing.assert_close(nets["generator"](codes), pictures, atol=1e-3, rtol=0)


def test_the_noise_on_codes_starts_where_the_kl_weight_says():
    """Together the elements' noise causes about ``kl_weight`` times the error."""
    settings, pictures = config(mirror=False, kl_weight=0.3, **{k: STILL[k] for k in STILL if k != "mirror"}), faces(60)
    nets = built(settings)
    facegan.prepare(settings, nets, pictures)
    with torch.inference_mode():
        found = nets["encoder"](pictures)
        mean, log_variance = found[:, :6], found[:, 6:]
        noise = (0.5 * log_variance).exp() * Draw().normal((60, 6))
        clean, noisy = nets["generator"](mean), nets["generator"](mean + noise)
    error = float((clean - pictures).square().mean())
    assert float((noisy - clean).square().mean()) / error == pytest.approx(0.3, rel=0.35)


def test_training_gets_better_than_pca():
    settings, pictures = config(rate=5e-3, kl_weight=0.01, start=1.0, freeze=1.0, **STILL), faces(24)
    nets = built(settings)
    facegan.prepare(settings, nets, pictures)
    before = figures(settings, nets, pictures)
    after = figures(settings, trained(settings, nets, pictures, 60), pictures)
    assert after["val PSNR"] > before["val PSNR"] + 1
    assert after["val L1"] < before["val L1"]
    assert abs(1 - after["val sharpness"]) < abs(1 - before["val sharpness"])


def test_it_learns_without_a_prepared_start():
    settings, pictures = config(rate=3e-3, kl_weight=0.01, start=1.0, freeze=1.0, **STILL), faces(24)
    nets = built(settings)
    before = figures(settings, nets, pictures)
    assert figures(settings, trained(settings, nets, pictures, 50), pictures)["val PSNR"] > before["val PSNR"] + 3


def test_the_pushes_are_shares_of_the_pull():
    settings = config(gan_weight=0.25, feature_weight=0.0, sample_weight=0.5)
    nets = built(settings)
    real, made, samples = faces(4, 1), faces(4, 2).requires_grad_(), faces(4, 3).requires_grad_()
    pull = torch.autograd.grad(facegan_losses.log_error(made, real), made)[0].norm()
    pushed = facegan_losses._pushes(step_of(settings, nets), real, made, samples)
    of_made, of_samples = torch.autograd.grad(pushed, (made, samples))
    assert float(pushed.detach()) == 0.0
    torch.testing.assert_close(of_made.norm(), 0.25 * pull)
    torch.testing.assert_close(of_samples.norm(), 0.5 * pull)


def test_a_push_goes_where_the_discriminator_is_fooled():
    settings = config(gan_weight=1.0, feature_weight=0.0, sample_weight=0.0)
    nets = built(settings)
    made = faces(4, 2).requires_grad_()
    pushed = facegan_losses._pushes(step_of(settings, nets), faces(4, 1), made, faces(4, 3))
    step = torch.autograd.grad(pushed, made)[0]
    with torch.no_grad():
        before, after = nets["discriminator"](made)[0].mean(), nets["discriminator"](made - 0.1 * step)[0].mean()
    assert float(after) > float(before)


def test_the_pushes_grow_from_nothing_when_the_game_begins():
    settings = config(start=0.4)
    nets = built(settings)
    lengths = []
    for progress in (0.4, 0.425, 0.45, 0.7):
        made = faces(4, 2).requires_grad_()
        step = step_of(settings, nets, progress=progress)
        pushed = facegan_losses._pushes(step, faces(4, 1), made, faces(4, 3))
        lengths.append(float(torch.autograd.grad(pushed, made)[0].norm()))
    assert lengths[0] == 0.0
    assert lengths[1] == pytest.approx(lengths[2] / 2, rel=1e-3)
    assert lengths[3] == pytest.approx(lengths[2], rel=1e-3)


def test_the_game_moves_generator_and_discriminator_and_stays_finite():
    settings = config(start=0.0, freeze=1.0, r1_every=2)
    nets = built(settings)
    facegan.prepare(settings, nets, faces())
    start = {name: [p.detach().clone() for p in net.parameters()] for name, net in nets.items()}
    trained(settings, nets, faces(), 6, progress=0.5)
    for name, net in nets.items():
        assert all(torch.isfinite(p).all() for p in net.parameters())
        assert any(not torch.equal(a, b) for a, b in zip(start[name], net.parameters(), strict=True))


def test_in_the_last_stage_the_encoder_rests():
    settings = config()
    nets = built(settings)
    start = [p.detach().clone() for p in nets["encoder"].parameters()]
    leave = nets["generator"].leave.weight.detach().clone()
    trained(settings, nets, faces(), 3, progress=0.9)
    assert all(torch.equal(a, b) for a, b in zip(start, nets["encoder"].parameters(), strict=True))
    assert not torch.equal(leave, nets["generator"].leave.weight)


def test_stages_follow_each_other_and_empty_ones_are_left_out():
    assert [p.name for p in facegan.phases(config()) if p.runs(0.1)] == ["autoencoder"]
    assert [p.name for p in facegan.phases(config()) if p.runs(0.5)] == ["autoencoder, game", "discriminator"]
    assert [p.name for p in facegan.phases(config()) if p.runs(1.0)] == ["generator, game", "discriminator"]
    assert [p.name for p in facegan.phases(config(start=1.0, freeze=1.0))] == ["autoencoder"]
    assert config(start=0.9, freeze=0.5).problems()


def test_attributes_lie_on_straight_lines():
    spec, pictures = Spec(16, 1, (), ("bright",)), faces(32)
    answers = torch.arange(32).remainder(2)[:, None].float()
    pictures = pictures + 0.15 * answers[..., None, None]
    settings = config(head_weight=1.0, rate=3e-3, start=1.0, freeze=1.0, **STILL)
    nets, draw = built(settings, spec), Draw()
    own = [p for name in ("encoder", "generator") for p in nets[name].parameters()]
    mover = torch.optim.Adam(own, 3e-3)
    for _ in range(60):
        terms = facegan_losses.autoencoder_loss(
            step_of(settings, nets, draw, spec), Batch(pictures, attributes=answers), game=False, rest=False
        )
        mover.zero_grad()
        terms["AE loss"].backward()
        mover.step()
    with torch.inference_mode():
        found = facegan.validate(step_of(settings, nets, spec=spec), Batch(pictures, attributes=answers))
        logits = nets["encoder"].head(facegan.encode(nets, pictures))
    assert float(found["val attributes"]) > 0.9
    assert float(((logits > 0) == (answers > 0)).float().mean()) == pytest.approx(float(found["val attributes"]))


def test_unknown_attributes_count_nothing():
    answers = torch.tensor([[2.0, -1.0], [3.0, 0.5]])
    known = Batch(faces(2), attributes=torch.tensor([[1.0, -1.0], [float("nan"), 0.0]]))
    plain = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(facegan_losses.attributes_loss(answers, known), plain)
    nothing = Batch(faces(2), attributes=torch.full((2, 2), -1.0))
    assert float(facegan_losses.attributes_loss(answers, nothing)) == 0.0
    assert float(facegan_losses.attributes_loss(answers, Batch(faces(2)))) == 0.0


def test_pictures_without_attributes_have_no_head():
    assert built(config())["encoder"].head is None
    assert built(config(), Spec(16, 1, (), ("a", "b")))["encoder"].head.out_features == 2


def test_the_discriminator_never_sees_blended_pictures():
    settings = config(blend=0.5, **STILL)
    batch = Batch(faces(8))
    pictures, plain = facegan_losses.changed(step_of(settings, built(settings)), batch)
    assert plain == 4
    assert torch.equal(pictures[:4], batch.pictures[:4])
    assert not torch.equal(pictures[4:], batch.pictures[4:])


def test_sharpness_is_one_for_the_picture_itself_and_less_for_a_blurred_one():
    pictures = faces(6)
    blurred = torch.nn.functional.avg_pool2d(pictures, 3, 1, 1)
    assert float(facegan_losses.sharpness(pictures, pictures)) == 1.0
    assert float(facegan_losses.sharpness(blurred, pictures)) < 0.8


def test_the_error_is_psnr_in_other_units():
    pictures, made = faces(6), faces(6) + 0.2 * Draw().normal((6, 1, 16, 16))
    decibels = float(facegan_losses.psnr(made, pictures))
    # mean squared error from -1 to 1 is four times that from 0 to 1
    from_error = -20 * float(facegan_losses.log_error(made, pictures)) / torch.log(torch.tensor(10.0)) + 20 * 0.30103
    assert decibels == pytest.approx(float(from_error), abs=0.05)


@pytest.mark.parametrize(("preset", "size"), [("faces", 64), ("faces-128", 128)])
def test_what_is_shipped_fits_into_8_megabytes(preset, size):
    settings = facegan.FaceganConfig(**facegan.FAMILY.preset(preset).model)
    with torch.device("meta"):
        nets = facegan.build(settings, Spec(size, 3, (), ("a", "b", "c", "d")))
    numbers = sum(p.numel() for name in facegan.FAMILY.shown for p in nets[name].state_dict().values())
    assert 2 * numbers <= 8e6


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
def test_nets_of_every_size_fit_together(size):
    settings, spec = config(width=4, widest=8, e_width=4, e_widest=8, d_width=4), Spec(size, 3)
    nets = built(settings, spec)
    with torch.inference_mode():
        codes = facegan.encode(nets, torch.zeros(2, 3, size, size))
        assert nets["generator"](codes).shape == (2, 3, size, size)
        logits, seen = nets["discriminator"](torch.zeros(2, 3, size, size))
    assert logits.shape == (2, 1)
    assert seen[-1].shape[2:] == (4, 4)
    assert facegan.spec_problems(settings, spec) == []


def test_other_sizes_are_refused_and_fitted():
    assert "20" in facegan.spec_problems(config(), Spec(20, 1))[0]
    assert [facegan.fit_size(native) for native in (8, 9, 28, 64, 300)] == [8, 16, 32, 64, 64]


def test_figures_have_their_plots():
    plots = [facegan.figure_plot(name) for name in ("val PSNR", "PCA-128 PSNR", "val L1", "val sharpness")]
    assert plots == ["", "", "loss", "score"]
