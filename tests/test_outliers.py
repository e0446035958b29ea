"""Outliers are rows that the autoencoder reconstructs badly, and the threshold is where it says."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from estimators import any_fit
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcae import (
    TRUSTED_TYPES,
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)
from skcae._holders import find_autoencoder
from skcae.inspection import contraction
from skcae.metrics import denoising_score
from skcae.model_selection import JointGridSearchCV

pytestmark = any_fit
X = np.random.RandomState(0).uniform(size=(80, 6)) * np.arange(1, 7)
FIT = {"max_iter": 3, "random_state": 0}
CAE = ContractiveAutoencoder(4, **FIT)
EVERY_ROW = ContractiveAutoencoder(4, batch_size=200, max_iter=20, random_state=0)
"""All rows in a batch, or weights would not be the same as repetitions."""


@pytest.fixture(autouse=True)
def _array_api(monkeypatch):
    """The checks of array API inputs read this when they run, and skip themselves without it."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@parametrize_with_checks(
    [AutoencoderDetector(), AutoencoderDetector(EVERY_ROW, standardize_errors=True)]
)
def test_estimator(estimator, check):
    check(estimator)


def losses(detector, X):
    """The score of every row from the parts of the autoencoder."""
    inner = detector.autoencoder_
    return -((X - inner.inverse_transform(inner.transform(X))) ** 2).sum(1)


def test_scores_are_those_of_the_autoencoder():
    detector = AutoencoderDetector(CAE).fit(X)
    np.testing.assert_array_equal(
        detector.score_samples(X), clone(CAE).fit(X).score_samples(X), strict=True
    )
    np.testing.assert_allclose(detector.score_samples(X), losses(detector, X))
    np.testing.assert_array_equal(
        detector.decision_function(X), detector.score_samples(X) - detector.offset_
    )


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.5])
def test_contamination_is_the_share_of_outliers_among_the_rows_of_the_fit(share):
    detector = AutoencoderDetector(CAE, contamination=share)
    judged = detector.fit_predict(X)
    assert np.sum(judged == -1) == share * len(X)
    np.testing.assert_array_equal(judged, detector.predict(X))
    worst = np.argsort(losses(detector, X))[: int(share * len(X))]
    np.testing.assert_array_equal(np.flatnonzero(judged == -1), np.sort(worst))


@pytest.mark.parametrize("contamination", [0.1, 0.37, "auto"])
def test_a_weight_is_a_repetition_in_the_threshold(contamination):
    weight = np.random.RandomState(1).randint(4, size=len(X))
    frozen = FrozenEstimator(clone(CAE).fit(X))
    detector = AutoencoderDetector(frozen, contamination=contamination, standardize_errors=True)
    weighted = clone(detector).fit(X, sample_weight=weight)
    repeated = clone(detector).fit(np.repeat(X, weight, axis=0))
    np.testing.assert_allclose(weighted.residual_variance_, repeated.residual_variance_)
    assert weighted.offset_ == pytest.approx(repeated.offset_)


def test_rows_without_weight_do_not_move_the_threshold():
    """The row below the threshold has no weight."""
    scores = np.arange(10.0)
    weight = np.ones(10)
    weight[2] = 0
    assert AutoencoderDetector(contamination=0.25)._offset(scores, weight) == (1 + 3) / 2


def test_auto_is_tukeys_fence_of_cube_roots():
    detector = AutoencoderDetector(CAE).fit(X)
    roots = np.sort(np.cbrt(-losses(detector, X)))
    first, third = roots[20], roots[60]
    assert detector.offset_ == pytest.approx(-((third + 1.5 * (third - first)) ** 3))


