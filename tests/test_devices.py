"""The device parameter chooses where a fit runs, and never what it finds."""

import numpy as np
import pytest
import torch
from estimators import X, assert_same_fit, both, make
from scipy import sparse

from skcae import _bridge

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@both
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_cuda_without_a_device(Estimator, method, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match=r"device='cuda' needs a CUDA device.*set_params\(device='auto'\)"
    ):
        getattr(make(Estimator, device="cuda"), method)(X)
    fitted = make(Estimator).fit(X).set_params(device="cuda")
    with pytest.raises(ValueError, match="device='cuda' needs a CUDA device"):
        fitted.transform(X)


@both
@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_devices_without_cuda(Estimator, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    estimator = make(Estimator, device=device).fit(X)
    assert_same_fit(estimator, make(Estimator).fit(X))
    np.testing.assert_array_equal(estimator.transform(X), make(Estimator).fit(X).transform(X))


def test_rows_stay_on_a_gpu_where_they_fit(monkeypatch, tmp_path):
    """Without one: what would be sent to it, and what not."""
    cuda, sent = torch.device("cuda"), []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (4 * X.nbytes, 8 * X.nbytes))
    monkeypatch.setattr(_bridge, "to_tensor", lambda array, device: sent.append((array, device)))
    np.save(tmp_path / "X.npy", X)
    for rows in (
        np.tile(X, (2, 1)),
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        sparse.csr_array(X),
    ):
        assert _bridge.resident(rows, cuda) is rows
    assert _bridge.resident(X, torch.device("cpu")) is X
    assert not sent
    assert _bridge.resident(X, cuda) is not X
    assert sent == [(X, cuda)]
