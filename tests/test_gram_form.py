"""Fits that form no reconstruction are those that do; sparse rows do not become dense in them."""

from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from estimators import any_fit
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skcae import (
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    HigherOrder,
    _bridge,
    contractive_path,
)
from skcae.core import gram, objective
from skcae.core.activations import ACTIVATIONS
from skcae.core.corruptions import Corruption
from skcae.core.fused import FusedStep
from skcae.core.streams import Batch
from skcae.model_selection import JointGridSearchCV

pytestmark = any_fit
SEARCHES = JointGridSearchCV, GridSearchCV
SETTINGS = {"n_components": 6, "batch_size": 20, "max_iter": 8, "random_state": 0}


def thin(n_rows=70, n_features=300, kind=sparse.csr_array, dtype=np.float64, seed=0):
    random = np.random.RandomState(seed)
    rows = random.uniform(size=(n_rows, n_features)).astype(dtype)
    return kind(rows * (random.uniform(size=rows.shape) < 0.01))


WEIGHT = np.random.RandomState(0).uniform(size=70) * (np.arange(70) % 9 > 0)
X = thin()


@pytest.fixture(autouse=True)
def low_bound(monkeypatch):
    """These rows are not as wide as sparse rows have to be to gain by it."""
    monkeypatch.setattr(gram, "LEAST_FEATURES", 100)
    monkeypatch.setattr(objective, "pays_sparse", lambda *shape: gram.is_thin(shape[1], shape[3]))


@pytest.fixture
def never_dense(monkeypatch):
    def dense(rows, *args, **kwargs):
        raise AssertionError("rows become dense")

    monkeypatch.setattr(Batch, "dense", dense)
    monkeypatch.setattr(sparse.csr_array, "toarray", dense)


def assert_alike(one, other, rtol=1e-9):
    """Two fitted autoencoders agree, curves included."""
    for name in ("coefs_", "intercepts_"):
        for mine, theirs in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol)
    names = [name for name in vars(other) if name.endswith(("_curve_", "_scores_"))]
    assert names
    for name in names:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=rtol, err_msg=name
        )


@pytest.fixture
def reconstructing(monkeypatch):
    """A context in which every reconstruction is formed, and one in which none is."""

    @contextmanager
    def context(formed):
        def fused(step, batch):
            raise AssertionError("the reconstruction is formed")

        with monkeypatch.context() as patch:
            patch.setattr(gram, "pays", lambda *shape: not formed)
            patch.setattr(objective, "pays", lambda *shape: True)
            if not formed:
                patch.setattr(FusedStep, "__call__", fused)
            yield

    return context


KNOBS = [
    *({"activation": name} for name in ACTIVATIONS),
    {"alpha": 0},
    {"weight_decay": 0.01},
    {"early_stopping": True},
    {"solver": "sgd"},
    {"n_components": 30},
]


@pytest.mark.parametrize("knobs", [*KNOBS, {"penalty": HigherOrder()}], ids=str)
def test_a_fit_without_reconstructions_is_that_with_them(knobs, reconstructing):
    rows, cae = X.toarray()[:, :50], ContractiveAutoencoder(**SETTINGS | knobs)
    with reconstructing(False):
        one = clone(cae).fit(rows, sample_weight=WEIGHT)
    with reconstructing(True):
        other = clone(cae).fit(rows, sample_weight=WEIGHT)
    assert_alike(one, other)


def test_a_path_without_reconstructions_is_its_single_fits(reconstructing):
    rows, alphas = X.toarray()[:, :50], [0, 0.1, 1]
    with reconstructing(False):
        path = contractive_path(rows, alphas, **SETTINGS)
        for one, alpha in zip(path, alphas, strict=True):
            assert_alike(one, ContractiveAutoencoder(alpha=alpha, **SETTINGS).fit(rows))


DENOISING = {"corruption": "gaussian", "corruption_level": 0.4}


@pytest.mark.parametrize("knobs", [knobs for knobs in KNOBS if "alpha" not in knobs], ids=str)
def test_a_denoising_fit_draws_the_same_noise_in_the_span_either_way(knobs, reconstructing):
    rows, dae = X.toarray(), DenoisingAutoencoder(**SETTINGS | DENOISING | knobs)
    with reconstructing(False):
        one, sparse_rows = (clone(dae).fit(X_, sample_weight=WEIGHT) for X_ in (rows, X))
    with reconstructing(True):
        other = clone(dae).fit(rows, sample_weight=WEIGHT)
    assert_alike(one, other)
    assert_alike(sparse_rows, other)
    assert not np.allclose(one.coefs_[0], dae.set_params(corruption_level=0.2).fit(rows).coefs_[0])


