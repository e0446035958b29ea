"""Training that is continued goes on as if it had never stopped."""

import pickle

import numpy as np
import pytest
from estimators import D, X, assert_same_fit, both, make, short_fits, steady

pytestmark = short_fits


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "params",
    [
        {"solver": "adam"},
        {"solver": "sgd"},
        {"hidden_layer_sizes": (9,), "tied_weights": False},
        {"hidden_layer_sizes": (9,)},
    ],
)
def test_partial_fit_is_fit_given_the_same_batches(Estimator, dtype, params):
    rows = X[:70].astype(dtype)
    fitted, by_batch, by_epoch = (
        steady(Estimator, shuffle=False, max_iter=3, **params) for _ in range(3)
    )
    fitted.fit(rows)
    for _ in range(3):
        by_epoch.partial_fit(rows)
        for start in range(0, 70, 20):
            by_batch.partial_fit(rows[start : start + 20])
    assert_same_fit(fitted, by_batch)
    assert_same_fit(fitted, by_epoch)
    assert fitted.loss_curve_ == by_epoch.loss_curve_
    assert fitted.n_samples_seen_ == by_batch.n_samples_seen_ == by_epoch.n_samples_seen_
    assert (by_batch.n_iter_, by_epoch.n_iter_) == (12, 3)
    assert fitted.coefs_[0].dtype == dtype


@both
def test_partial_fit_takes_rows_in_order_at_a_constant_rate(Estimator):
    plain = steady(Estimator, shuffle=False, max_iter=1).fit(X)
    moving = steady(
        Estimator, shuffle=True, learning_rate="cosine", max_iter=7, n_iter_no_change=1, tol=0.5
    ).partial_fit(X)
    assert_same_fit(plain, moving)


@both
@pytest.mark.parametrize("params", [{}, {"solver": "sgd"}, {"hidden_layer_sizes": (9,)}])
def test_warm_start_continues_as_if_never_stopped(Estimator, params):
    whole = steady(Estimator, max_iter=5, **params).fit(X)
    parts = steady(Estimator, max_iter=2, warm_start=True, **params).fit(X)
    parts.set_params(max_iter=3).fit(X)
    assert_same_fit(whole, parts)
    for name in (
        "loss_curve_",
        "reconstruction_curve_",
        "n_iter_",
        "n_samples_seen_",
        "reconstruction_err_",
    ):
        assert getattr(whole, name) == getattr(parts, name)


@both
def test_fit_starts_afresh_without_warm_start(Estimator):
    estimator = make(Estimator).fit(X)
    first = pickle.loads(pickle.dumps(estimator))
    estimator.partial_fit(X[::-1])
    assert not np.array_equal(estimator.coefs_[0], first.coefs_[0])
    assert_same_fit(estimator.fit(X), first)
    assert estimator.loss_curve_ == first.loss_curve_


@both
def test_partial_fit_goes_on_from_a_fit(Estimator):
    whole = steady(Estimator, shuffle=False, max_iter=3).fit(X)
    assert_same_fit(whole, steady(Estimator, shuffle=False, max_iter=2).fit(X).partial_fit(X))


@both
def test_continuing_keeps_the_dtype_of_the_first_fit(Estimator):
    estimator = make(Estimator, warm_start=True).fit(X.astype(np.float32))
    assert estimator.fit(X).coefs_[0].dtype == np.float32
    assert estimator.partial_fit(X).transform(X).dtype == np.float32


@both
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_weights_of_another_dtype_are_trained_on_in_theirs(Estimator, solver):
    """Modules of torch have float32, where the fit may have had float64."""
    estimator = steady(Estimator, solver=solver, tied_weights=False).fit(X[:70])
    estimator.coefs_ = [coef.astype(np.float32) for coef in estimator.coefs_]
    estimator.intercepts_ = [intercept.astype(np.float32) for intercept in estimator.intercepts_]
    before = estimator.score(X[:70])
    estimator.partial_fit(X[:70])
    assert estimator.coefs_[0].dtype == np.float32
    assert estimator.score(X[:70]) > before


@both
def test_rows_of_another_width_are_refused_when_continuing(Estimator):
    estimator = make(Estimator, warm_start=True).fit(X)
    for method in (
        estimator.fit,
        estimator.partial_fit,
        estimator.transform,
        estimator.score_samples,
    ):
        with pytest.raises(
            ValueError,
            match=f"X has 5 features, but {Estimator.__name__} is expecting {D} features",
        ):
            method(X[:, :5])
