"""Rows that are far fewer than their features are trained on in their span."""

import pickle

import numpy as np
import pytest
import torch
from estimators import any_fit
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    HigherOrder,
    Hutchinson,
    contractive_path,
)
from skcae.core import span
from skcae.core.penalties import Penalty
from skcae.inspection import contraction
from skcae.model_selection import JointGridSearchCV

pytestmark = any_fit
SETTINGS = {"n_components": 4, "batch_size": 8, "max_iter": 12, "random_state": 0}
random = np.random.RandomState(0)
X = random.normal(size=(20, 3)) @ random.normal(size=(3, 60)) + random.normal(size=(20, 60))
OTHERS = random.normal(size=(9, 60))
WEIGHT = np.arange(20) % 4


@pytest.fixture(autouse=True)
def low_bound(monkeypatch):
    """These rows are not as wide as rows have to be for it to be worth while."""

    def wide(n_rows, n_features, *fit):
        return n_features >= max(2 * n_rows, 50)

    monkeypatch.setattr(span, "pays", wide)


def outside(vectors, rows=X):
    """The part of vectors outside of the span of some rows, relative to all of it."""
    basis = np.linalg.svd(rows, full_matrices=False)[2]
    return np.linalg.norm(vectors - vectors @ basis.T @ basis) / np.linalg.norm(vectors)


KNOBS = [
    {},
    {"tied_weights": False},
    {"hidden_layer_sizes": (7,)},
    {"hidden_layer_sizes": (7,), "tied_weights": False},
    {"penalty": HigherOrder()},
    {"penalty": Hutchinson()},
    {"weight_decay": 0.01},
    {"solver": "sgd"},
    {"early_stopping": True},
]


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_weights_are_in_the_span_and_fit_the_rows(knobs, weight):
    cae = ContractiveAutoencoder(**SETTINGS | knobs).fit(X, sample_weight=weight)
    assert cae.coefs_[0].shape == (60, 7 if "hidden_layer_sizes" in knobs else 4)
    for part in (cae.coefs_[0].T, cae.coefs_[-1], cae.intercepts_[-1]):
        assert outside(part) < 1e-9
    assert all(slot.shape == cae._solver_slots[0].shape for slot in cae._solver_slots)
    assert cae.reconstruct(X).shape == X.shape


def test_what_a_fit_records_is_what_the_fitted_weights_do(monkeypatch):
    """One epoch of one batch at next to no rate."""
    monkeypatch.setattr("skcae._defaults.learning_rate", lambda *args: 1e-9)
    one = SETTINGS | {"batch_size": 20, "max_iter": 1}
    cae = ContractiveAutoencoder(**one, weight_decay=0.1).fit(X)
    assert outside(cae.components_) < 1e-9
    np.testing.assert_allclose(-cae.score(X), cae.reconstruction_curve_[0], rtol=1e-6)
    np.testing.assert_allclose(contraction(cae, X).mean(), cae.contraction_curve_[0], rtol=1e-6)
    decay = 0.1 * (cae.components_**2).sum()
    total = cae.reconstruction_curve_[0] + 0.1 * cae.contraction_curve_[0] + decay
    np.testing.assert_allclose(cae.loss_curve_[0], total, rtol=1e-6)


def test_it_ends_as_low_as_a_fit_in_all_features(monkeypatch):
    settings = SETTINGS | {"max_iter": 300, "n_iter_no_change": None}
    wide = ContractiveAutoencoder(**settings).fit(X)
    monkeypatch.setattr(span, "pays", lambda *shape: False)
    usual = ContractiveAutoencoder(**settings).fit(X)
    assert outside(usual.components_) > 1e-4
    assert wide.loss_curve_[-1] < 1.02 * usual.loss_curve_[-1]


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_it_is_continued_in_all_features(solver):
    cae = ContractiveAutoencoder(solver=solver, **SETTINGS).fit(X)
    before = cae.score(OTHERS)
    copied = pickle.loads(pickle.dumps(cae))
    for _ in range(30):
        cae.partial_fit(OTHERS)
    copied.partial_fit(OTHERS)
    assert cae.n_iter_ == 42
    assert outside(cae.components_) > 1e-3
    assert cae.score(OTHERS) > before
    warm = ContractiveAutoencoder(solver=solver, warm_start=True, **SETTINGS).fit(X)
    settled = warm.loss_curve_[-1]
    assert warm.fit(X).loss_curve_[12] < 1.5 * settled


def test_a_weight_is_the_row_given_as_often_and_none_the_row_left_out(monkeypatch):
    monkeypatch.setattr("skcae._defaults.learning_rate", lambda *args: 0.05)
    settings = SETTINGS | {"batch_size": 100}
    weighted = ContractiveAutoencoder(**settings).fit(X, sample_weight=WEIGHT)
    repeated = ContractiveAutoencoder(**settings).fit(X.repeat(WEIGHT, axis=0))
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), rtol=1e-6)


