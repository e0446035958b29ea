"""Estimators in files: what is saved, what comes back, and what is refused."""

import copy
import functools
import importlib
import io
import pickle
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
import torch
from estimators import diverging, short_fits
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcae
from skcae import (
    TRUSTED_TYPES,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    Exact,
    HigherOrder,
    Hutchinson,
    _callbacks,
    _state,
    metrics,
)
from skcae._callbacks import InMemory
from skcae.core.penalties import PENALTIES
from skcae.exceptions import InconsistentVersionWarning
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])
X = np.random.RandomState(0).uniform(size=(60, 8))
SET = {"denoising_score": {"noise": 0.5}, "linear_probe_score": {"cv": 2}}
SAVED = pickle.loads((Path(__file__).parent / "data" / "saved_by_0_1_0.pkl").read_bytes())
"""Of each estimator of version 0.1.0, the pickle and the codes of the rows it was fitted to."""
SAVED_X = np.linspace(0, 1, 60).reshape(12, 5) ** 2


def fitted(Estimator=ContractiveAutoencoder, **params):
    return Estimator(**{"n_components": 3, "max_iter": 2, "random_state": 0, **params}).fit(X)


def name_of(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


# skops


def test_trusted_types_are_all_types_that_a_file_can_hold():
    public = [thing for name in skcae.__all__ if isinstance(thing := getattr(skcae, name), type)]
    scorers = [getattr(metrics, name) for name in metrics.__all__]
    kinds = {*public, JointGridSearchCV, InMemory, *PENALTIES.values(), *scorers}
    assert sorted(TRUSTED_TYPES) == sorted(map(name_of, kinds))
    for name in TRUSTED_TYPES:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute)


