"""What the estimators promise: attributes, formulas, weights, continuation, stopping, reproducibility and errors."""

import inspect
import pickle
import random
import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import sklearn
import torch
from scipy import sparse
from scipy.special import expit, xlogy
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from snapshot import contents, fail_at_batch

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    Exact,
    Hutchinson,
    _bridge,
    contractive_path,
)
from skcae.core.activations import ACTIVATIONS
from skcae.inspection import contraction_curve
from skcae.metrics import denoising_score
from skcae.model_selection import JointGridSearchCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = load_digits().data[:80, 16:40] / 16
N, D = X.shape
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])

FORWARD = {
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "softplus": lambda z: np.logaddexp(0, z),
}
SLOPE = {
    "logistic": lambda z: expit(z) * (1 - expit(z)),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "identity": np.ones_like,
    "softplus": expit,
}


def make(Estimator, **params):
    return Estimator(
        **{"n_components": 6, "max_iter": 4, "batch_size": 20, "random_state": 0, **params}
    )


def steady(Estimator, **params):
    """An estimator whose epochs do not depend on how many there are to be."""
    fixed = {"learning_rate": "constant", "learning_rate_init": 0.01, "n_iter_no_change": None}
    return make(Estimator, **{**fixed, **params})


def still(Estimator, **params):
    """An estimator whose parameters do not move, so that its curves are those of its fitted parameters."""
    return make(Estimator, **{"learning_rate_init": 1e-30, "max_iter": 1, **params})


def encode(estimator, X):
    for coef, intercept in list(zip(estimator.coefs_, estimator.intercepts_, strict=True))[
        : len(estimator.coefs_) // 2
    ]:
        X = FORWARD[estimator.activation](X @ coef + intercept)
    return X


def decode(estimator, codes):
    *hidden, (coef, intercept) = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))[
        len(estimator.coefs_) // 2 :
    ]
    for hidden_coef, hidden_intercept in hidden:
        codes = FORWARD[estimator.activation](codes @ hidden_coef + hidden_intercept)
    output = codes @ coef + intercept
    return output if estimator.loss == "squared_error" else expit(output)


def losses(estimator, X, R):
    """L(x, r) of every row, summed over features."""
    if estimator.loss == "squared_error":
        return ((X - R) ** 2).sum(1)
    return -(xlogy(X, R) + xlogy(1 - X, 1 - R)).sum(1)


def contractions(estimator, X):
    """||dh/dx||_F^2 of every row, from Jacobians that are formed."""
    jacobians = np.broadcast_to(np.eye(X.shape[1]), (len(X), X.shape[1], X.shape[1]))
    for coef, intercept in list(zip(estimator.coefs_, estimator.intercepts_, strict=True))[
        : len(estimator.coefs_) // 2
    ]:
        Z = X @ coef + intercept
        jacobians = SLOPE[estimator.activation](Z)[:, :, None] * (coef.T @ jacobians)
        X = FORWARD[estimator.activation](Z)
    return (jacobians**2).sum((1, 2))


def assert_same_fit(one, other):
    """Bit-identical parameters."""
    for mine, theirs in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(mine, theirs, strict=True)


def assert_close_fit(one, other):
    for mine, theirs in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)


# Fitted attributes


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
        AttributeError, match=r"deep encoder, hidden_layer_sizes=\(9,\), has coefs_ and intercepts_"
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
def test_auto_learning_rate_is_the_bound_of_the_initial_weights_over_the_depth(Estimator):
    estimator = still(Estimator, hidden_layer_sizes=(9,)).fit(X)
    bounds = [np.sqrt(6 / sum(coef.shape)) for coef in estimator.coefs_]
    for coef, bound in zip(estimator.coefs_, bounds, strict=True):
        assert 0.9 * bound < np.abs(coef).max() <= bound
    assert make(Estimator, hidden_layer_sizes=(9,)).fit(X).learning_rate_ == pytest.approx(
        min(bounds) / 2 / (1 + getattr(estimator, "alpha", 0))
    )
    assert estimator.learning_rate_ == 1e-30


def test_strong_contraction_lowers_the_auto_learning_rate():
    rates = {
        alpha: make(ContractiveAutoencoder, alpha=alpha).fit(X).learning_rate_
        for alpha in (0, 0.1, 1, 2)
    }
    assert (
        rates[0]
        == pytest.approx(1.1 * rates[0.1])
        == pytest.approx(2 * rates[1])
        == pytest.approx(2 * rates[2])
    )


