"""Distinct rows and their spread: independent of order, chunks and kind of rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skcae import _bridge
from skcae._spread import distinct_rows, total_variance

X = np.random.RandomState(0).choice([0.0, 0.1, 0.7], size=(60, 3))
WEIGHT = np.random.RandomState(1).choice([0.0, 0.5, 2.0], size=60)


def distinct(X, weight=None):
    rows, share = distinct_rows(X, weight, np.random.RandomState(0))
    return rows.toarray() if sparse.issparse(rows) else rows, share


def test_each_row_once_with_its_share():
    rows, share = distinct(X, WEIGHT)
    expected, place = np.unique(X[WEIGHT > 0], axis=0, return_inverse=True)
    order = np.lexsort(rows.T[::-1])
    assert_array_equal(rows[order], expected)
    assert_allclose(share[order], np.bincount(place.ravel(), WEIGHT[WEIGHT > 0]) / WEIGHT.sum())


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_order_chunks_and_kind_do_not_matter(convert, monkeypatch):
    rows, share = distinct(X, WEIGHT)
    order = np.random.RandomState(2).permutation(60)
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 10)
    again, same = distinct(convert(X[order]), WEIGHT[order])
    assert_array_equal(again, rows)
    assert_allclose(same, share)
    assert_allclose(
        total_variance(convert(X), WEIGHT / WEIGHT.sum()),
        np.cov(X.T, aweights=WEIGHT, ddof=0).trace(),
    )