@both
@pytest.mark.parametrize("params", [{}, {"hidden_layer_sizes": (5,), "tied_weights": False}])
def test_skops_asks_for_one_name(Estimator, params):
    io = pytest.importorskip("skops.io")
    estimator = fitted(Estimator, **params)
    content = io.dumps(estimator)
    assert io.get_untrusted_types(data=content) == [name_of(Estimator)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        copy = io.loads(content, trusted=TRUSTED_TYPES)
    np.testing.assert_array_equal(copy.transform(X), estimator.transform(X))
    np.testing.assert_array_equal(
        copy.partial_fit(X).transform(X), estimator.partial_fit(X).transform(X)
    )


def test_skops_of_a_chosen_alpha():
    io = pytest.importorskip("skops.io")
    estimator = ContractiveAutoencoderCV(3, alphas=[0, 1], cv=2, max_iter=2, random_state=0).fit(X)
    content = io.dumps(estimator)
    assert io.get_untrusted_types(data=content) == [name_of(ContractiveAutoencoderCV)]
    copy = io.loads(content, trusted=TRUSTED_TYPES)
    assert copy.alpha_ == estimator.alpha_
    np.testing.assert_array_equal(copy.transform(X), estimator.transform(X))


@pytest.mark.parametrize("penalty", [Exact(), Hutchinson(n_probes=2), HigherOrder(sigma=0.2)])
def test_skops_asks_for_the_penalty_that_is_a_parameter(penalty):
    io = pytest.importorskip("skops.io")
    content = io.dumps(make_pipeline(StandardScaler(), fitted(penalty=penalty)).fit(X))
    assert sorted(io.get_untrusted_types(data=content)) == sorted(
        [name_of(ContractiveAutoencoder), name_of(type(penalty))]
    )
    assert io.loads(content, trusted=TRUSTED_TYPES)[1].penalty == penalty


def test_skops_of_a_search():
    io = pytest.importorskip("skops.io")
    joint, plain = (
        Search(fitted(), {"alpha": [0.1, 1]}, cv=2).fit(X)
        for Search in (JointGridSearchCV, GridSearchCV)
    )
    content = io.dumps(joint)
    asked, plainly_asked = (
        set(io.get_untrusted_types(data=data)) for data in (content, io.dumps(plain))
    )
    assert asked - plainly_asked == {name_of(JointGridSearchCV)}
    copy = io.loads(content, trusted=[*TRUSTED_TYPES, *plainly_asked])
    np.testing.assert_array_equal(copy.transform(X), joint.transform(X))


@pytest.mark.parametrize("name", sorted(name for name in metrics.__all__ if name.islower()))
@pytest.mark.parametrize("set_by", [None, functools.partial])
def test_skops_of_estimators_that_hold_a_score(name, set_by):
    """Beside the names of skcae only what is not of skcae is asked for."""
    io = pytest.importorskip("skops.io")
    score = getattr(metrics, name)
    if name != "mean_contraction":
        score = set_by(score, **SET[name]) if set_by else score
    fit = {"max_iter": 2, "n_iter_no_change": None, "random_state": 0}
    for estimator in (
        ContractiveAutoencoderCV(3, alphas=[0, 1], cv=2, scoring=score, **fit),
        JointGridSearchCV(ContractiveAutoencoder(3, **fit), {"alpha": [0, 1]}, cv=2, scoring=score),
    ):
        content = io.dumps(estimator.fit(X, np.arange(len(X)) % 2))
        left = set(io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES)
        assert not [name for name in left if name.startswith("skcae")]
        copy = io.loads(content, trusted=[*TRUSTED_TYPES, *left])
        np.testing.assert_array_equal(copy.transform(X), estimator.transform(X))


def test_pickle_of_a_search():
    search = JointGridSearchCV(fitted(), {"alpha": [0.1, 1]}, cv=2).fit(X)
    copy = pickle.loads(pickle.dumps(search))
    assert copy.score(X) == search.score(X)
    assert type(copy.best_estimator_) is ContractiveAutoencoder


# Callbacks


def test_callbacks_do_not_get_into_files_of_fitted_estimators():
    callback = pytest.importorskip("sklearn.callback")
    io = pytest.importorskip("skops.io")
    estimator = ContractiveAutoencoder(3, max_iter=2).set_callbacks(callback.ProgressBar()).fit(X)
    assert b"ProgressBar" not in pickle.dumps(estimator)
    assert set(io.get_untrusted_types(data=io.dumps(estimator))) <= set(TRUSTED_TYPES)
    loaded = io.loads(io.dumps(estimator), trusted=TRUSTED_TYPES)
    assert not set(_callbacks.ATTACHED) & set(vars(loaded))
    assert not set(_callbacks.ATTACHED) & set(vars(pickle.loads(pickle.dumps(estimator))))
    search = JointGridSearchCV(estimator.set_callbacks(), {"alpha": [0.1]}, cv=2).set_callbacks(
        callback.ProgressBar()
    )
    assert b"ProgressBar" in pickle.dumps(search)
    assert b"ProgressBar" not in pickle.dumps(search.fit(X))


def test_callbacks_of_an_unfitted_estimator_reach_workers():
    callback = pytest.importorskip("sklearn.callback")
    estimator = ContractiveAutoencoder().set_callbacks(callback.ScoringMonitor(scoring=None))
    assert clone(estimator)._skl_callbacks == estimator._skl_callbacks
    assert len(pickle.loads(pickle.dumps(estimator))._skl_callbacks) == 1


# Versions and foreign states


@both
def test_another_version_warns(Estimator, monkeypatch):
    estimator = fitted(Estimator)
    monkeypatch.setattr(_state, "__version__", "0.0.7")
    content = pickle.dumps(estimator)
    monkeypatch.undo()
    message = rf"^{Estimator.__name__} was saved by skcae 0\.0\.7 and is loaded by {skcae.__version__}, .*load it with the former"
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        copy = pickle.loads(content)
    warning = caught[0].message
    assert isinstance(warning, sklearn.exceptions.InconsistentVersionWarning)
    assert (warning.estimator_name, warning.original_skcae_version) == (Estimator.__name__, "0.0.7")
    assert (warning.current_skcae_version, warning.original_sklearn_version) == (
        skcae.__version__,
        sklearn.__version__,
    )
    np.testing.assert_array_equal(copy.transform(X), estimator.transform(X))


@diverging
@pytest.mark.parametrize("name", sorted(SAVED))
def test_what_an_earlier_version_saved_has_new_parameters_at_their_defaults(name):
    content, codes = SAVED[name]
    with pytest.warns(InconsistentVersionWarning, match="saved by skcae 0.1.0"):
        estimator = pickle.loads(content)
    assert b"code_activation" not in content
    assert estimator.get_params()["code_activation"] is None
    np.testing.assert_allclose(estimator.transform(SAVED_X), codes, rtol=1e-12)
    if hasattr(estimator, "partial_fit"):
        estimator.partial_fit(SAVED_X)
        assert estimator.n_iter_ == 3
    np.testing.assert_allclose(clone(estimator).fit(SAVED_X).transform(SAVED_X).shape, codes.shape)


def test_the_same_version_is_silent_and_leaves_no_stamp():
    estimator = fitted()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for again in (
            pickle.loads(pickle.dumps(estimator)),
            copy.copy(estimator),
            copy.deepcopy(estimator),
        ):
            assert set(vars(again)) == set(vars(estimator))


@pytest.mark.parametrize("state", [None, [1], {}, {"alpha": 0.1}])
def test_states_of_others_are_refused(state):
    with pytest.raises(
        ValueError,
        match=r"^The state of a ContractiveAutoencoder must be a dict with the version of skcae",
    ):
        ContractiveAutoencoder.__new__(ContractiveAutoencoder).__setstate__(state)


def test_a_state_of_another_class_is_refused():
    state = fitted(DenoisingAutoencoder).__getstate__()
    with pytest.raises(
        ValueError,
        match=r"must have all of its parameters, but lacks alpha, penalty\. The file is damaged",
    ):
        ContractiveAutoencoder.__new__(ContractiveAutoencoder).__setstate__(state)


@pytest.mark.parametrize("kind", ["pickle", "joblib", "skops"])
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_an_error(kind, share):
    estimator, buffer = fitted(), io.BytesIO()
    if kind == "skops":
        skops = pytest.importorskip("skops.io")
        dump, load = (
            (lambda: buffer.write(skops.dumps(estimator))),
            lambda data: skops.loads(data, trusted=TRUSTED_TYPES),
        )
    elif kind == "joblib":
        dump, load = (
            (lambda: joblib.dump(estimator, buffer)),
            lambda data: joblib.load(io.BytesIO(data)),
        )
    else:
        dump, load = (lambda: pickle.dump(estimator, buffer)), pickle.loads
    dump()
    content = buffer.getvalue()
    with pytest.raises(Exception):  # noqa: B017, PT011
        load(content[: int(share * len(content))])
    np.testing.assert_array_equal(load(content).transform(X), estimator.transform(X))


# Devices


@both
def test_an_estimator_fitted_on_cuda_loads_without(Estimator, monkeypatch):
    estimator = fitted(Estimator)
    expected = estimator.transform(X)
    content = pickle.dumps(estimator.set_params(device="cuda"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    copy = pickle.loads(content)
    with pytest.raises(
        ValueError,
        match=r"device='cuda' is not available: .* set_params\(device='auto'\) uses an available one\.",
    ):
        copy.transform(X)
    np.testing.assert_array_equal(copy.set_params(device="auto").transform(X), expected)


def test_a_copy_of_something_frozen_stays_frozen():
    """FrozenEstimator passes every attribute on, those of copying too."""
    frozen = FrozenEstimator(fitted())
    for duplicate in (copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert type(duplicate) is FrozenEstimator