@both
@pytest.mark.parametrize(
    ("epochs", "size", "factor"),
    [(60, 1, 1), (240, 1, 2), (540, 1, 3), (240, 80, 1), (1500, 80, 1), (6000, 80, 2)],
)
def test_the_auto_learning_rate_of_a_long_cosine_is_lower(Estimator, epochs, size, factor):
    """X has 80 rows: what counts is the lesser of the number of epochs over 60 and that of steps over 1500."""

    def rate(max_iter, **params):
        return (
            make(Estimator, batch_size=size, max_iter=max_iter, **params)
            ._task(X, None)
            .schedule.learning_rate
        )

    assert rate(epochs) == pytest.approx(rate(1) / factor)
    assert rate(epochs, learning_rate="constant") == rate(1)
    assert rate(epochs, learning_rate_init=0.3) == 0.3


@both
@pytest.mark.parametrize(("n_rows", "size"), [(30, 30), (90, 50), (2400, 60), (9000, 200)])
def test_auto_batch_size_is_a_fortieth_of_the_rows_within_bounds(Estimator, n_rows, size):
    rows = np.resize(X, (n_rows, X.shape[1]))
    automatic = make(Estimator, batch_size="auto", max_iter=1).fit(rows)
    assert_same_fit(automatic, make(Estimator, batch_size=size, max_iter=1).fit(rows))


# What transform, inverse_transform and the scores compute


