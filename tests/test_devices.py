"""The device parameter chooses where a fit runs, and never what it finds."""

import pickle
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from estimators import X, assert_same_fit, both, make, short_fits
from scipy import sparse
from sklearn.base import clone

from skcae import (
    TRUSTED_TYPES,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    _bridge,
    contractive_path,
)
from skcae.core.corruptions import CORRUPTIONS
from skcae.inspection import contraction, contraction_curve, singular_values, tangents
from skcae.metrics import denoising_score
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_cuda_without_a_device(Estimator, method, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match=r"device='cuda' is not available.*set_params\(device='auto'\)"
    ):
        getattr(make(Estimator, device="cuda"), method)(X)
    fitted = make(Estimator).fit(X).set_params(device="cuda")
    with pytest.raises(ValueError, match="device='cuda' is not available"):
        fitted.transform(X)


@both
@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_devices_without_cuda(Estimator, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    estimator = make(Estimator, device=device).fit(X)
    assert_same_fit(estimator, make(Estimator).fit(X))
    np.testing.assert_array_equal(estimator.transform(X), make(Estimator).fit(X).transform(X))


@both
@pytest.mark.parametrize("device", ["cpu:0", torch.device("cpu"), torch.device("cpu", 0)], ids=repr)
def test_devices_by_torchs_names(Estimator, device):
    estimator = make(Estimator, device=device)
    assert clone(estimator).get_params()["device"] == device
    assert_same_fit(clone(estimator).fit(X), make(Estimator).fit(X))
    assert_same_fit(clone(estimator).partial_fit(X), make(Estimator).partial_fit(X))


@both
def test_devices_are_saved_by_name(Estimator):
    device = torch.device("cuda", 1)
    estimator = make(Estimator).fit(X).set_params(device=device)
    content = pickle.dumps(estimator)
    assert b"torch" not in content
    assert pickle.loads(content).device == "cuda:1"
    assert estimator.device is device
    io = pytest.importorskip("skops.io")
    assert io.loads(io.dumps(estimator), trusted=TRUSTED_TYPES).device == "cuda:1"


ABSENT = ["cuda:7", "mps", "xpu", "meta", torch.device("cuda", 7), torch.device("meta")]


@both
@pytest.mark.parametrize("device", ABSENT, ids=repr)
def test_a_device_that_is_not_there_is_named(Estimator, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    fitted = make(Estimator).fit(X).set_params(device=device)
    for method in (make(Estimator, device=device).fit, fitted.transform):
        with pytest.raises(
            ValueError, match=rf"^device='{device}' is not available.*set_params\(device='auto'\)"
        ):
            method(X)


@both
@pytest.mark.parametrize("device", ["gpu", "cuda:x", ""])
def test_a_name_that_torch_does_not_know(Estimator, device):
    with pytest.raises(ValueError, match=rf"The 'device' .* must be .*'cuda:1'.* Got '{device}'"):
        make(Estimator, device=device).fit(X)
    fitted = make(Estimator).fit(X).set_params(device=device)
    with pytest.raises(ValueError, match=rf"^device='{device}' must be .*'cuda:1'.*set_params"):
        fitted.transform(X)


def test_which_device_a_name_is(monkeypatch):
    monkeypatch.setattr(_bridge, "_is_there", lambda device: True)
    assert _bridge.resolve_device("cuda:1") == torch.device("cuda", 1)
    assert _bridge.resolve_device(torch.device("cuda", 1)) == torch.device("cuda", 1)
    assert _bridge.resolve_device("mps", X.astype(np.float32)) == torch.device("mps")
    with pytest.raises(ValueError, match="'mps' has no float64, and X is float64; pass X as float"):
        _bridge.resolve_device("mps", X)


@contextmanager
def default_device(device):
    before = torch.get_default_device()
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(before)


@contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


MODES = {
    "default device": lambda: default_device("meta"),
    "device as a context": lambda: torch.device("meta"),
    "default dtype of 64 bits": lambda: default_dtype(torch.float64),
    "default dtype of 16 bits": lambda: default_dtype(torch.float16),
    "inference mode": torch.inference_mode,
    "no grad": torch.no_grad,
    "deterministic algorithms": deterministic,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "autocast of another device": lambda: torch.autocast("cpu", dtype=torch.float16),
}


def results(X):
    """Every array that fits, continued fits, paths, choices and methods give."""
    common = {"n_components": 3, "max_iter": 2, "batch_size": 20, "random_state": 0}
    fits = [
        ContractiveAutoencoder(**common),
        ContractiveAutoencoder(**common, hidden_layer_sizes=(4,), early_stopping=True),
        ContractiveAutoencoder(**common, hidden_layer_sizes=(4,), penalty="exact"),
        ContractiveAutoencoder(**common, solver="sgd", tied_weights=False),
        ContractiveAutoencoderCV(**common, alphas=2, cv=2),
        *(DenoisingAutoencoder(**common, corruption=kind) for kind in CORRUPTIONS),
    ]
    fitted = [estimator.fit(X) for estimator in fits]
    fitted += contractive_path(X, [0, 0.1, 1], hidden_layer_sizes=(4,), **common)
    fitted += [clone(fits[kind]).partial_fit(X).partial_fit(X) for kind in (0, 2, -1)]
    search = JointGridSearchCV(fits[0], {"alpha": [0, 1]}, cv=2).fit(X)
    arrays = [search.cv_results_["mean_test_score"]]
    for estimator in fitted:
        codes = estimator.transform(X)
        arrays += [*estimator.coefs_, *estimator.intercepts_, estimator.loss_curve_, codes]
        arrays += [estimator.inverse_transform(codes), estimator.reconstruct(X)]
        arrays += [estimator.score_samples(X), contraction(estimator, X), tangents(estimator, X, 1)]
        arrays += [denoising_score(estimator, X), singular_values(estimator, X)]
        arrays += [contraction_curve(estimator, X, [0, 1.0], random_state=0)]
    return arrays


@pytest.fixture(scope="module", params=[np.float32, np.float64], ids=["float32", "float64"])
def rows_and_results(request):
    rows = X.astype(request.param)
    return rows, results(rows)


@pytest.mark.filterwarnings("ignore:.*code has collapsed:UserWarning")
@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_torchs_modes_change_nothing(mode, rows_and_results):
    rows, expected = rows_and_results
    with mode():
        found = results(rows)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs, strict=True)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array], ids=["wide", "sparse"])
