"""A decoder alone: ones give the mean, one-hot vectors the pictures themselves, learned codes a space of them."""

from __future__ import annotations

import pytest
import torch

from studio.models import codes
from studio.models.codes_nets import SPEED, Learned
from studio.models.family import Batch, Spec, Step
from studio.training import optimisers

SPEC = Spec(8, 1)


def four_pictures():
    """(4, 1, 8, 8): a bright quarter each."""
    pictures = torch.zeros(4, 1, 8, 8)
    for row in range(4):
        top, left = 4 * (row // 2), 4 * (row % 2)
        pictures[row, :, top : top + 4, left : left + 4] = 1.0
    return pictures


def trained(settings, pictures, steps=150):
    torch.manual_seed(0)
    nets = codes.build(settings, SPEC)
    own = list(nets["decoder"].parameters())
    mover = optimisers.make(codes.players(settings)[0].optimiser, own)
    batch = Batch(pictures, index=torch.arange(len(pictures)))
    for index in range(steps):
        terms = codes.loss(Step(nets, settings, None, SPEC, index), batch)
        mover.zero_grad()
        terms["loss"].backward(inputs=own)
        mover.step()
    return {name: net.eval() for name, net in nets.items()}, float(terms["loss"].detach())


def config(stage, **settings):
    return codes.CodesConfig(**({"stage": stage, "width": 8, "pictures": 4, "latent": 3, "rate": 1e-2} | settings))


def test_a_vector_of_ones_learns_the_mean_picture():
    settings, pictures = config("ones"), four_pictures()
    nets, _ = trained(settings, pictures)
    with torch.inference_mode():
        drawn = codes.generate(nets, torch.randn(5, codes.prior(settings, SPEC).size))
    assert torch.equal(drawn[0], drawn[4]), "there is only one"
    assert torch.allclose(drawn[0], pictures.mean(0), atol=0.1)


def test_one_hot_vectors_memorise_every_picture():
    settings, pictures = config("one-hot"), four_pictures()
    nets, loss = trained(settings, pictures)
    noise = torch.randn(40, codes.prior(settings, SPEC).size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        drawn = codes.generate(nets, noise)
    assert loss < 0.01
    assert torch.allclose(drawn, pictures[noise.argmax(1)], atol=0.3)
    assert len(noise.argmax(1).unique()) == 4


def test_learned_codes_draw_their_pictures_and_new_ones_come_from_their_own_distribution():
    settings, pictures = config("learned", pictures=6), four_pictures()
    nets, loss = trained(settings, pictures, 200)
    assert loss < 0.02
    table = (nets["decoder"].inputs.table.detach() * SPEED)[:4]
    assert nets["decoder"].inputs.known.tolist() == [True] * 4 + [False] * 2
    noise = torch.randn(20000, 3, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        drawn = nets["decoder"].inputs.drawn(noise)
    assert torch.allclose(drawn.mean(0), table.mean(0), atol=0.1)
    assert torch.allclose(torch.cov(drawn.T, correction=1), torch.cov(table.T, correction=0), rtol=0.1, atol=0.1)


def test_codes_move_ten_times_as_fast_as_a_weight_would():
    inputs = Learned(1, 2)
    mover = torch.optim.SGD(inputs.parameters(), 0.01)
    before = inputs(torch.tensor([0])).detach().clone()
    inputs(torch.tensor([0])).sum().backward()
    mover.step()
    moved = before - inputs(torch.tensor([0])).detach()
    assert torch.allclose(moved, torch.full((1, 2), 0.01 * SPEED**2), atol=1e-5)


@pytest.mark.parametrize("stage", ["one-hot", "learned"])
def test_pictures_beyond_the_number_are_left_out(stage):
    settings, pictures = config(stage, pictures=2, pull=0.0), four_pictures()
    torch.manual_seed(0)
    nets = {name: net.eval() for name, net in codes.build(settings, SPEC).items()}
    step = Step(nets, settings, None, SPEC)
    both = codes.loss(step, Batch(pictures, index=torch.arange(4)))["loss"]
    first = codes.loss(step, Batch(pictures[:2], index=torch.arange(2)))["loss"]
    none = codes.loss(step, Batch(pictures[2:], index=torch.arange(2, 4)))["loss"]
    assert torch.allclose(both, first)
    assert float(none.detach()) == 0.0
    none.backward()
    assert all(not p.grad.any() for p in nets["decoder"].parameters())


def test_the_pull_keeps_codes_close():
    near, _ = trained(config("learned", pull=1.0), four_pictures(), 60)
    free, _ = trained(config("learned", pull=0.0), four_pictures(), 60)
    assert float(near["decoder"].inputs.table.detach().norm()) < 0.5 * float(
        free["decoder"].inputs.table.detach().norm()
    )


def test_training_pictures_stand_beside_what_their_codes_draw():
    nets, _ = trained(config("one-hot", pictures=3), four_pictures(), 1)
    with torch.inference_mode():
        rows = codes.compare(nets, Batch(four_pictures(), index=torch.tensor([3, 1, 2, 0])))
        assert codes.compare(nets, Batch(four_pictures(), index=torch.full((4,), 3))) == {}
        assert codes.compare(nets, Batch(four_pictures())) == {}
    assert [len(row) for row in rows.values()] == [3, 3]
    assert torch.equal(rows["picture"], four_pictures()[1:])


def test_what_cannot_work_is_a_sentence():
    assert codes.spec_problems(config("ones"), SPEC) == []
    assert "not 7" in codes.spec_problems(config("ones"), Spec(7, 1))[0]
    assert "4,096" in codes.spec_problems(config("one-hot", pictures=5000), SPEC)[0]
    assert "60,000" in codes.spec_problems(config("learned", pictures=60000, latent=4096), SPEC)[0]
