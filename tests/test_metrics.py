"""Scores that choose parameters: their definitions, and their use as scorers."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from estimators import short_fits
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _bridge
from skcae.inspection import contraction
from skcae.metrics import denoising_score, linear_probe_score, mean_contraction

pytestmark = short_fits

GENERATOR = np.random.RandomState(0)
X = GENERATOR.uniform(size=(80, 3)) @ GENERATOR.uniform(size=(3, 7)) / 3
y = (X.sum(1) > np.median(X.sum(1))).astype(int)
WEIGHT = np.random.RandomState(1).choice([0, 1, 2, 3], size=80)
cae = ContractiveAutoencoder(4, max_iter=60, n_iter_no_change=None, random_state=0).fit(X)


class Fixed(ContractiveAutoencoder):
    """Reconstructs by a function."""

    def reconstruct_by(self, function):
        self._map = lambda model, _, X, shape: function(X)
        return self


def fixed(function, **parameters):
    return Fixed(4, max_iter=1, random_state=0, **parameters).fit(X).reconstruct_by(function)


def test_one_is_perfect_zero_is_the_mean_and_minus_the_square_of_the_noise_is_the_noise_itself():
    rows, seen = np.tile(X, (50, 1)) + 1e-9 * np.arange(4000)[:, None], []
    assert_allclose(denoising_score(fixed(lambda noisy: X.mean(0)), X), 0, atol=1e-12)
    for noise in (0.5, 2.0):
        score = denoising_score(fixed(lambda noisy: seen.append(noisy) or noisy), rows, noise=noise)
        assert_allclose(1 - score, noise**2, rtol=0.03)
    deviation = np.sort(seen[0].std(0)) - np.sort(np.sqrt(X.var(0) + 0.25 * X.var(0).mean()))
    assert_allclose(deviation, 0, atol=0.01)


def test_noise_is_that_of_the_seed():
    assert denoising_score(cae, X) == denoising_score(cae, X, random_state=0)
    assert denoising_score(cae, X) != denoising_score(cae, X, random_state=1)
    assert denoising_score(cae, X, random_state=None) != denoising_score(cae, X, random_state=None)


def test_a_weight_is_so_many_rows_wherever_they_stand():
    rows = np.repeat(X, WEIGHT, axis=0)
    weighted = denoising_score(cae, X, sample_weight=WEIGHT)
    assert_allclose(denoising_score(cae, rows), weighted, rtol=1e-12)
    assert_allclose(
        denoising_score(cae, np.random.RandomState(0).permutation(rows)), weighted, rtol=1e-12
    )
    assert abs(denoising_score(cae, X) - weighted) > 1e-6
    assert_allclose(
        mean_contraction(cae, X, sample_weight=WEIGHT), mean_contraction(cae, rows), rtol=1e-12
    )


@pytest.mark.parametrize(
    "convert", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix, lambda X: X.tolist()]
)
def test_kinds_of_rows(convert):
    assert_allclose(denoising_score(cae, convert(X)), denoising_score(cae, X), rtol=1e-9)
    assert_allclose(mean_contraction(cae, convert(X)), mean_contraction(cae, X), rtol=1e-9)


def test_chunks(monkeypatch):
    whole = denoising_score(cae, X), denoising_score(cae, sparse.csr_array(X))
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 30)
    assert_allclose(
        (denoising_score(cae, X), denoising_score(cae, sparse.csr_array(X))), whole, rtol=1e-12
    )


@pytest.mark.parametrize(("loss", "inside"), [("cross_entropy", True), ("squared_error", False)])
def test_noisy_rows_stay_where_the_loss_is_defined(loss, inside):
    seen = []
    denoising_score(fixed(lambda noisy: seen.append(noisy) or noisy, loss=loss), X)
    assert (seen[0].min() >= 0 and seen[0].max() <= 1) == inside


@pytest.mark.filterwarnings("error::UserWarning")
def test_in_a_pipeline_noise_and_error_are_those_at_the_autoencoder():
    frame = pd.DataFrame(X, columns=list("abcdefg"))
    pipe = make_pipeline(
        StandardScaler(), ContractiveAutoencoder(3, max_iter=20, random_state=0), RidgeClassifier()
    )
    pipe.set_output(transform="pandas").fit(frame, y)
    rows = pipe[0].transform(frame)
    assert_allclose(denoising_score(pipe, frame, y), denoising_score(pipe[1], rows), rtol=1e-12)
    assert_allclose(mean_contraction(pipe, frame, y), contraction(pipe[1], rows).mean(), rtol=1e-12)
    assert_allclose(
        linear_probe_score(pipe, frame, y), linear_probe_score(pipe[1], rows, y), rtol=1e-12
    )


def test_some_contraction_denoises_best_and_none_reconstructs_best():
    grid = {"alpha": [0, 0.03, 30]}
    loud = partial(denoising_score, noise=2.0)
    estimator = ContractiveAutoencoder(7, max_iter=100, n_iter_no_change=None, random_state=0)
    denoised = GridSearchCV(estimator, grid, scoring=loud, cv=3).fit(X)
    assert denoised.best_params_ == {"alpha": 0.03}
    reconstructed = GridSearchCV(estimator, grid, cv=3).fit(X)
    assert reconstructed.best_params_ == {"alpha": 0}


def test_as_scorers_several_at_once():
    scoring = {
        "denoising": denoising_score,
        "contraction": mean_contraction,
        "probe": partial(linear_probe_score, cv=2),
    }
    estimator = DenoisingAutoencoder(3, max_iter=5, random_state=0)
    search = GridSearchCV(
        estimator, {"corruption_level": [0.1, 0.5]}, scoring=scoring, refit="denoising", cv=2
    )
    results = search.fit(X, y).cv_results_
    fitted = DenoisingAutoencoder(3, max_iter=5, random_state=0, corruption_level=0.5).fit(X[:40])
    assert results["split1_test_denoising"][1] == denoising_score(fitted, X[40:])
    assert results["split1_test_contraction"][1] == mean_contraction(fitted, X[40:])
    assert results["split1_test_probe"][1] == linear_probe_score(fitted, X[40:], y[40:], cv=2)


def test_any_probe():
    targets = cae.transform(X) @ [1, 2, 3, 4]
    assert linear_probe_score(cae, X, targets, probe=Ridge(1e-9)) > 0.99
    assert linear_probe_score(cae, X, y) > 0.9


@pytest.mark.parametrize("noise", [0, -1, np.nan, np.inf])
def test_bad_noise(noise):
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        denoising_score(cae, X, noise=noise)


def test_rows_without_spread():
    with pytest.warns(UndefinedMetricWarning, match="needs two different ones"):
        assert np.isnan(denoising_score(cae, np.ones((5, 7))))


def test_a_probe_needs_labels():
    with pytest.raises(ValueError, match="y is None, and linear_probe_score needs labels"):
        linear_probe_score(cae, X, None)
