"""Validation rows that are given to fit: what they decide, and what is asked of them."""

import numpy as np
import pytest
import sklearn
import torch
from estimators import N, X, assert_same_fit, both, contractions, make, short_fits, steady
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder

pytestmark = short_fits
TRAIN, VAL = X[:60], X[60:]


def stopping(Estimator, **params):
    return make(Estimator, early_stopping=True, **params)


def test_scores_are_minus_the_objective_on_them_and_all_other_rows_are_trained_on():
    weight = np.arange(len(VAL)) % 3
    params = {"alpha": 0.5, "weight_decay": 0.1, "max_iter": 8, "learning_rate_init": 0.3}
    estimator = stopping(ContractiveAutoencoder, **params).fit(
        TRAIN, X_val=VAL, sample_weight_val=weight
    )
    objective = (
        -estimator.score(VAL, sample_weight=weight)
        + 0.5 * np.average(contractions(estimator, VAL), weights=weight)
        + 0.1 * (estimator.coefs_[0] ** 2).sum()
    )
    assert estimator.best_validation_score_ == pytest.approx(-objective)
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)
    assert estimator.n_samples_seen_ == len(TRAIN) * estimator.n_iter_


def test_training_is_that_of_a_fit_without_early_stopping():
    estimator = steady(ContractiveAutoencoder, early_stopping=True).fit(TRAIN, X_val=VAL)
    best = int(np.argmax(estimator.validation_scores_))
    assert_same_fit(estimator, steady(ContractiveAutoencoder, max_iter=best + 1).fit(TRAIN))


@both
@pytest.mark.parametrize(
    "given",
    [
        sparse.csr_array(VAL),
        VAL.tolist(),
        np.asfortranarray(VAL)[::-1][::-1],
        torch.from_numpy(VAL),
    ],
    ids=lambda given: type(given).__name__,
)
def test_they_come_in_any_container(Estimator, given):
    expected = stopping(Estimator).fit(TRAIN, X_val=VAL)
    assert_same_fit(expected, stopping(Estimator).fit(TRAIN, X_val=given))


@both
def test_they_take_the_dtype_of_the_training_rows(Estimator):
    single = TRAIN.astype(np.float32)
    estimator = stopping(Estimator).fit(single, X_val=VAL)
    assert estimator.coefs_[0].dtype == np.float32
    assert_same_fit(estimator, stopping(Estimator).fit(single, X_val=VAL.astype(np.float32)))


@both
def test_a_weight_of_zero_is_the_row_left_out(Estimator):
    weight = np.arange(len(VAL)) % 2
    zeros = stopping(Estimator).fit(TRAIN, X_val=VAL, sample_weight_val=weight)
    without = stopping(Estimator).fit(TRAIN, X_val=VAL[1::2])
    assert zeros.validation_scores_ == pytest.approx(without.validation_scores_)


@both
def test_they_are_used_by_a_fit_that_continues(Estimator):
    estimator = stopping(Estimator, warm_start=True, max_iter=2).fit(TRAIN, X_val=VAL)
    estimator.fit(TRAIN, X_val=VAL)
    assert len(estimator.validation_scores_) == 4
    assert estimator.n_samples_seen_ == 4 * len(TRAIN)


REFUSED = {
    "no early stopping": (
        {"early_stopping": False},
        {"X_val": VAL},
        r"X_val is given, but early_stopping=False does not use it; set early_stopping=True",
    ),
    "weights alone": (
        {},
        {"sample_weight_val": np.ones(N)},
        r"sample_weight_val is given without X_val.*pass X_val too",
    ),
    "another width": ({}, {"X_val": VAL[:, :5]}, r"X_val and .*X has 5 features, but .* expecting"),
    "not finite": ({}, {"X_val": VAL * np.nan}, r"X_val and .*contains NaN"),
    "outside of the domain": (
        {"loss": "cross_entropy"},
        {"X_val": VAL - 1},
        r"X_val and .*needs every value of X in \[0, 1\]",
    ),
    "as many weights as rows": (
        {},
        {"X_val": VAL, "sample_weight_val": np.ones(3)},
        r"X_val and .*sample_weight.shape",
    ),
    "no weight": (
        {},
        {"X_val": VAL, "sample_weight_val": np.zeros(len(VAL))},
        r"X_val and .*at least one non-zero number",
    ),
}


@both
@pytest.mark.parametrize(("params", "given", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(Estimator, params, given, message):
    estimator = make(Estimator, **{"early_stopping": True, **params})
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match=message):
        estimator.fit(TRAIN, **given)
    assert vars(estimator) == before


@both
def test_names_of_columns_must_be_those_of_the_training_rows(Estimator):
    pandas = pytest.importorskip("pandas")
    train, val = (pandas.DataFrame(rows).add_prefix("pixel") for rows in (TRAIN, VAL))
    estimator = stopping(Estimator).fit(train, X_val=val)
    assert_same_fit(estimator, stopping(Estimator).fit(TRAIN, X_val=VAL))
    with pytest.raises(ValueError, match=r"X_val and .*feature names should match"):
        estimator.fit(train, X_val=val.add_prefix("other"))


@both
def test_a_pipeline_transforms_them_as_the_training_rows(Estimator):
    weight = np.arange(len(VAL)) % 3
    with sklearn.config_context(enable_metadata_routing=True):
        autoencoder = stopping(Estimator).set_fit_request(X_val=True, sample_weight_val=True)
        pipe = make_pipeline(StandardScaler(), autoencoder, transform_input=["X_val"])
        pipe.fit(TRAIN, X_val=VAL, sample_weight_val=weight)
    scaler = StandardScaler().fit(TRAIN)
    alone = stopping(Estimator).fit(
        scaler.transform(TRAIN), X_val=scaler.transform(VAL), sample_weight_val=weight
    )
    assert_same_fit(pipe[-1], alone)