@pytest.mark.parametrize("knobs", [knobs for knobs in KNOBS if "alpha" not in knobs], ids=str)
@pytest.mark.parametrize("corruption", ["masking", "salt_and_pepper"])
def test_a_fit_to_masked_rows_without_reconstructions_is_that_with_them(
    corruption, knobs, reconstructing
):
    rows, dae = X.toarray()[:, :50], DenoisingAutoencoder(corruption=corruption, **SETTINGS | knobs)
    with reconstructing(False):
        one = clone(dae).fit(rows, sample_weight=WEIGHT)
    with reconstructing(True):
        other = clone(dae).fit(rows, sample_weight=WEIGHT)
    assert_alike(one, other)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_held_out_rows_have_noise_too(kind, reconstructing):
    random = np.random.RandomState(0)
    rows = np.zeros((800, 300))
    rows[:, :5] = 3 * random.uniform(size=(800, 5))
    knobs = {"activation": "identity", "early_stopping": True, "max_iter": 60}
    dae = DenoisingAutoencoder(**SETTINGS | DENOISING | knobs)
    with reconstructing(False):
        dae.fit(kind(rows[:70]), X_val=kind(rows))
    noise = 0.4 * random.normal(size=rows.shape)
    clean, noisy = (dae.inverse_transform(dae.transform(rows + e)) for e in (0 * noise, noise))
    without, score = (np.square(one - rows).sum(1).mean() for one in (clean, noisy))
    assert score > 1.2 * without
    assert -dae.best_validation_score_ == pytest.approx(score, rel=0.05)


def test_levels_that_are_searched_jointly_are_those_of_single_fits(reconstructing):
    grid = {"corruption_level": [0, 0.1, 0.5], "weight_decay": [0, 0.1]}
    rows = X.toarray()[:, :50]
    with reconstructing(False):
        dae = DenoisingAutoencoder(**SETTINGS | DENOISING)
        one, other = (search(dae, grid, cv=2).fit(rows) for search in SEARCHES)
    scores, expected = (found.cv_results_["mean_test_score"] for found in (one, other))
    np.testing.assert_allclose(scores, expected, rtol=1e-9)
    assert len(np.unique(expected)) == 6


def test_a_row_of_weight_two_has_the_noise_of_the_row_given_twice(reconstructing):
    rows, weight = X.toarray()[:, :50], np.arange(70) % 3
    with reconstructing(False):
        dae = DenoisingAutoencoder(**SETTINGS | DENOISING | {"batch_size": 1000})
        weighted = clone(dae).fit(rows, sample_weight=weight)
        assert_alike(weighted, dae.fit(rows.repeat(weight, axis=0)))


@pytest.mark.parametrize(
    ("knobs", "features"),
    [
        ({}, False),
        ({"corruption": "masking"}, True),
        ({"corruption": "salt_and_pepper"}, True),
        ({"tied_weights": False}, True),
        ({"loss": "cross_entropy"}, True),
        ({"hidden_layer_sizes": (7,)}, True),
        ({"batch_size": 5}, True),
    ],
    ids=str,
)
def test_the_noise_is_on_features_wherever_that_is_not_slower(knobs, features, monkeypatch):
    corrupted = []
    called = Corruption.__call__

    def corrupt(self, x, draws):
        corrupted.append(x)
        return called(self, x, draws)

    monkeypatch.setattr(Corruption, "__call__", corrupt)
    rows = np.random.RandomState(0).uniform(size=(200, 800))
    settings = SETTINGS | {"n_components": 32, "batch_size": 200, "max_iter": 1} | DENOISING
    DenoisingAutoencoder(**settings | knobs).fit(rows)
    assert bool(corrupted) is features


@pytest.mark.parametrize("knobs", KNOBS, ids=str)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_a_fit_of_sparse_rows_is_that_of_the_dense_rows(knobs, weight):
    cae = ContractiveAutoencoder(**SETTINGS | knobs)
    assert_alike(
        clone(cae).fit(X, sample_weight=weight), clone(cae).fit(X.toarray(), sample_weight=weight)
    )


def test_float32_to_its_rounding():
    rows = thin(dtype=np.float32)
    cae = ContractiveAutoencoder(**SETTINGS)
    assert_alike(clone(cae).fit(rows), clone(cae).fit(rows.toarray()), rtol=1e-4)


