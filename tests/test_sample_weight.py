"""A weight is the number of times that its row counts."""

import numpy as np
import pytest
from estimators import (
    N,
    X,
    assert_close_fit,
    assert_same_fit,
    both,
    make,
    short_fits,
    steady,
    still,
)

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, HigherOrder

pytestmark = short_fits

VARIANTS = [
    (ContractiveAutoencoder, {}),
    (
        ContractiveAutoencoder,
        {"hidden_layer_sizes": (9,), "penalty": "exact", "loss": "cross_entropy"},
    ),
    (ContractiveAutoencoder, {"penalty": HigherOrder(2.0, 0.3)}),
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
