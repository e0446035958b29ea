"""A table of several kinds of columns is modelled as what it is, through every method."""

import pickle

import numpy as np
import pandas as pd
import pytest
from estimators import short_fits
from scipy import sparse
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcae import (
    TRUSTED_TYPES,
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    contractive_path,
)
from skcae.metrics import denoising_score
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits
N = 90
draw = np.random.RandomState(0)
X = np.hstack(
    [
        draw.normal(size=(N, 2)),
        draw.randint(2, size=(N, 1)),
        np.eye(3)[draw.randint(3, size=N)],
        np.eye(4)[draw.randint(4, size=N)],
    ]
)
LOSS = ["squared_error"] * 2 + ["cross_entropy"] + ["softmax:city"] * 3 + ["softmax:size"] * 4
FIT = {"loss": LOSS, "max_iter": 4, "n_iter_no_change": None, "random_state": 0}
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])


@both
@pytest.mark.parametrize("hidden", [(), (5,)])
def test_reconstructions_and_scores_by_their_definition(Estimator, hidden):
    estimator = Estimator(4, hidden_layer_sizes=hidden, **FIT).fit(X)
    codes = estimator.transform(X)
    *inner, (coef, intercept) = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))[
        len(estimator.coefs_) // 2 :
    ]
    for matrix, bias in inner:
        codes = expit(codes @ matrix + bias)
    Z = codes @ coef + intercept
    R = np.hstack([Z[:, :2], expit(Z[:, 2:3]), softmax(Z[:, 3:6], 1), softmax(Z[:, 6:], 1)])
    np.testing.assert_allclose(estimator.inverse_transform(estimator.transform(X)), R)
    losses = ((X - R)[:, :2] ** 2).sum(1) - np.log(np.where(X[:, 2] == 1, R[:, 2], 1 - R[:, 2]))
    losses -= (X * np.log(np.where(X == 1, R, 1)))[:, 3:].sum(1)
    np.testing.assert_allclose(estimator.score_samples(X), -losses)


@both
def test_it_learns_categories(Estimator):
    long = Estimator(16, **FIT | {"max_iter": 150}).fit(X)
    R = long.inverse_transform(long.transform(X))
    for group in (slice(3, 6), slice(6, 10)):
        np.testing.assert_allclose(R[:, group].sum(1), 1)
        assert np.mean(R[:, group].argmax(1) == X[:, group].argmax(1)) > 0.95


def test_equal_names_are_the_loss_of_all():
    for name in ("squared_error", "cross_entropy"):
        rows = X - X.min(0)
        rows /= rows.max(0)
        one = ContractiveAutoencoder(4, **FIT | {"loss": name}).fit(rows)
        each = ContractiveAutoencoder(4, **FIT | {"loss": [name] * 10}).fit(rows)
        np.testing.assert_allclose(each.coefs_[0], one.coefs_[0])
        np.testing.assert_allclose(each.score_samples(rows), one.score_samples(rows))


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series])
def test_any_array_like_of_names(kind):
    expected = ContractiveAutoencoder(4, **FIT).fit(X)
    estimator = clone(ContractiveAutoencoder(4, **FIT | {"loss": kind(LOSS)})).fit(X)
    np.testing.assert_array_equal(estimator.coefs_[0], expected.coefs_[0])
    np.testing.assert_array_equal(
        estimator.partial_fit(X).transform(X), expected.partial_fit(X).transform(X)
    )


@pytest.mark.parametrize("container", [sparse.csr_array, pd.DataFrame, np.float32])
def test_containers(container):
    expected = ContractiveAutoencoder(4, **FIT).fit(X)
    estimator = ContractiveAutoencoder(4, **FIT).fit(container(X))
    np.testing.assert_allclose(estimator.transform(container(X)), expected.transform(X), atol=1e-4)
    np.testing.assert_allclose(
        estimator.score_samples(container(X)), expected.score_samples(X), rtol=1e-3
    )


def test_files_and_weights():
    io = pytest.importorskip("skops.io")
    weight = draw.uniform(size=N)
    estimator = ContractiveAutoencoder(4, **FIT).fit(X, sample_weight=weight)
    for copy in (
        pickle.loads(pickle.dumps(estimator)),
        io.loads(io.dumps(estimator), trusted=TRUSTED_TYPES),
    ):
        np.testing.assert_array_equal(copy.score_samples(X), estimator.score_samples(X))


