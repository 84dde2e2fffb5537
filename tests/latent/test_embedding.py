"""Principal directions: of codes, and GANSpace's of pictures."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import Refused
from studio.latent.embedding import Embedding, components, pca_points, principal

GREY = np.zeros((1, 2, 2, 1), np.uint8)


def cloud(count=4000, seed=0):
    """Points with σ 5, 2 and 0.5 along three directions that are no axes, and these directions."""
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.standard_normal((3, 3)))[0]
    return (random.standard_normal((count, 3)) * [5, 2, 0.5] @ turn + [1, 2, 3]).astype(np.float32), turn


def test_the_principal_directions_of_data_are_those_it_was_made_with():
    codes, turn = cloud()
    found = principal(Embedding(codes, GREY, None, (), codes))
    assert np.allclose(found.mean, [1, 2, 3], atol=0.3)
    assert np.allclose(found.spreads, [5, 2, 0.5], rtol=0.05)
    assert np.allclose(np.abs(found.directions @ turn.T), np.eye(3), atol=0.05)
    assert np.allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-6)


def test_drawn_codes_are_led_by_their_pictures():
    random = np.random.default_rng(1)
    codes = random.standard_normal((3000, 6)).astype(np.float32)
    mixing = np.linalg.qr(random.standard_normal((20, 20)))[0][:6]
    strength = np.array([0.1, 0.2, 3.0, 0.3, 1.0, 0.05])
    features = ((codes * strength) @ mixing).astype(np.float32)
    found = principal(Embedding(codes, GREY, None, (), features, sampled=True))
    assert found.directions.shape == (6, 6)
    assert np.abs(found.directions[0]).argmax() == 2, "the number that changes the picture most"
    assert np.abs(found.directions[1]).argmax() == 4
    assert np.abs(found.directions[:2]).max(1).min() > 0.99
    assert np.allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-6)
    assert np.allclose(found.spreads, 1, atol=0.05), "σ of normal codes along a unit direction"


def test_the_same_data_gives_the_same_signs():
    codes, _ = cloud()
    _, found, _ = components(codes)
    again = components(codes[::-1].copy())[1]
    assert np.allclose(found, again, atol=1e-6)
    assert (np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1) > 0).all()


def test_no_more_components_than_there_is_spread():
    random = np.random.default_rng(0)
    flat = random.standard_normal((50, 2)) @ random.standard_normal((2, 30)) + 100
    assert len(components(flat)[1]) == 2
    assert len(components(random.standard_normal((5, 30)))[1]) == 4
    assert len(components(random.standard_normal((200, 120)))[1]) == 80


def test_a_line_becomes_a_line():
    points = pca_points(np.arange(6, dtype=np.float32)[:, None])
    assert points.shape == (6, 2)
    assert np.allclose(points[:, 0], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    assert not points[:, 1].any()


@pytest.mark.parametrize("rows", [np.ones((5, 3)), np.zeros((5, 3)), np.zeros((1, 3)), np.full((5, 3), np.nan)])
def test_points_without_spread_are_refused(rows):
    with pytest.raises(Refused):
        components(rows)


def test_the_principal_directions_are_kept():
    codes, _ = cloud(50)
    found = Embedding(codes, GREY, None, (), codes)
    assert found.principal is found.principal
    assert len(found) == 50
