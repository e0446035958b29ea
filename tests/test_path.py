"""contractive_path: every alpha in one training ends where it would alone."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, _path, contractive_path

X = load_digits().data[:230, 10:40] / 16
ALPHAS = [0, 0.03, 0.3, 3]
CASES = {
    "one layer": {},
    "untied tanh": {"activation": "tanh", "tied_weights": False, "weight_decay": 0.01},
    "deep": {"hidden_layer_sizes": (12,)},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 3},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.001},
    "cross-entropy": {"loss": "cross_entropy"},
}


def parameters(**knobs):
    return {"n_components": 6, "batch_size": 50, "max_iter": 12, "random_state": 0, "n_iter_no_change": None, **knobs}


@pytest.mark.parametrize("knobs", CASES.values(), ids=CASES)
def test_equals_the_single_fits(knobs):
    weight = np.random.RandomState(0).randint(0, 3, len(X)).astype(float)
    path = contractive_path(X, ALPHAS, sample_weight=weight, **parameters(**knobs))
    for alpha, estimator in zip(ALPHAS, path, strict=True):
        alone = ContractiveAutoencoder(alpha=alpha, **parameters(**knobs)).fit(X, sample_weight=weight)
        assert estimator.get_params() == alone.get_params()
        for mine, reference in zip(estimator.coefs_ + estimator.intercepts_, alone.coefs_ + alone.intercepts_, strict=True):
            np.testing.assert_allclose(mine, reference, rtol=0, atol=1e-9 * np.abs(reference).max())
        np.testing.assert_allclose(estimator.loss_curve_, alone.loss_curve_)
        np.testing.assert_allclose(estimator.contraction_curve_, alone.contraction_curve_)
        assert estimator.n_samples_seen_ == alone.n_samples_seen_


def test_groups_of_bounded_size_give_the_same(monkeypatch):
    whole = contractive_path(X, ALPHAS, **parameters())
    monkeypatch.setattr(_path, "TOGETHER_ELEMENTS", 1)
    for mine, reference in zip(contractive_path(X, ALPHAS, **parameters()), whole, strict=True):
        np.testing.assert_allclose(mine.components_, reference.components_, rtol=1e-9)


def test_without_a_seed_all_alphas_start_alike():
    first, second = contractive_path(X, [0.1, 0.1 + 1e-12], **parameters(random_state=None))
    np.testing.assert_allclose(first.components_, second.components_, rtol=1e-6)


def test_one_that_diverges_goes_back_as_it_does_alone():
    knobs = parameters(learning_rate_init=1e4)
    with pytest.warns(UserWarning, match="diverged"):
        path = contractive_path(X, ALPHAS, **knobs)
    with pytest.warns(UserWarning, match="diverged"):
        alone = ContractiveAutoencoder(alpha=ALPHAS[1], **knobs).fit(X)
    np.testing.assert_allclose(path[1].components_, alone.components_, rtol=1e-9)


@pytest.mark.parametrize(
    ("alphas", "message"),
    [
        ([], "alphas is empty; give at least one"),
        ([0.1, -1.0], r"alphas holds -1.0; .* finite number of at least 0"),
        ([float("nan")], r"alphas holds nan; .* finite number"),
        ([float("inf")], r"alphas holds inf; .* finite number"),
        (["strong"], r"alphas holds 'strong'; .* finite number"),
        ([True], r"alphas holds True; .* finite number"),
        ([0.1, 1, 0.1], "alphas holds 0.1 more than once; name every contraction strength once"),
    ],
)
def test_alphas_are_checked_before_training(alphas, message, monkeypatch):
    monkeypatch.setattr(_path, "train", None)
    with pytest.raises(ValueError, match=message):
        contractive_path(X, alphas, **parameters())


def test_parameters_are_checked_before_training(monkeypatch):
    monkeypatch.setattr(_path, "train", None)
    with pytest.raises(ValueError, match="n_components"):
        contractive_path(X, ALPHAS, **parameters(n_components=0))