def test_everything_that_trains_many():
    path = contractive_path(X, [0, 0.1], n_components=4, **FIT)
    alone = ContractiveAutoencoder(4, alpha=0.1, **FIT).fit(X)
    np.testing.assert_allclose(path[1].coefs_[0], alone.coefs_[0])
    assert ContractiveAutoencoderCV(4, alphas=[0, 0.1], cv=2, **FIT).fit(X).alpha_ in (0, 0.1)
    cae = ContractiveAutoencoder(4, **FIT)
    grid = {"alpha": [0, 0.1], "loss": [LOSS, "squared_error", tuple(LOSS)]}
    joint, plain = (
        Search(cae, grid, scoring=denoising_score, cv=2, refit=False).fit(X)
        for Search in (JointGridSearchCV, GridSearchCV)
    )
    np.testing.assert_allclose(
        joint.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )


def test_behind_a_column_transformer():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 2], "c": X[:, 3:6].argmax(1).astype(str)})
    columns = make_column_transformer(
        (StandardScaler(), ["a"]), ("passthrough", ["b"]), (OneHotEncoder(), ["c"])
    )
    loss = ["squared_error", "cross_entropy", *["softmax:c"] * 3]
    pipe = make_pipeline(columns, ContractiveAutoencoder(4, **FIT | {"loss": loss})).fit(frame)
    assert np.isfinite(pipe.score_samples(frame)).all()
    assert np.isfinite(AutoencoderDetector(pipe).fit(frame).decision_function(frame)).all()


def test_it_is_not_tagged_positive():
    assert not ContractiveAutoencoder(loss=LOSS).__sklearn_tags__().input_tags.positive_only


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["grouped", "mingled"])
def test_onnx(dtype, order):
    skl2onnx, runtime = pytest.importorskip("skl2onnx"), pytest.importorskip("onnxruntime")
    from skcae.onnx import register

    register()
    at = np.arange(10) if order == "grouped" else np.random.RandomState(1).permutation(10)
    rows, loss = X[:, at].astype(dtype), [LOSS[column] for column in at]
    estimator = ContractiveAutoencoder(4, **FIT | {"loss": loss}).fit(rows)
    asked = {id(estimator): {"reconstruction": True, "score_samples": True}}
    for opset in (7, skl2onnx.get_latest_tested_opset_version()):
        graph = skl2onnx.to_onnx(estimator, rows[:1], options=asked, target_opset=opset)
        session = runtime.InferenceSession(
            graph.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        _, R, scores = session.run(None, {"X": rows})
        tolerance = {np.float32: 1e-4, np.float64: 1e-10}[dtype]
        expected = estimator.inverse_transform(estimator.transform(rows))
        np.testing.assert_allclose(R, expected, atol=tolerance)
        np.testing.assert_allclose(scores, estimator.score_samples(rows), rtol=tolerance)


# Refused


@both
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (LOSS[:-1], r"^loss names 9 columns, but X has 10; name the loss of every column as"),
        (["mse", *LOSS[1:]], r"^loss\[0\]='mse' must be one of 'squared_error', .*'softmax:' and"),
        (["softmax:", *LOSS[1:]], r"^loss\[0\]='softmax:' must be one of"),
        ([*LOSS[:-1], "softmax:x"], r"^loss\[9\]='softmax:x' is a group of one column, .* give"),
    ],
)
def test_names_that_do_not_fit_are_refused(Estimator, loss, message):
    with pytest.raises(ValueError, match=message):
        Estimator(4, **FIT | {"loss": loss}).fit(X)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_values_outside_the_domain_are_refused_with_their_column(container):
    rows = X.copy()
    rows[0, 2] = 2
    message = (
        r"^loss\[2\]='cross_entropy' needs every value of column 2 of X in \[0, 1\], but column 2 "
        r"of X ranges from 0 to 2\. Scale X first"
    )
    with pytest.raises(ValueError, match=message):
        ContractiveAutoencoder(4, **FIT).fit(container(rows))
    rows = X.copy()
    rows[0, 3] = -1
    with pytest.raises(
        ValueError, match=r"^loss\[3\]='softmax:city' .* from -1 to 1\. The columns"
    ):
        ContractiveAutoencoder(4, **FIT).fit(container(rows))


def test_rows_that_are_not_sorted_stay_so():
    rows = sparse.csr_array(X)
    for first, last in zip(rows.indptr, rows.indptr[1:], strict=False):
        rows.indices[first:last] = rows.indices[first:last][::-1].copy()
        rows.data[first:last] = rows.data[first:last][::-1].copy()
    rows.has_canonical_format = rows.has_sorted_indices = False
    before = rows.indices.copy()
    ContractiveAutoencoder(4, **FIT).fit(rows)
    np.testing.assert_array_equal(rows.indices, before)