@pytest.mark.usefixtures("never_dense")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    "kind",
    [ContractiveAutoencoder, partial(DenoisingAutoencoder, **DENOISING)],
    ids=["contractive", "denoising"],
)
def test_nothing_becomes_dense(kind, early_stopping, monkeypatch):
    monkeypatch.setattr(objective, "pays", lambda *shape: True)
    cae = kind(early_stopping=early_stopping, **SETTINGS).fit(X)
    cae.partial_fit(X) if not early_stopping else cae.fit(X, X_val=thin(seed=1))
    assert cae.transform(X).shape == (70, 6)
    assert cae.score_samples(X).shape == (70,)


def test_codes_and_scores_are_those_of_the_dense_rows():
    cae = ContractiveAutoencoder(**SETTINGS).fit(X)
    np.testing.assert_allclose(cae.transform(X), cae.transform(X.toarray()), rtol=1e-12)
    np.testing.assert_allclose(cae.score_samples(X), cae.score_samples(X.toarray()), rtol=1e-10)


@pytest.mark.parametrize(
    "kind",
    [
        lambda **knobs: ContractiveAutoencoder(tied_weights=False, **knobs),
        lambda **knobs: ContractiveAutoencoder(loss="cross_entropy", **knobs),
        lambda **knobs: ContractiveAutoencoder(hidden_layer_sizes=(7,), **knobs),
        lambda **knobs: ContractiveAutoencoder(penalty=HigherOrder(), **knobs),
        DenoisingAutoencoder,
    ],
    ids=["untied", "cross-entropy", "deep", "higher order", "denoising"],
)
def test_where_the_reconstruction_is_formed_batches_are_dense(kind):
    dense, rows = (kind(**SETTINGS).fit(X_) for X_ in (X.toarray(), X))
    assert_alike(rows, dense)
    np.testing.assert_allclose(rows.transform(X), dense.transform(X.toarray()), rtol=1e-9)
    np.testing.assert_allclose(rows.score_samples(X), dense.score_samples(X.toarray()), rtol=1e-9)


def test_numbers_that_are_stored_twice_are_added_up_and_the_rows_left_alone():
    doubled = sparse.csr_array(
        (
            np.repeat(X.data, 2) * np.tile([0.25, 0.75], X.nnz),
            np.repeat(X.indices, 2),
            2 * X.indptr,
        ),
        shape=X.shape,
    )
    once = sparse.csr_array(doubled.toarray())
    cae = ContractiveAutoencoder(**SETTINGS).fit(X)
    before = doubled.copy()
    for method in (cae.transform, cae.score_samples):
        np.testing.assert_allclose(method(doubled), method(once), rtol=1e-9)
    np.testing.assert_array_equal(doubled.data, before.data)
    np.testing.assert_array_equal(doubled.indices, before.indices)


def test_many_models_are_trained_on_sparse_rows():
    dense, rows = (
        contractive_path(X_, [0, 0.1, 1], **SETTINGS | {"n_components": 2})
        for X_ in (X.toarray(), X)
    )
    for one, other in zip(rows, dense, strict=True):
        assert_alike(one, other)


def test_continued_fits_are_those_of_the_dense_rows():
    cae = ContractiveAutoencoder(warm_start=True, **SETTINGS)
    one, other = (clone(cae).fit(X_).fit(X_).partial_fit(X_) for X_ in (X, X.toarray()))
    assert_alike(one, other)


def test_a_batch_takes_memory_as_its_non_zeros_do():
    rows = _bridge.rows_to_train(X, None, _bridge.CPU)
    rows.sparse = True
    x = rows.gather(torch.arange(20)).x
    assert x.indices().numel() + x.values().numel() == 3 * X[:20].nnz


def test_the_page_counts_the_multiplications_of_what_does_without():
    page = (Path(__file__).parent.parent / "docs" / "guide" / "fast.rst").read_text("utf-8")
    page = " ".join(page.split())
    n, d, m = 200, 5000, 256
    added, saved = 2 * m**2 * (n + d), 3 * n * d * m
    assert f"{added / 1e9:.2f} of {saved / 1e9:.2f} billion" in page
    n, d, m = 200, 784, 64
    in_span, on_rows = 2 * n * m**2, 2 * n * d * m
    assert f"{in_span / 1e6:.2f} instead of {on_rows / 1e6:.2f} million" in page
    assert f"{d / m:.0f} times fewer random numbers" in page
