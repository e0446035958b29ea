"""A fit stores documented numpy arrays and numbers, and nothing of an earlier fit."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from estimators import D, N, X, assert_same_fit, both, collapsing, make, short_fits
from sklearn.exceptions import NotFittedError

pytestmark = short_fits


@collapsing
@both
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("hidden", [(), (9,), [9, 7]])
def test_layers_are_stored_as_in_mlp(Estimator, tied, hidden):
    estimator = make(Estimator, hidden_layer_sizes=hidden, tied_weights=tied).fit(X)
    sizes = [D, *hidden, 6, *hidden[::-1], D]
    assert [coef.shape for coef in estimator.coefs_] == list(pairwise(sizes))
    assert [intercept.shape for intercept in estimator.intercepts_] == [
        (size,) for size in sizes[1:]
    ]
    for encoder, decoder in zip(estimator.coefs_, reversed(estimator.coefs_), strict=True):
        assert np.array_equal(encoder, decoder.T) == tied


@both
def test_names_of_one_layer(Estimator):
    estimator = make(Estimator).fit(X)
    np.testing.assert_array_equal(estimator.components_, estimator.coefs_[0].T)
    np.testing.assert_array_equal(estimator.intercept_hidden_, estimator.intercepts_[0])
    np.testing.assert_array_equal(estimator.intercept_visible_, estimator.intercepts_[1])
    assert estimator.components_.shape == (6, D)


@both
@pytest.mark.parametrize("name", ["components_", "intercept_hidden_", "intercept_visible_"])
def test_names_of_one_layer_are_absent_elsewhere(Estimator, name):
    assert not hasattr(Estimator(), name)
    with pytest.raises(
        AttributeError,
        match=r"hidden_layer_sizes=\(9,\) gives a deep encoder; .* in coefs_ and intercepts_",
    ):
        getattr(make(Estimator, hidden_layer_sizes=(9,)).fit(X), name)


@both
def test_fitted_state_holds_no_tensor(Estimator):
    assert b"torch" not in pickle.dumps(make(Estimator, early_stopping=True).fit(X))


@both
def test_counts(Estimator):
    estimator = make(Estimator).fit(X)
    assert (
        estimator.n_iter_ == len(estimator.loss_curve_) == len(estimator.reconstruction_curve_) == 4
    )
    assert estimator.n_samples_seen_ == 4 * N
    estimator.partial_fit(X[:30])
    assert (estimator.n_iter_, estimator.n_samples_seen_) == (5, 4 * N + 30)
    weight = np.r_[np.zeros(10), np.ones(N - 10)]
    assert estimator.fit(X, sample_weight=weight).n_samples_seen_ == 4 * (N - 10)
    estimator.set_params(early_stopping=True, validation_fraction=0.25)
    assert estimator.fit(X).n_samples_seen_ == 4 * 60


@both
def test_refit_leaves_nothing_of_the_first_fit(Estimator):
    estimator = make(Estimator, early_stopping=True, hidden_layer_sizes=(9,)).fit(X)
    estimator.set_params(early_stopping=False, hidden_layer_sizes=()).fit(X[:, :10])
    fresh = make(Estimator).fit(X[:, :10])
    assert set(vars(estimator)) == set(vars(fresh))
    assert_same_fit(estimator, fresh)
    assert estimator.loss_curve_ == fresh.loss_curve_


@both
def test_reconstruction_err_is_that_of_the_last_epoch(Estimator):
    estimator = make(Estimator).fit(X)
    assert estimator.reconstruction_err_ == estimator.reconstruction_curve_[-1]


@both
@pytest.mark.parametrize(
    "method", ["transform", "inverse_transform", "reconstruct", "score_samples", "score"]
)
def test_not_fitted(Estimator, method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(Estimator(), method)(X)