@both
@pytest.mark.parametrize("hidden", [(), (9, 7)])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("activation", FORWARD)
def test_formulas(Estimator, activation, loss, hidden):
    estimator = make(
        Estimator, activation=activation, loss=loss, hidden_layer_sizes=hidden, max_iter=2
    ).fit(X)
    codes = encode(estimator, X)
    R = decode(estimator, codes)
    np.testing.assert_allclose(estimator.transform(X), codes, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(estimator.inverse_transform(codes), R, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(estimator.score_samples(X), -losses(estimator, X, R), rtol=1e-9)
    round_trip = estimator.inverse_transform(estimator.transform(X))
    np.testing.assert_allclose(
        estimator.score_samples(X), -losses(estimator, X, round_trip), rtol=1e-9
    )


@both
def test_score_is_the_mean_of_score_samples(Estimator):
    estimator = make(Estimator).fit(X)
    weight = np.arange(N)
    samples = estimator.score_samples(X)
    assert estimator.score(X) == pytest.approx(samples.mean())
    assert estimator.score(X, sample_weight=weight) == pytest.approx(
        (weight * samples).sum() / weight.sum()
    )
    assert isinstance(estimator.score(X), float)


@both
def test_rows_are_mapped_in_chunks_of_bounded_size(Estimator, monkeypatch):
    estimator = make(Estimator, n_components=30).fit(X)
    codes, scores = estimator.transform(X), estimator.score_samples(X)
    seen = []
    logistic = ACTIVATIONS["logistic"]
    forward = replace(logistic, forward=lambda z: seen.append(len(z)) or logistic.forward(z))
    monkeypatch.setitem(ACTIVATIONS, "logistic", forward)
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 210)
    np.testing.assert_allclose(estimator.transform(X), codes, rtol=1e-12)
    assert seen == [7] * 11 + [3]  # 210 elements are seven rows of the widest layer
    np.testing.assert_allclose(estimator.score_samples(X), scores, rtol=1e-12)


@both
@pytest.mark.parametrize("method", ["transform", "inverse_transform", "score_samples", "score"])
def test_not_fitted(Estimator, method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(Estimator(), method)(X)


# The curves


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("hidden", [(), (9,), (30, 9)])
@pytest.mark.parametrize("activation", FORWARD)
def test_curves_are_the_objective_term_by_term(activation, hidden, tied):
    weight = np.random.RandomState(0).uniform(0.1, 5, N)
    params = {
        "activation": activation,
        "hidden_layer_sizes": hidden,
        "tied_weights": tied,
        "penalty": "exact",
    }
    estimator = still(ContractiveAutoencoder, alpha=0.7, weight_decay=0.3, batch_size=30, **params)
    estimator.fit(X, sample_weight=weight)
    contraction = np.average(contractions(estimator, X), weights=weight)
    matrices = estimator.coefs_[: len(hidden) + 1] if tied else estimator.coefs_
    decay = sum((coef**2).sum() for coef in matrices)
    assert estimator.contraction_curve_ == pytest.approx([contraction])
    assert estimator.reconstruction_curve_ == pytest.approx(
        [-estimator.score(X, sample_weight=weight)]
    )
    assert estimator.loss_curve_[0] == pytest.approx(
        # The decay is added in every batch whole, and the epoch is a mean over batches.
        estimator.reconstruction_curve_[0] + 0.7 * contraction + 0.3 * decay
    )


def test_hutchinson_estimates_the_contraction():
    penalty = Hutchinson(n_probes=200)
    estimator = still(ContractiveAutoencoder, hidden_layer_sizes=(9,), penalty=penalty).fit(X)
    assert estimator.contraction_curve_ == pytest.approx(
        [contractions(estimator, X).mean()], rel=0.05
    )


@pytest.mark.parametrize("corruption", ["masking", "gaussian", "salt_and_pepper"])
def test_without_corruption_the_curve_is_the_score(corruption):
    estimator = still(
        DenoisingAutoencoder, corruption=corruption, corruption_level=0, weight_decay=0.3
    ).fit(X)
    assert estimator.reconstruction_curve_ == pytest.approx([-estimator.score(X)])
    assert estimator.loss_curve_ == pytest.approx(
        [-estimator.score(X) + 0.3 * (estimator.coefs_[0] ** 2).sum()]
    )
    assert not hasattr(estimator, "contraction_curve_")


def test_corrupted_rows_are_compared_with_clean_ones():
    estimator = still(DenoisingAutoencoder, corruption="masking", corruption_level=1).fit(X)
    R = decode(estimator, encode(estimator, np.zeros_like(X)))
    assert estimator.reconstruction_curve_ == pytest.approx([losses(estimator, X, R).mean()])


@both
def test_reconstruction_err_is_that_of_the_last_epoch(Estimator):
    estimator = make(Estimator).fit(X)
    assert estimator.reconstruction_err_ == estimator.reconstruction_curve_[-1]


def test_contraction_falls_with_alpha():
    kept = [
        make(ContractiveAutoencoder, alpha=alpha, max_iter=20).fit(X) for alpha in (0, 0.1, 1, 10)
    ]
    contraction = [contractions(estimator, X).mean() for estimator in kept]
    assert contraction == sorted(contraction, reverse=True)
    assert contraction[-1] < contraction[0] / 10


# Every parameter reaches the fit

OTHERWISE = {
    "n_components": 7,
    "hidden_layer_sizes": (9,),
    "activation": "tanh",
    "loss": "cross_entropy",
    "tied_weights": False,
    "solver": "sgd",
    "learning_rate": "constant",
    "learning_rate_init": 0.02,
    "batch_size": 30,
    "max_iter": 9,
    "early_stopping": True,
    "weight_decay": 0.5,
    "shuffle": False,
    "random_state": 1,
}
WITHIN = {
    "tol": (0.99, {"learning_rate": "constant"}),
    "n_iter_no_change": (1, {"tol": 0.9, "learning_rate": "constant"}),
    "momentum": (0.5, {"solver": "sgd"}),
    "nesterovs_momentum": (False, {"solver": "sgd"}),
    "validation_fraction": (0.3, {"early_stopping": True}),
}
OWN = {
    ContractiveAutoencoder: {"alpha": 1.0, "penalty": "hutchinson"},
    DenoisingAutoencoder: {"corruption": "gaussian", "corruption_level": 0.6},
}


@both
def test_every_parameter_changes_the_fit(Estimator):
    cases = {name: (value, {}) for name, value in {**OTHERWISE, **OWN[Estimator]}.items()} | WITHIN
    no_effect = {"warm_start", "device", "verbose"}  # each has tests of its own
    assert set(cases) | no_effect == set(Estimator().get_params())
    usual = {"n_iter_no_change": 2, "max_iter": 12}
    for name, (value, others) in cases.items():
        params = usual | others
        before, after = (
            make(Estimator, **params).fit(X),
            make(Estimator, **{**params, name: value}).fit(X),
        )
        same = [np.array_equal(a, b) for a, b in zip(before.coefs_, after.coefs_, strict=False)]
        assert not all(same), name


@pytest.mark.parametrize(
    ("hidden", "name", "instance"),
    [
        ((), "auto", Exact()),
        ((), "hutchinson", Hutchinson()),
        ((9,), "auto", Hutchinson(1)),
        ((9,), "exact", Exact()),
    ],
)
def test_names_of_penalties(hidden, name, instance):
    named, given = (
        make(ContractiveAutoencoder, hidden_layer_sizes=hidden, penalty=p).fit(X)
        for p in (name, instance)
    )
    assert_same_fit(named, given)
    assert named.loss_curve_ == given.loss_curve_


def test_knobs_of_a_penalty_are_used():
    one, four = (make(ContractiveAutoencoder, penalty=Hutchinson(n)).fit(X) for n in (1, 4))
    assert one.contraction_curve_ != four.contraction_curve_


# sample_weight

VARIANTS = [
    (ContractiveAutoencoder, {}),
    (
        ContractiveAutoencoder,
        {"hidden_layer_sizes": (9,), "penalty": "exact", "loss": "cross_entropy"},
    ),
    (DenoisingAutoencoder, {"corruption": "masking"}),
    (DenoisingAutoencoder, {"corruption": "gaussian", "solver": "sgd", "learning_rate_init": 0.01}),
    (DenoisingAutoencoder, {"corruption": "salt_and_pepper", "hidden_layer_sizes": (9,)}),
]
variants = pytest.mark.parametrize(("Estimator", "params"), VARIANTS)


@variants
def test_weight_is_repetition(Estimator, params):
    weight = np.random.RandomState(0).randint(0, 4, N)
    weighted, repeated = (make(Estimator, batch_size=1000, **params) for _ in range(2))
    weighted.fit(X, sample_weight=weight)
    repeated.fit(np.repeat(X, weight, axis=0))
    assert_close_fit(weighted, repeated)
    assert weighted.loss_curve_ == pytest.approx(repeated.loss_curve_)
    assert not np.allclose(
        weighted.coefs_[0], make(Estimator, batch_size=1000, **params).fit(X).coefs_[0]
    )


@variants
def test_weight_zero_is_removal(Estimator, params):
    weight = np.random.RandomState(1).randint(0, 3, N).astype(float)
    kept = weight > 0
    garbage = np.where(kept[:, None], X, 0.987)
    assert_same_fit(
        make(Estimator, **params).fit(garbage, sample_weight=weight),
        make(Estimator, **params).fit(X[kept], sample_weight=weight[kept]),
    )


@variants
def test_a_common_factor_of_the_weights_is_without_effect(Estimator, params):
    weight = np.random.RandomState(2).uniform(0.1, 1, N)
    small, large = (
        make(Estimator, **params).fit(X, sample_weight=factor * weight) for factor in (1, 1e4)
    )
    assert_close_fit(small, large)
    assert small.loss_curve_ == pytest.approx(large.loss_curve_)


@both
def test_weights_in_partial_fit_and_in_the_dtype_of_the_rows(Estimator):
    weight = np.random.RandomState(3).randint(1, 3, N)
    rows = X.astype(np.float32)
    passed, fitted = (steady(Estimator, shuffle=False, max_iter=1) for _ in range(2))
    assert_same_fit(
        passed.partial_fit(rows, sample_weight=weight), fitted.fit(rows, sample_weight=weight)
    )
    assert passed.coefs_[0].dtype == np.float32


@both
def test_weights_hold_in_early_stopping(Estimator):
    weight = np.random.RandomState(4).uniform(0.1, 5, N)
    params = {
        "early_stopping": True,
        "max_iter": 1,
        "batch_size": 30,
        "corruption_level": 0,
        "alpha": 0,
    }
    params = {name: value for name, value in params.items() if name in Estimator().get_params()}
    weighted = still(Estimator, **params).fit(X, sample_weight=weight)
    seen = -np.array([weighted.loss_curve_[0], -weighted.validation_scores_[0]])
    shares = np.array([0.9, 0.1])
    # Both parts together are all rows; with weights the two shares are the sums of
    # weights, between these bounds.
    assert seen.min() < weighted.score(X, sample_weight=weight) < seen.max()
    assert not np.isclose(
        shares @ seen, shares @ -np.array(still(Estimator, **params).fit(X).loss_curve_ * 2)
    )


# Continuation


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


# When a fit ends

STOP = {
    "tol": 0.9,
    "n_iter_no_change": 3,
    "max_iter": 50,
}  # no epoch lowers the objective by nine tenths


@both
@pytest.mark.parametrize(("rate", "n_iter"), [("constant", 4), ("cosine", 50)])
def test_stops_when_it_no_longer_improves(Estimator, rate, n_iter):
    """The first epoch and three without improvement; under a cosine at its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        assert make(Estimator, learning_rate=rate, **STOP).fit(X).n_iter_ == n_iter


@both
def test_warns_when_max_iter_ends_it_where_the_user_called(Estimator):
    with pytest.warns(
        ConvergenceWarning, match=r"Maximum iterations \(2\) reached.*increase max_iter, or tol"
    ) as caught:
        make(Estimator, max_iter=2).fit(X)
    assert [warning.filename for warning in caught] == [__file__]


@both
def test_runs_max_iter_epochs_without_a_patience(Estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        assert (
            make(Estimator, **{**STOP, "n_iter_no_change": None, "max_iter": 12}).fit(X).n_iter_
            == 12
        )


@both
def test_partial_fit_does_not_warn(Estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(Estimator).partial_fit(X).partial_fit(X)


@both
def test_early_stopping_keeps_the_best_epoch(Estimator):
    rows = np.random.RandomState(0).normal(size=(40, 8))
    params = {
        "activation": "tanh",
        "tied_weights": False,
        "n_components": 30,
        "learning_rate_init": 0.05,
        "tol": 0,
    }
    params |= {
        "early_stopping": True,
        "validation_fraction": 0.25,
        "learning_rate": "constant",
        "n_iter_no_change": 4,
    }
    estimator = make(Estimator, max_iter=200, **params).fit(rows)
    scores = estimator.validation_scores_
    best = int(np.argmax(scores))
    assert estimator.n_iter_ == len(scores) == best + 1 + 4 < 200
    assert estimator.best_validation_score_ == scores[best]
    assert estimator.reconstruction_err_ == estimator.reconstruction_curve_[best]
    assert_same_fit(estimator, make(Estimator, max_iter=best + 1, **params).fit(rows))


def test_validation_scores_are_minus_the_objective_on_held_out_rows():
    rows = np.vstack([X[:1]] * 40)
    estimator = make(
        ContractiveAutoencoder,
        early_stopping=True,
        alpha=0.5,
        weight_decay=0.1,
        n_iter_no_change=None,
    ).fit(rows)
    # All rows are the same, so the held-out objective is that of any of them, and the
    # best epoch's is that of the result.
    objective = (
        -estimator.score(rows)
        + 0.5 * contractions(estimator, rows).mean()
        + 0.1 * (estimator.coefs_[0] ** 2).sum()
    )
    assert estimator.best_validation_score_ == pytest.approx(-objective)


@both
def test_verbose_prints_a_line_per_epoch(Estimator, capsys):
    make(Estimator, max_iter=3).fit(X).partial_fit(X)
    assert capsys.readouterr() == ("", "")
    estimator = make(Estimator, max_iter=3, verbose=1).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for number, (line, loss) in enumerate(zip(lines, estimator.loss_curve_, strict=True), 1):
        assert line.startswith(f"Iteration {number}, loss = {loss:.8f}")


# Reproducibility


REPEATED = {
    "contractive": lambda: make(ContractiveAutoencoder),
    "denoising": lambda: make(DenoisingAutoencoder),
    "deep": lambda: make(ContractiveAutoencoder, hidden_layer_sizes=(9,), early_stopping=True),
    "deep denoising": lambda: make(
        DenoisingAutoencoder, hidden_layer_sizes=(9,), early_stopping=True, solver="sgd"
    ),
    "cross-validated": lambda: make(ContractiveAutoencoderCV, alphas=[0, 0.1], cv=2),
}


@pytest.mark.parametrize("kind", REPEATED)
def test_same_seed_same_fit_whatever_was_seeded_and_fitted_before(kind):
    def fit(seed):
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        random.seed(seed)
        make(DenoisingAutoencoder, n_components=seed + 1).partial_fit(X[:30].astype(np.float32))
        return REPEATED[kind]().fit(X)

    alone = contents(REPEATED[kind]().fit(X))
    for seed in (0, 1):
        assert contents(fit(seed)) == alone


def global_state():
    """All that a process has one of, and that a fit might be tempted to change."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    generators = name, keys.tolist(), rest, torch.get_rng_state().tolist(), random.getstate()
    switches = (
        torch.get_num_threads(),
        torch.get_num_interop_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
    )
    return generators, switches, np.geterr(), list(warnings.filters), sklearn.get_config()


def use(estimator):
    """Everything that one can do with an estimator, and what fails."""
    estimator.fit(X.astype(np.float32))
    estimator.inverse_transform(estimator.transform(X))
    estimator.score(X)
    contraction_curve(estimator, X, [0, 1], random_state=0)
    denoising_score(estimator, X)
    with pytest.raises(ValueError, match="NaN"):
        estimator.fit(X * np.nan)
    with pytest.raises(ValueError, match="diverged"):
        clone(estimator).set_params(learning_rate_init=1e308).fit(X)


@pytest.mark.parametrize("kind", REPEATED)
def test_global_state_is_left_alone(kind):
    before = global_state()
    use(REPEATED[kind]())
    if kind == "contractive":
        contractive_path(X, [0, 1], n_components=2, max_iter=2, random_state=0)
        JointGridSearchCV(REPEATED[kind](), {"alpha": [0, 1]}, cv=2).fit(X)
        REPEATED[kind]().partial_fit(X)
    assert global_state() == before


@both
def test_random_state_instance(Estimator):
    shared = np.random.RandomState(0)
    first, second = (make(Estimator, random_state=shared).fit(X) for _ in range(2))
    assert_same_fit(first, make(Estimator, random_state=0).fit(X))
    assert not np.array_equal(first.coefs_[0], second.coefs_[0])


@both
def test_rows_without_a_seed_differ(Estimator):
    first, second = (make(Estimator, random_state=None).fit(X) for _ in range(2))
    assert not np.array_equal(first.coefs_[0], second.coefs_[0])


# Failure

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
def test_a_rate_that_is_too_high_is_cut_with_a_warning(Estimator):
    estimator = make(Estimator, learning_rate_init=1e3, activation="identity")
    with pytest.warns(
        ConvergenceWarning,
        match="diverged with learning_rate_init=1000; training went on .* StandardScaler",
    ):
        estimator.fit(X)
    assert np.isfinite(estimator.transform(X)).all()
    assert np.isfinite(estimator.loss_curve_).all()
    assert estimator.score(X) > -100 * (X**2).sum(1).mean()


@both
@pytest.mark.parametrize("scale", [1e6, 1e12])
def test_large_features_never_give_codes_that_are_not_finite(Estimator, scale):
    for activation in FORWARD:
        estimator = make(Estimator, activation=activation)
        try:
            estimator.fit(X * scale)
        except ValueError as error:
            assert "diverged" in str(error)  # noqa: PT017
            continue
        assert np.isfinite(estimator.transform(X * scale)).all()
        assert np.isfinite(estimator.loss_curve_).all()


@both
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("change", ["rate", "scale", "weight_decay"])
def test_no_failure_of_a_fit_is_silent(Estimator, change, loss):
    """Whatever the activation, it raises, or warns, or the code varies; where the data vary, a constant code is no code."""
    params = {
        "rate": {"learning_rate_init": 1e3},
        "scale": {},
        "weight_decay": {"weight_decay": 1e4},
    }[change]
    rows = X * 1e6 if change == "scale" and loss == "squared_error" else X
    for activation in FORWARD:
        estimator = make(Estimator, activation=activation, loss=loss, max_iter=20, **params)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                estimator.fit(rows)
            except ValueError as error:
                assert "Scale X" in str(error)  # noqa: PT017
                continue
        codes = estimator.transform(rows)
        collapsed = [
            warning for warning in caught if "The code has collapsed" in str(warning.message)
        ]
        assert np.isfinite(codes).all()
        assert bool(collapsed) == (
            np.ptp(codes, axis=0).max() <= 1e-4 * max(1, np.abs(codes).max())
        )


def test_a_solver_that_overflows_is_a_divergence():
    """Adam squares gradients: from about 1e154 on they are infinite, and parameters would stay where they began."""
    with pytest.raises(
        ValueError, match="or set a lower learning_rate_init, alpha or weight_decay"
    ):
        make(ContractiveAutoencoder, alpha=1e300).fit(X)


COLLAPSED = {
    "enormous alpha": {"alpha": 1e10, "activation": "tanh"},
    "dead units": {"activation": "relu", "learning_rate_init": 1000, "learning_rate": "constant"},
    "saturated units": {"activation": "logistic", "learning_rate_init": 1000},
}


@pytest.mark.parametrize("case", COLLAPSED)
def test_a_collapsed_code_is_warned_about_where_the_user_called(case):
    with pytest.warns(
        UserWarning,
        match="The code has collapsed: over the training rows no unit varies by more than",
    ) as caught:
        estimator = make(ContractiveAutoencoder, max_iter=30, **COLLAPSED[case]).fit(X)
    assert np.ptp(estimator.transform(X), axis=0).max() <= 1e-4
    assert {warning.filename for warning in caught} == {__file__}


@both
def test_a_code_that_follows_its_rows_has_not_collapsed(Estimator):
    """However small both are, and where the rows are equal."""
    for rows in (X, X * 1e-300, X[:1], np.repeat(X[:1], 20, axis=0)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            make(Estimator, activation="identity", learning_rate_init=1e-9).fit(rows)


@both
def test_hopeless_divergence_names_the_lowest_rate_that_was_tried(Estimator):
    message = r"diverged with learning_rate_init=1e\+307, and with rates down to 1e\+301. Scale X.*StandardScaler.*lower"
    with pytest.raises(ValueError, match=message):
        make(Estimator, learning_rate_init=1e307).fit(X)


@both
def test_easy_rows_first_are_no_divergence(Estimator):
    """The objective of the first batch says little about that of the others."""
    rows = np.vstack([np.zeros_like(X), X])
    params = {"alpha": 0} if Estimator is ContractiveAutoencoder else {}
    estimator = make(Estimator, activation="tanh", shuffle=False, max_iter=20, **params).fit(rows)
    assert estimator.loss_curve_[-1] < estimator.loss_curve_[0]


@both
def test_a_rare_outlier_is_no_divergence(Estimator):
    rows = np.tile(X, (5, 1))
    rows[7] = 100
    estimator = make(Estimator, learning_rate_init=0.01).fit(rows)
    assert np.isfinite(estimator.loss_curve_).all()


# Interruption


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
def test_interruption_between_epochs_keeps_the_epoch(Estimator, monkeypatch):
    expected = steady(Estimator, max_iter=1).fit(X)

    def interrupting_print(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupting_print)
    with pytest.warns(UserWarning, match="interrupted"):
        estimator = steady(Estimator, max_iter=50, verbose=1).fit(X)
    assert_same_fit(estimator, expected)


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


# Devices


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_cuda_without_a_device(Estimator, method, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match=r"device='cuda' needs a CUDA device.*set_params\(device='auto'\)"
    ):
        getattr(make(Estimator, device="cuda"), method)(X)
    fitted = make(Estimator).fit(X).set_params(device="cuda")
    with pytest.raises(ValueError, match="device='cuda' needs a CUDA device"):
        fitted.transform(X)


@both
@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_devices_without_cuda(Estimator, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    estimator = make(Estimator, device=device).fit(X)
    assert_same_fit(estimator, make(Estimator).fit(X))
    np.testing.assert_array_equal(estimator.transform(X), make(Estimator).fit(X).transform(X))


def test_rows_stay_on_a_gpu_where_they_fit(monkeypatch, tmp_path):
    """Without one: what would be sent to it, and what not."""
    cuda, sent = torch.device("cuda"), []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (4 * X.nbytes, 8 * X.nbytes))
    monkeypatch.setattr(_bridge, "to_tensor", lambda array, device: sent.append((array, device)))
    np.save(tmp_path / "X.npy", X)
    for rows in (
        np.tile(X, (2, 1)),
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        sparse.csr_array(X),
    ):
        assert _bridge.resident(rows, cuda) is rows
    assert _bridge.resident(X, torch.device("cpu")) is X
    assert not sent
    assert _bridge.resident(X, cuda) is not X
    assert sent == [(X, cuda)]


# The two are one API


def test_both_estimators_share_their_parameters_but_for_what_sets_them_apart():
    signatures = [
        inspect.signature(Estimator).parameters
        for Estimator in (ContractiveAutoencoder, DenoisingAutoencoder)
    ]
    own = [{"alpha", "penalty"}, {"corruption", "corruption_level"}]
    shared = [
        [parameter for name, parameter in signature.items() if name not in names]
        for signature, names in zip(signatures, own, strict=True)
    ]
    assert shared[0] == shared[1]


@both
def test_only_n_components_is_positional(Estimator):
    assert clone(Estimator(5)).n_components == 5
    with pytest.raises(TypeError, match="positional"):
        Estimator(5, 0.1)
