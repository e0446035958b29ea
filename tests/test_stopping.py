"""A fit ends when the documentation says so, and tells how it went."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from estimators import X, assert_same_fit, both, contractions, make, short_fits
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.model_selection import KFold, cross_val_score

import skcae
from skcae import ContractiveAutoencoder
from skcae.metrics import denoising_score

pytestmark = short_fits

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
        warnings.simplefilter("error" if rate == "constant" else "ignore", ConvergenceWarning)
        assert make(Estimator, learning_rate=rate, **STOP).fit(X).n_iter_ == n_iter


@both
def test_warns_when_max_iter_ends_it_where_the_user_called(Estimator):
    with pytest.warns(
        ConvergenceWarning, match=r"Not converged after max_iter=2 epochs.*Increase max_iter"
    ) as caught:
        make(Estimator, max_iter=2).fit(X)
    assert [warning.filename for warning in caught] == [__file__]


def test_a_thread_of_joblib_warns_where_the_user_waits_for_it():
    fits = [delayed(make(ContractiveAutoencoder, max_iter=1).fit)(X) for _ in range(2)]
    with pytest.warns(ConvergenceWarning) as caught:
        Parallel(n_jobs=2, backend="threading")(fits)
    assert {warning.filename for warning in caught} == {__file__}


def test_a_score_that_is_nan_warns_where_the_user_called():
    cae = make(ContractiveAutoencoder, n_iter_no_change=None)
    with pytest.warns(UndefinedMetricWarning, match="^ContractiveAutoencoder: .* nan") as caught:
        cross_val_score(cae, np.repeat(X[:2], 10, axis=0), scoring=denoising_score, cv=KFold(2))
    assert {warning.filename for warning in caught} == {__file__}


def test_a_script_beside_the_package_is_the_users():
    script = compile("fit()", f"{Path(skcae.__file__).parent}_try.py", "exec")
    with pytest.warns(ConvergenceWarning) as caught:
        exec(script, {"fit": partial(make(ContractiveAutoencoder, max_iter=1).fit, X)})
    assert {warning.filename for warning in caught} == {script.co_filename}


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


@both
def test_the_best_score_of_a_continued_fit_is_that_of_the_parameters_kept(Estimator):
    estimator = make(Estimator, early_stopping=True, warm_start=True, max_iter=5).fit(X, X_val=X)
    before = estimator.n_iter_
    estimator.fit(X[:20], X_val=X[20:])
    assert estimator.best_validation_score_ == max(estimator.validation_scores_[before:])
    assert len(estimator.validation_scores_) == estimator.n_iter_ > before


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