def test_models_trained_together_share_the_axes():
    path = contractive_path(X, [0, 0.1, 1], **SETTINGS)
    for one, alpha in zip(path, [0, 0.1, 1], strict=True):
        alone = ContractiveAutoencoder(alpha=alpha, **SETTINGS).fit(X)
        np.testing.assert_allclose(one.components_, alone.components_, rtol=1e-6, atol=1e-9)
    search = JointGridSearchCV(ContractiveAutoencoder(**SETTINGS), {"alpha": [0, 1]}, cv=3).fit(X)
    alone = clone(search.best_estimator_).fit(X)
    np.testing.assert_allclose(search.transform(X), alone.transform(X), rtol=1e-6)


SEARCHES = {
    "path": (1, lambda: contractive_path(X, [0, 0.1, 1], sample_weight=WEIGHT, **SETTINGS)),
    "alpha by folds": (
        2 + 1,
        lambda: ContractiveAutoencoderCV(alphas=[0, 0.1, 1], cv=2, **SETTINGS).fit(X),
    ),
    "joint search": (
        3 + 1,
        lambda: JointGridSearchCV(
            ContractiveAutoencoder(**SETTINGS),
            {"alpha": [0, 1], "hidden_layer_sizes": [(), (7,)], "random_state": [0, 1]},
            cv=3,
        ).fit(X),
    ),
    "steps before": (
        2 * 2 + 1,
        lambda: JointGridSearchCV(
            make_pipeline(StandardScaler(), ContractiveAutoencoder(**SETTINGS)),
            {"contractiveautoencoder__alpha": [0, 1], "standardscaler__with_std": [False, True]},
            cv=2,
        ).fit(X),
    ),
}
"""How many different rows are trained on, the refit's included."""


@pytest.mark.parametrize("name", SEARCHES)
def test_the_rows_of_many_models_are_decomposed_once(name, monkeypatch):
    n_sources, search = SEARCHES[name]
    decomposed = []
    axes_of = span.spanning_axes

    def seen(x, weight):
        decomposed.append(x)
        return axes_of(x, weight)

    monkeypatch.setattr(span, "spanning_axes", seen)
    search()
    assert len(decomposed) == n_sources


class OfOneFeature(Penalty):
    """It knows the axes of the features."""

    def __call__(self, point, draws):
        return point.weights[0][..., :1].square().sum() * point.slopes[0].sum(-1)


@pytest.mark.parametrize(
    "kind",
    [
        lambda: ContractiveAutoencoder(**SETTINGS, loss=["squared_error"] * 60),
        lambda: ContractiveAutoencoder(**SETTINGS, penalty=OfOneFeature()),
        lambda: ContractiveAutoencoder(**SETTINGS, learning_rate_init=0.01),
        lambda: DenoisingAutoencoder(**SETTINGS),
    ],
    ids=["loss by column", "own penalty", "own rate", "corruption"],
)
def test_where_it_is_not_the_same_objective_it_is_not_done(kind):
    assert outside(kind().fit(X).coefs_[0].T) > 0.01


@pytest.mark.parametrize(
    "rows", [X.repeat(2, axis=0), sparse.csr_array(X), X[:, :40]], ids=["many", "sparse", "few"]
)
def test_rows_that_are_not_wide_in_memory_are_trained_on_as_they_are(rows):
    cae = ContractiveAutoencoder(**SETTINGS).fit(rows)
    dense = rows.toarray() if sparse.issparse(rows) else rows
    assert outside(cae.components_, dense) > 0.01


def test_validation_rows_may_be_outside_of_the_span():
    cae = ContractiveAutoencoder(early_stopping=True, **SETTINGS).fit(X, X_val=OTHERS)
    assert outside(cae.components_) > 0.01
    assert cae.best_validation_score_ < 0


def test_the_state_is_of_the_dtype_of_the_rows():
    cae = ContractiveAutoencoder(**SETTINGS).fit(X.astype(np.float32))
    assert cae.transform(X).dtype == cae._solver_slots[0].dtype == np.float32
    assert torch.get_default_dtype() is torch.float32


def test_axes_beside_a_large_mean_are_kept_in_float32():
    rows = (1000 + 0.02 * X).astype(np.float32)
    axes, coordinates = span.spanning_axes(torch.from_numpy(rows), torch.ones(len(rows)))
    assert axes.dtype == coordinates.dtype == torch.float32
    assert len(axes) == len(rows)
    twice = torch.from_numpy(rows.repeat(2, axis=0))
    assert len(span.spanning_axes(twice, torch.ones(len(twice)))[0]) == len(rows)


def test_arrays_maps_and_tensors_are_trained_on_alike(tmp_path, monkeypatch):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    cae = ContractiveAutoencoder(**SETTINGS)
    expected = clone(cae).fit(X, sample_weight=WEIGHT)
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with config_context(array_api_dispatch=True):
        for rows in (mapped, torch.from_numpy(X)):
            fitted = clone(cae).fit(rows, sample_weight=WEIGHT)
            np.testing.assert_array_equal(fitted.components_, expected.components_)


def test_rows_that_are_too_many_numbers_are_trained_on_as_they_are(monkeypatch):
    monkeypatch.undo()
    assert span.pays(1000, 50_000, 500, 500)
    assert not span.pays(1400, 50_000, 500, 500)
