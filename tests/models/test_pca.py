"""PCA against its definition: numpy's singular vectors, rank, and pictures there and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.models import pca


def pictures(count, channels, size, seed=0):
    """Pictures of a few smooth directions with falling variance, and a little noise."""
    draw = torch.Generator().manual_seed(seed)
    values = channels * size * size
    directions = torch.linalg.qr(torch.randn(values, 8, generator=draw))[0]
    codes = torch.randn(count, 8, generator=draw) * torch.linspace(2, 0.5, 8)
    noise = 0.01 * torch.randn(count, values, generator=draw)
    return (0.5 + codes @ directions.T + noise).reshape(count, channels, size, size)


@pytest.mark.parametrize(("count", "channels", "size"), [(200, 1, 6), (20, 3, 8)], ids=["covariance", "gram"])
def test_it_is_the_best_linear_code(count, channels, size):
    data = pictures(count, channels, size)
    flat = data.flatten(1).double().numpy()
    mean = flat.mean(0)
    _, _, rows = np.linalg.svd(flat - mean, full_matrices=False)
    best = mean + (flat - mean) @ rows[:4].T @ rows[:4]
    made = pca.fit(data, 4)(data)
    assert made.shape == data.shape
    assert made.dtype == torch.float32
    np.testing.assert_allclose(made.flatten(1).numpy(), best, atol=2e-4)


@pytest.mark.parametrize(("count", "size"), [(200, 6), (20, 8)], ids=["covariance", "gram"])
def test_components_are_orthonormal_and_sorted(count, size):
    data = pictures(count, 1, size)
    fitted = pca.fit(data, 6)
    torch.testing.assert_close(fitted.basis.T @ fitted.basis, torch.eye(6), atol=1e-5, rtol=0)
    variances = fitted.encode(data).var(0)
    assert (variances[:-1] >= variances[1:]).all()
    assert fitted.encode(data).shape == (count, 6)


def test_as_many_components_as_there_are_give_every_picture_back():
    data = pictures(5, 1, 4)
    fitted = pca.fit(data, 100)
    assert fitted.basis.shape == (16, 5)
    torch.testing.assert_close(fitted(data), data, atol=1e-4, rtol=0)


def test_more_components_are_never_worse_on_new_pictures():
    data, new = pictures(60, 1, 8), pictures(30, 1, 8, seed=0)[:10]
    errors = [float((pca.fit(data, k)(new) - new).square().mean()) for k in (1, 2, 4, 8)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 10


def test_it_is_not_clamped():
    data = pictures(40, 1, 6)
    made = pca.fit(data, 8)(data)
    assert made.min() < 0
    assert made.max() > 1


def test_equal_pictures_and_a_single_one_are_no_accident():
    for data in (torch.full((6, 1, 4, 4), 0.25), torch.rand(1, 1, 4, 4)):
        torch.testing.assert_close(pca.fit(data, 3)(data), data)


def test_it_is_deterministic_and_keeps_float32_under_autocast():
    data = pictures(40, 1, 6)
    exact = pca.fit(data, 4)(data)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        again = pca.fit(data, 4)(data)
    assert torch.equal(exact, again)


def test_large_sets_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(pca, "PICTURES", 10)
    data = torch.arange(100.0).reshape(100, 1, 1, 1)
    assert pca.fit(data, 1).mean == torch.arange(0.0, 100.0, 10).mean()
    monkeypatch.setattr(pca, "SIDE", 0)
    assert pca.fit(data, 1).mean == 0, "as many as one eigenproblem may be wide, and at least one"
