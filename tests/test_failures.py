"""A fit that fails leaves the estimator as it was, an interrupted one at an epoch."""

import pickle

import numpy as np
import pytest
from estimators import D, N, X, assert_same_fit, both, make, short_fits, steady
from snapshot import fail_at_batch

pytestmark = short_fits

FAILURES = {
    "nan": ({}, np.where(np.eye(N, D) > 0, np.nan, X), "contains NaN"),
    "parameter": ({"max_iter": 0}, X, "The 'max_iter' parameter"),
    "domain": ({"loss": "cross_entropy"}, X * 2, "loss='cross_entropy' needs"),
    "hidden layer": ({"hidden_layer_sizes": (0,)}, X, "hidden_layer_sizes"),
    "divergence": ({"learning_rate_init": 1e308}, X, "diverged"),
}


@both
@pytest.mark.parametrize(
    ("method", "failure"),
    # scikit-learn checks no parameters in a partial_fit that continues.
    [
        (method, failure)
        for method in ("fit", "partial_fit")
        for failure in FAILURES
        if (method, failure) != ("partial_fit", "parameter")
    ],
)
def test_failure_leaves_the_estimator_as_it_was(Estimator, method, failure):
    params, rows, message = FAILURES[failure]
    unfitted = make(Estimator).set_params(**params)
    before = pickle.dumps(unfitted)
    with pytest.raises(ValueError, match=message):
        getattr(unfitted, method)(rows)
    assert pickle.dumps(unfitted) == before
    fitted = make(Estimator, warm_start=True).fit(X[:50]).set_params(**params)
    before = pickle.dumps(fitted)
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(rows)
    assert pickle.dumps(fitted) == before


@both
def test_interrupted_fit_keeps_the_last_whole_epoch(Estimator, monkeypatch):
    expected = steady(Estimator, max_iter=2).fit(X)
    fail_at_batch(
        monkeypatch, 4 + 2 * 4 + 3, KeyboardInterrupt
    )  # the first pass finds the reference of divergence
    estimator = steady(Estimator, max_iter=50)
    with pytest.warns(UserWarning, match="Training interrupted by user") as caught:
        estimator.fit(X)
    assert [warning.filename for warning in caught] == [__file__]
    assert_same_fit(estimator, expected)
    assert estimator.loss_curve_ == expected.loss_curve_
    assert estimator.n_iter_ == 2


@both
def test_interruption_between_epochs_keeps_the_epoch(Estimator, interrupt_after_an_epoch):
    with pytest.warns(UserWarning, match="interrupted"):
        estimator = steady(Estimator, max_iter=50, verbose=1).fit(X)
    assert_same_fit(estimator, steady(Estimator, max_iter=1).fit(X))


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("fitted", [True, False])
def test_interruption_of_the_first_epoch_leaves_the_estimator_as_it_was(
    Estimator, method, fitted, monkeypatch
):
    estimator = make(Estimator)
    if fitted:
        estimator.fit(X)
    before = pickle.dumps(estimator)
    fail_at_batch(monkeypatch, 3, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        getattr(estimator, method)(X)
    assert pickle.dumps(estimator) == before
