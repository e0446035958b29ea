"""Torch tensors in place of arrays, with and without scikit-learn's dispatch on the array's namespace."""

import numpy as np
import pytest
import sklearn
import torch
from estimators import collapsing, short_fits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _bridge
from skcae.inspection import contraction

pytestmark = short_fits
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])
every_dtype = pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64]
)

X = torch.rand(60, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64).round(
    decimals=2
)
WEIGHT = torch.arange(60) % 3


def make(Estimator=ContractiveAutoencoder, **params):
    return Estimator(
        **{"n_components": 3, "max_iter": 3, "batch_size": 20, "random_state": 0, **params}
    )


def outputs(estimator, X):
    codes = estimator.transform(X)
    return (
        codes,
        estimator.inverse_transform(codes),
        estimator.reconstruct(X),
        estimator.score_samples(X),
    )


@pytest.fixture
def dispatch(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    try:
        context = sklearn.config_context(array_api_dispatch=True)
        context.__enter__()
    except ImportError as error:
        pytest.skip(str(error))
    yield
    context.__exit__(None, None, None)


@both
@every_dtype
def test_tensors_are_taken_as_arrays(Estimator, dtype):
    rows = (X * 3).to(dtype)
    array = rows.numpy() if dtype is not torch.bfloat16 else rows.double().numpy()
    estimator = make(Estimator).fit(rows, sample_weight=WEIGHT)
    plain = make(Estimator).fit(array, sample_weight=WEIGHT.numpy())
    assert estimator.coefs_[0].dtype == (np.float32 if dtype is torch.float32 else np.float64)
    for mine, theirs in zip(outputs(estimator, rows), outputs(plain, array), strict=True):
        assert type(mine) is np.ndarray
        np.testing.assert_array_equal(mine, theirs)
    assert estimator.score(rows, sample_weight=WEIGHT) == plain.score(
        array, sample_weight=WEIGHT.numpy()
    )


@collapsing
@both
@every_dtype
@pytest.mark.usefixtures("dispatch")
def test_dispatch_gives_tensors(Estimator, dtype):
    rows = (X * 3).to(dtype)
    estimator = make(Estimator, early_stopping=True).fit(rows, sample_weight=WEIGHT)
    with sklearn.config_context(array_api_dispatch=False):
        plain = make(Estimator, early_stopping=True).fit(rows, sample_weight=WEIGHT)
        expected = outputs(plain, rows)
    assert all(type(array) is np.ndarray for array in estimator.coefs_)
    for mine, theirs in zip(outputs(estimator, rows), expected, strict=True):
        assert type(mine) is torch.Tensor
        assert mine.dtype is (torch.float32 if dtype is torch.float32 else torch.float64)
        assert not mine.is_inference()
        np.testing.assert_array_equal(mine, theirs)
    assert isinstance(estimator.score(rows, sample_weight=WEIGHT), float)


@pytest.mark.usefixtures("dispatch")
def test_dispatch_keeps_tensors_from_numpy(monkeypatch):
    """Of the rows nothing becomes an array; of the estimator the weights become tensors."""
    estimator = make().fit(X)
    monkeypatch.setattr(torch.Tensor, "numpy", None)
    monkeypatch.setattr(torch.Tensor, "__array__", None)
    monkeypatch.setattr(_bridge, "to_numpy", None)
    assert outputs(estimator, X)[0].shape == (60, 3)


@pytest.mark.usefixtures("dispatch")
def test_dispatch_leaves_arrays_arrays():
    rows = X.numpy()
    for result in outputs(make().fit(rows), rows):
        assert type(result) is np.ndarray


@pytest.mark.usefixtures("dispatch")
def test_dispatch_through_a_pipeline():
    pipe = make_pipeline(MinMaxScaler(), make()).fit(X)
    codes = pipe.transform(X)
    assert type(codes) is torch.Tensor
    np.testing.assert_allclose(
        codes, make_pipeline(MinMaxScaler(), make()).fit(X.numpy()).transform(X.numpy()), rtol=1e-9
    )
    assert type(pipe.inverse_transform(codes)) is torch.Tensor


@pytest.mark.usefixtures("dispatch")
@pytest.mark.parametrize(
    ("rows", "message"),
    [(X[:, :5], "X has 5 features"), (X * torch.nan, "contains NaN"), (X[0], "Expected 2D array")],
)
def test_tensors_are_checked_as_arrays_are(rows, message):
    with pytest.raises(ValueError, match=message):
        make().fit(X).transform(rows)


@pytest.mark.usefixtures("dispatch")
def test_domain_of_tensors_is_checked():
    with pytest.raises(
        ValueError, match=r"needs every value of X in \[0, 1\], but X ranges from 0 to 2\."
    ):
        make(loss="cross_entropy").fit(torch.tensor([[0.0, 1.0], [2.0, 1.0]]))


def test_gradients_are_left_behind():
    leaf = X.clone().requires_grad_()
    estimator = make().fit(leaf)
    np.testing.assert_array_equal(estimator.transform(leaf), estimator.transform(X))


def test_views_are_taken():
    rows = X.repeat(1, 2)[:, ::2].T.contiguous().T
    np.testing.assert_array_equal(
        make().fit(rows).transform(rows), make().fit(rows.contiguous()).transform(rows.numpy())
    )


@pytest.mark.usefixtures("dispatch")
def test_inspection_returns_arrays():
    estimator = make().fit(X)
    values = contraction(estimator, X)
    assert type(values) is np.ndarray
    np.testing.assert_array_equal(values, contraction(estimator, X.numpy()))


def test_the_device_of_a_tensor_is_followed():
    class Elsewhere(torch.Tensor):
        device = torch.device("meta")

    rows = X.as_subclass(Elsewhere)
    assert _bridge.resolve_device(None, rows) == torch.device("meta")
    assert _bridge.resolve_device("cpu", rows) == torch.device("cpu")
    assert _bridge.resolve_device(None, X.numpy()) == torch.device("cpu")
