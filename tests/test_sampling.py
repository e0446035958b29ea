"""Walks of a fitted autoencoder: what they visit, from where, and in which memory."""

import numpy as np
import pytest
from estimators import X, both, decode, encode, make, short_fits
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder, _bridge, contractive_path, sampling
from skcae.inspection import jacobian
from skcae.sampling import walk

pytestmark = short_fits


@both
@pytest.mark.parametrize(
    "params",
    [{}, {"loss": "cross_entropy"}, {"hidden_layer_sizes": (9,), "tied_weights": False}],
    ids=str,
)
def test_a_step_moves_the_code_by_the_jacobian_times_its_transpose(Estimator, params, monkeypatch):
    estimator = make(Estimator, **params).fit(X)
    e = np.random.RandomState(1).normal(size=(len(X), 6))
    noise = _bridge.to_tensor(e, _bridge.CPU)
    monkeypatch.setattr("torch.randn", lambda size, **options: noise)
    J = jacobian(estimator, X)
    moved = encode(estimator, X) + 2 * (J @ J.swapaxes(1, 2) @ e[:, :, None])[:, :, 0]
    visited = walk(estimator, X, 1, sigma=2.0)
    np.testing.assert_allclose(visited[:, 0], decode(estimator, moved), rtol=1e-10, atol=1e-12)


@both
def test_without_noise_each_step_is_a_reconstruction(Estimator):
    estimator = make(Estimator).fit(X)
    rows = X
    for visited in walk(estimator, X, 3, sigma=0).swapaxes(0, 1):
        rows = estimator.inverse_transform(estimator.transform(rows))
        np.testing.assert_allclose(visited, rows, rtol=1e-12)


def test_a_seed_determines_the_walk():
    cae = make(ContractiveAutoencoder).fit(X)
    first, again, other = (walk(cae, X, 5, random_state=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.isclose(first, other).any(axis=(1, 2)).all()
    assert not np.array_equal(walk(cae, X, 5), walk(cae, X, 5))
    assert len(np.unique(walk(cae, X[:1].repeat(4, 0), 1, random_state=0), axis=0)) == 4


@pytest.mark.parametrize(("n_steps", "thin"), [(7, 1), (7, 2), (7, 3), (7, 7)])
def test_thinning_keeps_every_so_many_rows(n_steps, thin):
    cae = make(ContractiveAutoencoder).fit(X)
    every = walk(cae, X, n_steps, random_state=0)
    kept = walk(cae, X, n_steps, random_state=0, thin=thin)
    np.testing.assert_array_equal(kept, every[:, thin - 1 :: thin])


def test_no_more_rows_are_taken_at_a_time_than_fit_the_bound(monkeypatch):
    cae = make(ContractiveAutoencoder).fit(X)
    taken, whole = [], sampling.sampling.walk

    def recorded(layers, loss, x, *rest):
        taken.append(len(x))
        return whole(layers, loss, x, *rest)

    monkeypatch.setattr(sampling.sampling, "walk", recorded)
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 32 * X.shape[1])
    np.testing.assert_allclose(
        walk(cae, X, 2, sigma=0),
        [
            [r, cae.inverse_transform(cae.transform([r]))[0]]
            for r in cae.inverse_transform(cae.transform(X))
        ],
        rtol=1e-12,
    )
    assert taken == [32, 32, 16]


def test_kinds_of_rows_and_of_estimators():
    cae = make(ContractiveAutoencoder).fit(X.astype(np.float32))
    expected = walk(cae, X, 3, random_state=0)
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(walk(cae, sparse.csr_array(X), 3, random_state=0), expected)
    scaler = StandardScaler().fit(X)
    pipe = make_pipeline(scaler, FrozenEstimator(make(ContractiveAutoencoder).fit(X)))
    scaled = walk(pipe[-1], scaler.transform(X), 3, random_state=0)
    np.testing.assert_array_equal(walk(pipe, X, 3, random_state=0), scaled)


def test_a_walk_that_overflows_is_an_error():
    cae = make(ContractiveAutoencoder).fit(X)
    message = (
        r"The walk of n_steps=2 with sigma=1\.7e\+308 overflows float64; lower sigma or n_steps, or"
    )
    with pytest.raises(ValueError, match=message):
        walk(cae, X, 2, sigma=1.7e308, random_state=0)


def test_walks_stay_nearer_to_the_data_with_contraction_than_without():
    """With steps of the same length, and although the walks get somewhere."""
    digits = load_digits().data[:600] / 16
    settings = {"loss": "cross_entropy", "max_iter": 60, "n_iter_no_change": None}
    path = contractive_path(digits, [0, 0.3], n_components=64, random_state=0, **settings)
    nearest, starts = NearestNeighbors(n_neighbors=1).fit(digits), digits[::10]
    distances = []
    for cae in path:

        def first_step(sigma, cae=cae):
            moved, still = (walk(cae, starts, 1, by, 0)[:, 0] for by in (sigma, 0))
            return np.linalg.norm(moved - still, axis=1).mean()

        sigma = min(np.logspace(-4, 1, 51), key=lambda sigma: abs(first_step(sigma) - 1))
        last = walk(cae, starts, 50, sigma, 0, thin=50)[:, 0]
        assert np.linalg.norm(last - starts, axis=1).mean() > 1.5
        distances.append(nearest.kneighbors(last)[0].mean())
    assert distances[1] < 0.6 * distances[0]
