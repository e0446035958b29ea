"""The same seed gives the same fit, and a fit changes nothing outside of itself."""

import random
import warnings

import numpy as np
import pytest
import sklearn
import torch
from estimators import X, assert_same_fit, both, make, short_fits
from sklearn.base import clone
from snapshot import contents

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    contractive_path,
)
from skcae.inspection import contraction_curve
from skcae.metrics import denoising_score
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

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
