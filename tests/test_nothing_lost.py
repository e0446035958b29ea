"""A call that fails leaves the fit before it, to the last bit; a training that was saved goes on as if it had not been."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from estimators import short_fits
from snapshot import contents, fail_at_batch, snapshot

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    HigherOrder,
    Hutchinson,
)

pytestmark = short_fits

X = pd.DataFrame(np.random.RandomState(0).uniform(size=(40, 6)), columns=list("abcdef"))
MAKE = {
    "contractive": lambda **params: ContractiveAutoencoder(**QUICK, **params),
    "hutchinson": lambda **params: ContractiveAutoencoder(
        **QUICK, hidden_layer_sizes=(5,), solver="sgd", **params
    ),
    "denoising": lambda **params: DenoisingAutoencoder(**QUICK, **params),
    "cross-validated": lambda **params: ContractiveAutoencoderCV(
        alphas=[0, 0.1], cv=2, **QUICK, **params
    ),
}
QUICK = {
    "n_components": 3,
    "max_iter": 3,
    "batch_size": 10,
    "learning_rate_init": 0.01,
    "random_state": 0,
}
CONTINUED = [kind for kind in MAKE if kind != "cross-validated"]
CALLS = [*((kind, "fit") for kind in MAKE), *((kind, "partial_fit") for kind in CONTINUED)]
every_call = pytest.mark.parametrize(("kind", "method"), CALLS)


def fitted(kind):
    """An estimator that has been fitted, its fit continued where that can be, and what is to stay of it."""
    estimator = MAKE[kind]().fit(X)
    if kind in CONTINUED:
        estimator.set_params(warm_start=True).partial_fit(X[:15])
    return estimator, (snapshot(estimator), estimator.transform(X).tobytes())


BAD_BATCHES = {
    "text": (X.assign(a="red"), None),
    "complex": (X + 1j, None),
    "nan": (X.mask(X > 0.9), None),
    "infinite": (X.replace(X.iloc[0, 0], np.inf), None),
    "narrow": (X[list("abcde")], None),
    "wide": (X.assign(g=1.0), None),
    "other names": (X.rename(columns={"a": "z"}), None),
    "names in another order": (X[list("fedcba")], None),
    "too large": (X * 1e200, None),
    "negative weight": (X, np.r_[-1.0, np.ones(39)]),
    "weights of nothing": (X, np.zeros(40)),
    "too few weights": (X, np.ones(39)),
}
TAKEN_BY_A_NEW_FIT = {"narrow", "wide", "other names", "names in another order"}


@every_call
@pytest.mark.parametrize("batch", BAD_BATCHES)
def test_a_bad_batch_leaves_the_fit_before(kind, method, batch):
    estimator, before = fitted(kind)
    if kind == "cross-validated" and batch in TAKEN_BY_A_NEW_FIT:
        estimator.set_params(alphas=[0, -1])  # found wrong after the rows have been taken
        before = snapshot(estimator), before[1]
    rows, weight = BAD_BATCHES[batch]
    with pytest.raises(
        ValueError,
        match=r"(?i)input x|complex|convert|features|feature names|every value of X|weight|alphas",
    ):
        getattr(estimator, method)(rows, sample_weight=weight)
    assert (snapshot(estimator), estimator.transform(X).tobytes()) == before


def interrupted_fit(kind, method, error, at, monkeypatch):
    """A call in which the rows of batch number ``at`` cannot be had: passes of four batches, the first without a step."""
    estimator, before = fitted(kind)
    with monkeypatch.context() as patch:
        fail_at_batch(patch, at, error)
        with pytest.raises(error):
            getattr(estimator, method)(X)
    assert (snapshot(estimator), estimator.transform(X).tobytes()) == before


@every_call
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [2, 5, 8])
def test_a_failure_within_the_first_epoch_leaves_the_fit_before(
    kind, method, error, at, monkeypatch
):
    interrupted_fit(kind, method, error, at, monkeypatch)


@pytest.mark.parametrize(
    ("kind", "at"), [*((kind, 15) for kind in CONTINUED), ("cross-validated", 16 + 15)]
)
def test_an_error_in_a_later_epoch_leaves_the_fit_before(kind, at, monkeypatch):
    interrupted_fit(kind, "fit", MemoryError, at, monkeypatch)


@pytest.mark.parametrize("at", [16 + 2, 16 + 6])
def test_an_interrupt_after_the_cross_validation_leaves_the_fit_before(at, monkeypatch):
    interrupted_fit("cross-validated", "fit", KeyboardInterrupt, at, monkeypatch)


@pytest.mark.parametrize("kind", CONTINUED)
def test_an_interrupt_at_the_end_of_partial_fit_is_not_swallowed(kind, monkeypatch):
    """Whoever passes over many batches wants to stop, not to go on with the next."""
    estimator, before = fitted(kind)

    def interrupt(self, epoch):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(estimator), "_report", interrupt)
    with pytest.raises(KeyboardInterrupt):
        estimator.partial_fit(X)
    assert (snapshot(estimator), estimator.transform(X).tobytes()) == before


def test_a_random_state_instance_stays_the_same_object_and_what_was_drawn_stays_drawn():
    """As in scikit-learn: it is the user's, and others may have drawn from it since."""
    shared, twin = np.random.RandomState(0), np.random.RandomState(0)
    estimator = ContractiveAutoencoder(
        **{**QUICK, "random_state": shared, "learning_rate_init": 1e308}
    )
    before = vars(estimator).copy()
    with pytest.raises(ValueError, match="diverged"):
        estimator.fit(X)
    assert vars(estimator) == before
    twin.randint(np.iinfo(np.int32).max)
    assert shared.randint(1 << 30) == twin.randint(1 << 30)


