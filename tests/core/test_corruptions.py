"""Corruptions change what they should, as much as they should, and nothing else."""

import pytest
import torch

from skcae.core.corruptions import CORRUPTIONS, Corruption, Dropout
from skcae.core.draws import RowDraws

X = torch.rand(200, 50, generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 1


def corrupt(kind, level, x=X, seed=0):
    return Corruption(kind, level)(x, RowDraws(x, torch.Generator().manual_seed(seed)))


def test_masking_sets_the_given_fraction_to_zero():
    masked = corrupt("masking", 0.3)
    changed = masked != X
    assert (masked[changed] == 0).all()
    assert changed.double().mean().item() == pytest.approx(0.3, abs=0.02)


def test_salt_and_pepper_sets_it_to_the_features_extremes_in_equal_parts():
    noisy = corrupt("salt_and_pepper", 0.4)
    low, high = noisy == X.amin(0), noisy == X.amax(0)
    assert ((noisy == X) | low | high).all()
    assert low.double().mean().item() == pytest.approx(0.2, abs=0.02)
    assert high.double().mean().item() == pytest.approx(0.2, abs=0.02)


def test_gaussian_adds_noise_of_the_given_standard_deviation():
    noise = corrupt("gaussian", 0.25) - X
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(0.25, rel=0.03)


def test_dropout_keeps_the_mean_of_what_it_masks():
    dropped = Dropout(0.3)(X, RowDraws(X, torch.Generator().manual_seed(0)))
    torch.testing.assert_close(dropped, corrupt("masking", 0.3) / 0.7)
    assert dropped.mean().item() == pytest.approx(X.mean().item(), rel=0.02)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_level_zero_changes_nothing_and_the_clean_rows_stay(kind):
    before = X.clone()
    assert torch.equal(corrupt(kind, 0.0), X)
    corrupt(kind, 0.5)
    assert torch.equal(X, before)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_draw_is_fresh(kind):
    draws = RowDraws(X, torch.Generator().manual_seed(0))
    corruption = Corruption(kind, 0.5)
    assert not torch.equal(corruption(X, draws), corruption(X, draws))


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_equal_rows_get_equal_noise_wherever_they_stand(kind):
    place = torch.tensor([3, 0, 3, 7, 0, 3, 11, 5])
    repeated = corrupt(kind, 0.5, X[place])
    distinct = corrupt(kind, 0.5, X[place.unique()])
    assert torch.equal(repeated, distinct[torch.searchsorted(place.unique(), place)])
    assert len(corrupt(kind, 0.5, X[:8]).unique(dim=0)) == 8


def test_masks_of_different_rows_are_independent():
    masks = (corrupt("masking", 0.5) == 0).double()
    assert masks.mean(0).std() < 0.05
    assert masks.mean(1).std() < 0.1