@pytest.mark.parametrize("contamination", [0.1, "auto"])
@pytest.mark.parametrize("value", [0.05, 0.1, 0.3, 0.7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_that_are_alike_are_no_outliers_by_rounding(dtype, value, contamination):
    """Of most rows, and of all: the threshold would be the very score that they have."""
    rows = np.full((40, 3), value, dtype)
    detector = AutoencoderDetector(CAE, contamination=contamination)
    assert (detector.fit_predict(rows) == 1).all()
    few = np.r_[rows, rows[:2] + np.eye(2, 3, dtype=dtype)]
    assert (detector.fit(few).predict(rows) == 1).all()
    assert detector.predict(rows[:1]) == 1


def test_auto_tells_few_of_many_normal_losses_apart():
    """Of chi-squares, whose cube roots are nearly normal, the fence leaves about 0.35 % out."""
    draw = np.random.RandomState(0)
    for degrees in (3, 30):
        scores = -draw.chisquare(degrees, size=100_000)
        offset = AutoencoderDetector()._offset(scores, None)
        assert 0.002 < np.mean(scores < offset) < 0.006


def test_novelties_are_found_behind_a_scaler():
    X, y = load_digits(return_X_y=True)
    inner = make_pipeline(StandardScaler(), ContractiveAutoencoder(16, max_iter=30, random_state=0))
    normal = np.flatnonzero(y == 0)
    detector = AutoencoderDetector(inner).fit(X[normal[::2]])
    new = np.setdiff1d(np.arange(len(y)), normal[::2])
    assert roc_auc_score(y[new] == 0, detector.decision_function(X[new])) > 0.95
    assert np.mean(detector.predict(X[y != 0]) == -1) > 0.9


# Standardised errors


def test_standardised_errors_are_ratios_to_their_mean():
    detector = AutoencoderDetector(CAE, standardize_errors=True).fit(X)
    inner = detector.autoencoder_
    squares = (X - inner.inverse_transform(inner.transform(X))) ** 2
    np.testing.assert_allclose(detector.residual_variance_, squares.mean(0))
    np.testing.assert_allclose(
        detector.score_samples(X), -(squares / squares.mean(0)).sum(1), rtol=1e-10
    )
    assert detector.score_samples(X).mean() == pytest.approx(-6)


def test_standardised_errors_of_the_cross_entropy_are_squared_residuals_too():
    unit = X / X.max(0)
    cae = ContractiveAutoencoder(4, loss="cross_entropy", **FIT)
    detector = AutoencoderDetector(cae, standardize_errors=True).fit(unit)
    inner = detector.autoencoder_
    squares = (unit - inner.inverse_transform(inner.transform(unit))) ** 2
    np.testing.assert_allclose(detector.score_samples(unit), -(squares / squares.mean(0)).sum(1))


def test_a_fault_in_a_small_feature_is_found_by_standardised_errors_alone():
    draw = np.random.RandomState(0)
    rows = draw.normal(size=(400, 1)) @ draw.normal(size=(1, 5)) + 0.1 * draw.normal(size=(400, 5))
    scale = np.array([10, 10, 10, 10, 0.1])
    odd = rows[:50].copy()
    odd[:, 4] += 5
    cae = ContractiveAutoencoder(2, activation="identity", alpha=0, max_iter=100, random_state=0)
    fits = [
        AutoencoderDetector(cae, standardize_errors=chosen).fit(rows * scale)
        for chosen in (False, True)
    ]
    plain, standardised = (
        roc_auc_score(
            np.repeat([1, 0], [350, 50]), fit.score_samples(np.vstack([rows[50:], odd]) * scale)
        )
        for fit in fits
    )
    assert standardised > 0.99
    assert plain < 0.8


def test_a_constant_feature_has_a_variance_to_divide_by():
    rows = np.hstack([X, np.zeros((len(X), 1))])
    frozen = FrozenEstimator(clone(CAE).fit(rows))
    frozen.estimator.intercepts_[-1][-1] = 0
    frozen.estimator.coefs_[0][-1] = 0
    detector = AutoencoderDetector(frozen, standardize_errors=True).fit(rows)
    assert detector.residual_variance_[-1] == pytest.approx(
        1e-6 * detector.residual_variance_[:-1].sum() / 7
    )
    assert np.isfinite(detector.score_samples(rows + 1)).all()


def test_another_fit_forgets_variances():
    detector = AutoencoderDetector(CAE, standardize_errors=True).fit(X)
    detector.set_params(standardize_errors=False).fit(X)
    assert not hasattr(detector, "residual_variance_")
    np.testing.assert_allclose(detector.score_samples(X), losses(detector, X))


# What it holds, and what it is given


def test_a_frozen_autoencoder_stays_as_it_is():
    cae = clone(CAE).fit(X[:40])
    before = cae.coefs_[0].copy()
    detector = AutoencoderDetector(FrozenEstimator(cae), contamination=0.1).fit(X[40:])
    np.testing.assert_array_equal(cae.coefs_[0], before)
    np.testing.assert_array_equal(detector.score_samples(X), cae.score_samples(X))
    assert np.sum(detector.predict(X[40:]) == -1) == 4


def test_the_autoencoder_that_is_given_is_not_fitted():
    AutoencoderDetector(CAE).fit(X)
    assert not hasattr(CAE, "coefs_")


@pytest.mark.parametrize(
    "inner",
    [
        DenoisingAutoencoder(4, **FIT),
        ContractiveAutoencoderCV(4, alphas=[0, 1], cv=2, **FIT),
        GridSearchCV(CAE, {"alpha": [0, 1]}, scoring=denoising_score, cv=2),
        make_pipeline(StandardScaler(), make_pipeline(PCA(3), CAE)),
    ],
    ids=lambda inner: type(inner).__name__,
)
def test_anything_that_holds_an_autoencoder(inner):
    detector = AutoencoderDetector(inner).fit(X)
    np.testing.assert_allclose(detector.score_samples(X), clone(inner).fit(X).score_samples(X))


def test_measures_find_the_autoencoder_inside():
    detector = AutoencoderDetector(make_pipeline(StandardScaler(), CAE)).fit(X)
    cae, steps = find_autoencoder(detector)
    assert cae is detector.autoencoder_[1]
    assert steps == [detector.autoencoder_[0]]
    assert contraction(detector, X).shape == (80,)
    with pytest.raises(NotFittedError):
        find_autoencoder(clone(detector))


def test_weights_reach_the_autoencoder_of_a_pipeline():
    weight = np.random.RandomState(1).uniform(size=len(X))
    pipe = make_pipeline(StandardScaler(), CAE)
    detector = AutoencoderDetector(pipe).fit(X, sample_weight=weight)
    expected = clone(pipe).fit(X, contractiveautoencoder__sample_weight=weight)
    np.testing.assert_array_equal(detector.score_samples(X), expected.score_samples(X))


@pytest.mark.parametrize(
    "holder",
    [
        make_pipeline(CAE, LogisticRegression()),
        make_pipeline(StandardScaler(), make_pipeline(CAE, "passthrough")),
        GridSearchCV(make_pipeline(StandardScaler(), CAE), {}, cv=2),
        JointGridSearchCV(CAE, {"alpha": [0.1]}, cv=2),
        make_pipeline(StandardScaler(), FinetunedClassifier(make_pipeline(CAE), max_iter=1)),
        make_pipeline(StandardScaler(), ContractiveAutoencoderCV(2, alphas=[0, 0.1], cv=2)),
    ],
    ids=lambda holder: type(holder).__name__ + str(len(repr(holder))),
)
def test_weights_reach_the_autoencoder_wherever_it_is(holder):
    """A weight of zero is the row left out: what else is fitted to the rows has none."""
    weight, y = np.arange(len(X)) % 2, np.arange(len(X)) // 2 % 2
    seen = AutoencoderDetector(clone(holder)).fit(X, y, sample_weight=weight).autoencoder_
    cae, _ = find_autoencoder(seen)
    assert cae.n_samples_seen_ == cae.n_iter_ * len(X) // 2


def test_weights_that_are_routed():
    import sklearn

    weight = np.random.RandomState(1).uniform(size=len(X))
    expected = AutoencoderDetector(make_pipeline(StandardScaler(), CAE)).fit(
        X, sample_weight=weight
    )
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            clone(CAE).set_fit_request(sample_weight=True),
        )
        detector = AutoencoderDetector(pipe).fit(X, sample_weight=weight)
    np.testing.assert_array_equal(detector.score_samples(X), expected.score_samples(X))


def test_frames_are_checked_by_their_names():
    frame = pd.DataFrame(X, columns=list("abcdef"))
    detector = AutoencoderDetector(make_pipeline(StandardScaler(), CAE)).fit(frame)
    assert list(detector.feature_names_in_) == list("abcdef")
    assert detector.n_features_in_ == 6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector.predict(frame)
    with pytest.raises(ValueError, match="feature names"):
        detector.predict(frame.rename(columns={"a": "z"}))
    assert not hasattr(detector.fit(X), "feature_names_in_")


@pytest.mark.parametrize("standardize_errors", [False, True])
def test_sparse_rows(standardize_errors):
    rows = X * (X > 2)
    detector = AutoencoderDetector(CAE, standardize_errors=standardize_errors)
    dense, thin = clone(detector).fit(rows), clone(detector).fit(sparse.csr_array(rows))
    assert thin.offset_ == pytest.approx(dense.offset_)
    np.testing.assert_allclose(
        thin.decision_function(sparse.csr_array(rows)), dense.decision_function(rows)
    )


@pytest.mark.parametrize("standardize_errors", [False, True])
def test_float32_stays(standardize_errors):
    rows = X.astype(np.float32)
    detector = AutoencoderDetector(CAE, standardize_errors=standardize_errors).fit(rows)
    assert detector.score_samples(rows).dtype == np.float32
    assert detector.decision_function(rows).dtype == np.float32
    assert type(detector.offset_) is float
    assert np.isin(detector.predict(rows), (-1, 1)).all()


def test_the_seed_is_that_of_the_default():
    one, same, other = (AutoencoderDetector(random_state=seed).fit(X) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.score_samples(X), same.score_samples(X))
    assert not np.allclose(one.score_samples(X), other.score_samples(X))


def test_files_hold_it():
    io = pytest.importorskip("skops.io")
    detector = AutoencoderDetector(make_pipeline(StandardScaler(), CAE)).fit(X)
    for copy in (
        pickle.loads(pickle.dumps(detector)),
        io.loads(io.dumps(detector), trusted=TRUSTED_TYPES),
    ):
        np.testing.assert_array_equal(copy.decision_function(X), detector.decision_function(X))


def test_a_grid_reaches_the_autoencoder():
    truth = np.where(np.arange(len(X)) % 10, 1, -1)
    search = GridSearchCV(
        AutoencoderDetector(CAE), {"autoencoder__alpha": [0, 1]}, scoring="roc_auc", cv=2
    )
    assert search.fit(X, truth).best_estimator_.autoencoder_.alpha in (0, 1)


def test_a_fit_that_fails_changes_nothing():
    detector = AutoencoderDetector(CAE).fit(X)
    before = dict(vars(detector))
    with pytest.raises(ValueError, match="NaN"):
        detector.fit(X * np.nan)
    assert vars(detector) == before


@pytest.mark.parametrize("contamination", [0, 0.51, -1, "many", None, True])
def test_contamination_that_is_no_share_is_refused(contamination):
    with pytest.raises(ValueError, match=r"'contamination' .* must be .* range \(0.0, 0.5\]"):
        AutoencoderDetector(CAE, contamination=contamination).fit(X)


@pytest.mark.parametrize("inner", [3, "cae", ContractiveAutoencoder])
def test_what_cannot_be_fitted_is_refused(inner):
    with pytest.raises((ValueError, TypeError)):
        AutoencoderDetector(inner).fit(X)


def test_another_estimator_is_refused():
    with pytest.raises(TypeError, match=r"of type PCA, holds no autoencoder of skcae\. Pass"):
        AutoencoderDetector(PCA(2)).fit(X)


def test_an_unfitted_detector_says_so():
    with pytest.raises(NotFittedError, match="AutoencoderDetector"):
        AutoencoderDetector().predict(X)


def test_a_frozen_autoencoder_must_be_fitted():
    with pytest.raises(NotFittedError):
        AutoencoderDetector(FrozenEstimator(clone(CAE))).fit(X)
