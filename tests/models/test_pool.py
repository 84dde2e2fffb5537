"""The picture pool: fills up, then hands on old pictures half of the time, and survives a checkpoint."""

from __future__ import annotations

import torch

from studio.models.pool import Pool


def numbered(*numbers):
    """Pictures (N, 1, 2, 2) that are one number all over."""
    return torch.tensor(numbers, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def numbers(pictures):
    return pictures[:, 0, 0, 0].tolist()


def draws(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def test_while_there_is_room_new_pictures_are_kept_and_handed_on():
    pool = Pool(3, 1, 2)
    assert numbers(pool(numbered(1, 2), torch.zeros(2, 2))) == [1, 2]
    assert int(pool.filled) == 2
    assert numbers(pool.pictures) == [1, 2, 0]


def test_a_full_pool_exchanges_on_a_low_draw_and_passes_on_a_high_one():
    pool = Pool(2, 1, 2)
    pool(numbered(1, 2), torch.zeros(2, 2))
    assert numbers(pool(numbered(3), draws((0.9, 0.1)))) == [2]
    assert numbers(pool.pictures) == [1, 3]
    assert numbers(pool(numbered(4), draws((0.1, 0.9)))) == [4]
    assert numbers(pool.pictures) == [1, 3]
    assert int(pool.filled) == 2


def test_a_batch_that_fills_the_pool_goes_on_exchanging():
    pool = Pool(2, 1, 2)
    assert numbers(pool(numbered(1, 2, 3), draws((0, 0), (0, 0), (0.6, 0.2)))) == [1, 2, 2]
    assert numbers(pool.pictures) == [1, 3]


def test_two_pictures_of_a_batch_may_meet_in_one_place():
    pool = Pool(2, 1, 2)
    pool(numbered(1, 2), torch.zeros(2, 2))
    assert numbers(pool(numbered(3, 4), draws((0.0, 0.0), (0.0, 0.0)))) == [1, 3]
    assert numbers(pool.pictures) == [4, 2]


def test_half_of_many_are_old():
    pool, generator = Pool(50, 1, 2), torch.Generator().manual_seed(0)
    handed = []
    for index in range(200):
        made = numbered(*range(10 * index, 10 * index + 10))
        handed.append(pool(made, torch.rand(10, 2, generator=generator))[:, 0, 0, 0] < 10 * index)
    old = torch.cat(handed[5:]).float().mean()
    assert 0.45 < float(old) < 0.52


def test_a_pool_of_nothing_hands_on_everything():
    assert numbers(Pool(0, 1, 2)(numbered(5, 6), torch.zeros(2, 2))) == [5, 6]


def test_no_gradient_passes_and_half_precision_is_kept_as_float32():
    made = numbered(0.5).to(torch.bfloat16).requires_grad_()
    pool = Pool(1, 1, 2)
    handed = pool(made, torch.zeros(1, 2))
    assert handed.dtype == torch.float32
    assert not handed.requires_grad
    assert not list(pool.parameters())


def test_a_stored_pool_goes_on_as_it_would_have():
    generator = torch.Generator().manual_seed(1)
    first, again = Pool(4, 1, 2), Pool(4, 1, 2)
    first(numbered(1, 2, 3), torch.zeros(3, 2))
    again.load_state_dict(first.state_dict())
    chances = torch.rand(6, 2, generator=generator)
    assert torch.equal(first(numbered(*range(4, 10)), chances), again(numbered(*range(4, 10)), chances))
    assert torch.equal(first.pictures, again.pictures)


def test_a_place_is_inside_even_for_a_draw_of_almost_one():
    pool = Pool(3, 1, 2)
    pool(numbered(1, 2, 3), torch.zeros(3, 2))
    assert numbers(pool(numbered(4), draws((1 - 2**-24, 0.0)))) == [3]