def test_torchs_modes_change_no_fit_along_axes_nor_of_sparse_rows(kind):
    random = np.random.RandomState(0)
    rows = random.uniform(size=(120, 1500)) * (random.uniform(size=(120, 1500)) < 0.01)
    rows = kind(rows[: 120 if kind is sparse.csr_array else 20])
    cae = ContractiveAutoencoder(30, batch_size=120, max_iter=4, random_state=0)
    fitted = clone(cae).fit(rows)
    for mode in MODES.values():
        with mode():
            again = clone(cae).fit(rows)
            scores = again.score_samples(rows)
        np.testing.assert_array_equal(again.components_, fitted.components_)
        np.testing.assert_array_equal(scores, fitted.score_samples(rows))


def test_rows_stay_on_a_gpu_where_they_fit(monkeypatch):
    """Without one: what would be sent to it, and what not."""
    cuda, sent = torch.device("cuda"), []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (4 * X.nbytes, 8 * X.nbytes))
    monkeypatch.setattr(_bridge, "to_tensor", lambda array, device: sent.append((array, device)))
    for rows in (np.tile(X, (2, 1)), sparse.csr_array(X)):
        assert _bridge.resident(rows, cuda) is rows
    assert _bridge.resident(X, torch.device("cpu")) is X
    assert not sent
    assert _bridge.resident(X, cuda) is not X
    assert sent == [(X, cuda)]