# Going on from a file

STEADY = {"learning_rate": "constant", "n_iter_no_change": None}
RESUMED = {
    "adam": lambda: ContractiveAutoencoder(**QUICK),
    "auto rate": lambda: ContractiveAutoencoder(**{**QUICK, "learning_rate_init": "auto"}),
    "sgd": lambda: ContractiveAutoencoder(**QUICK, solver="sgd"),
    "untied": lambda: ContractiveAutoencoder(
        **QUICK, solver="sgd", nesterovs_momentum=False, tied_weights=False
    ),
    "draws": lambda: ContractiveAutoencoder(**QUICK, penalty=Hutchinson(n_probes=2)),
    "curvature": lambda: ContractiveAutoencoder(**QUICK, penalty=HigherOrder(n_draws=2)),
    "deep": lambda: ContractiveAutoencoder(
        **QUICK, hidden_layer_sizes=(5,), solver="sgd", weight_decay=0.01
    ),
    "masking": lambda: DenoisingAutoencoder(**QUICK),
    "gaussian": lambda: DenoisingAutoencoder(**QUICK, corruption="gaussian", solver="sgd"),
    "salt and pepper": lambda: DenoisingAutoencoder(
        **QUICK, corruption="salt_and_pepper", hidden_layer_sizes=(5,)
    ),
}
every_training = pytest.mark.parametrize("name", RESUMED)


def saved(estimator):
    return pickle.loads(pickle.dumps(estimator))


def assert_the_same(one, other):
    """Weights, curves, solver and generator, all but what was asked of the last fit."""
    asked = {"max_iter": None, "warm_start": None}
    assert contents(one) | asked == contents(other) | asked


@every_training
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_two_fits_with_a_file_between_are_one(name, dtype):
    rows = X.to_numpy(dtype)
    whole = RESUMED[name]().set_params(**STEADY, max_iter=5).fit(rows)
    first = RESUMED[name]().set_params(**STEADY, max_iter=2, warm_start=True).fit(rows)
    assert_the_same(saved(first).set_params(max_iter=3).fit(rows), whole)


@every_training
def test_passes_with_a_file_between_are_passes(name):
    kept, stored = RESUMED[name](), RESUMED[name]()
    for part in (X[:15], X[15:], X[:9]):
        kept.partial_fit(part)
        stored = saved(stored.partial_fit(part))
    assert_the_same(stored, kept)


@every_training
@pytest.mark.parametrize(
    "params", [{}, {"early_stopping": True}, {"n_iter_no_change": 1, "tol": 0.5}]
)
def test_a_file_changes_nothing_in_the_fit_after_it(name, params):
    """Where two fits are not one either: the rate moves, rows are held out anew, or patience begins anew."""
    first = RESUMED[name]().set_params(**params, warm_start=True).fit(X)
    stored = saved(first)
    assert_the_same(stored.fit(X), first.fit(X))


ELSEWHERE = """
import pickle, sys
path, X = sys.argv[1], pickle.load(open(sys.argv[2], "rb"))
estimator = pickle.load(open(path, "rb")).set_params(max_iter=3).fit(X)
pickle.dump(estimator, open(path, "wb"))
"""


def test_another_process_goes_on_as_this_one_would(tmp_path):
    path, rows = tmp_path / "estimator.pkl", tmp_path / "rows.pkl"
    whole, first = (
        RESUMED["gaussian"]().set_params(**STEADY, max_iter=n, warm_start=n < 5).fit(X)
        for n in (5, 2)
    )
    path.write_bytes(pickle.dumps(first))
    rows.write_bytes(pickle.dumps(X))
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ELSEWHERE, str(path), str(rows)],
        check=True,
        timeout=100,
    )
    assert_the_same(pickle.loads(path.read_bytes()), whole)
