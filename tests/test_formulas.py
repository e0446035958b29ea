"""Codes, reconstructions, scores and curves are those of the documented formulas."""

from dataclasses import replace

import numpy as np
import pytest
from estimators import (
    FORWARD,
    N,
    X,
    both,
    contractions,
    decode,
    encode,
    losses,
    make,
    short_fits,
    still,
)
from scipy import sparse

from skcae import (
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    HigherOrder,
    Hutchinson,
    _bridge,
)
from skcae.core.activations import ACTIVATIONS
from skcae.inspection import jacobian

pytestmark = short_fits


@both
@pytest.mark.parametrize("hidden", [(), (9, 7)])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("code_activation", [None, "identity"])
@pytest.mark.parametrize("activation", FORWARD)
def test_formulas(Estimator, activation, code_activation, loss, hidden):
    params = {"activation": activation, "code_activation": code_activation, "loss": loss}
    estimator = make(Estimator, **params, hidden_layer_sizes=hidden, max_iter=2).fit(X)
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
def test_reconstruct_is_there_and_back_again_without_holding_the_codes(Estimator, monkeypatch):
    estimator = make(Estimator, n_components=30, hidden_layer_sizes=(9,)).fit(X)
    expected = estimator.inverse_transform(estimator.transform(X))
    assert estimator.reconstruct(X).shape == X.shape
    np.testing.assert_allclose(estimator.reconstruct(X), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        estimator.reconstruct(sparse.csr_array(X)), expected, rtol=1e-9, atol=1e-12
    )
    formed, map_rows = [], _bridge.map_rows
    monkeypatch.setattr(
        _bridge, "map_rows", lambda *args: formed.append(args[2]) or map_rows(*args)
    )
    seen, logistic = [], ACTIVATIONS["logistic"]
    forward = replace(logistic, forward=lambda z: seen.append(len(z)) or logistic.forward(z))
    monkeypatch.setitem(ACTIVATIONS, "logistic", forward)
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 210)
    np.testing.assert_allclose(estimator.reconstruct(X), expected, rtol=1e-12, atol=1e-15)
    assert set(seen) == {7, 3}  # 210 elements are seven rows of the widest layer
    assert formed == [X.shape[1]]  # the width of the only array of all rows


@both
def test_reconstructions_are_plain_arrays_whatever_output_is_set(Estimator):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=[f"pixel{column}" for column in range(X.shape[1])])
    estimator = make(Estimator).set_output(transform="pandas").fit(frame)
    assert isinstance(estimator.transform(frame), pandas.DataFrame)
    assert type(estimator.reconstruct(frame)) is np.ndarray


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("hidden", [(), (9,), (30, 9)])
@pytest.mark.parametrize("code_activation", [None, "logistic"])
@pytest.mark.parametrize("activation", FORWARD)
def test_curves_are_the_objective_term_by_term(activation, code_activation, hidden, tied):
    weight = np.random.RandomState(0).uniform(0.1, 5, N)
    params = {
        "activation": activation,
        "code_activation": code_activation,
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


def test_curves_of_the_higher_order_penalty_are_its_parts_without_alpha():
    """By Jacobians that are formed, and with noise of its own."""
    penalty = HigherOrder(strength=2, sigma=0.3, n_draws=500)
    estimator = still(ContractiveAutoencoder, alpha=0.3, penalty=penalty).fit(X)
    J = jacobian(estimator, X)
    noise = 0.3 * np.random.RandomState(0).standard_normal((500, *X.shape))
    moved = [((J - jacobian(estimator, X + e)) ** 2).sum((1, 2)).mean() for e in noise]
    assert estimator.contraction_curve_ == pytest.approx([(J**2).sum((1, 2)).mean()])
    assert estimator.curvature_curve_ == pytest.approx([2 * np.mean(moved)], rel=0.05)
    parts = estimator.contraction_curve_[0] + estimator.curvature_curve_[0]
    assert estimator.loss_curve_[0] == pytest.approx(
        estimator.reconstruction_curve_[0] + 0.3 * parts
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


def test_contraction_falls_with_alpha():
    kept = [
        make(ContractiveAutoencoder, alpha=alpha, max_iter=20).fit(X) for alpha in (0, 0.1, 1, 10)
    ]
    contraction = [contractions(estimator, X).mean() for estimator in kept]
    assert contraction == sorted(contraction, reverse=True)
    assert contraction[-1] < contraction[0] / 10
