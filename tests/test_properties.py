"""What holds for any valid rows, whatever their shape, dtype, layout in memory and values."""

import warnings

import numpy as np
import pytest
from drawn import examples
from estimators import any_fit
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _bridge
from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.inspection import contraction

pytestmark = any_fit

DTYPES = ["f8", "f4", "f2", ">f8", ">f4", "i8", "i1", "u1", "u4", "?"]
LAYOUTS = {
    "as drawn": lambda X: X,
    "fortran": np.asfortranarray,
    "rows reversed": lambda X: X[::-1].copy()[::-1],
    "columns reversed": lambda X: X[:, ::-1].copy()[:, ::-1],
    "every other": lambda X: np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2],
    "inside of another": lambda X: np.pad(X, 1)[1:-1, 1:-1],
    "unaligned": lambda X: (
        np.frombuffer(b"\0" + X.tobytes(), X.dtype, offset=1).reshape(X.shape) if X.size else X
    ),
    "list": lambda X: X.tolist(),
    "csr": lambda X: (
        sparse.csr_array(X.astype(X.dtype.newbyteorder("="))) if X.dtype != np.float16 else X
    ),
    "csc": lambda X: (
        sparse.csc_array(X.astype(X.dtype.newbyteorder("="))) if X.dtype != np.float16 else X
    ),
}


@st.composite
def matrices(draw, loss="squared_error"):
    """Rows of any dtype whose values suit the loss; squared error takes anything within half of the dtype's range."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 7)))
    if dtype.kind == "f":
        bound = (
            1.0
            if loss == "cross_entropy"
            else {2: 2.0**14, 4: 2.0**40, 8: 2.0**400}[dtype.itemsize]
        )
        low = 0.0 if loss == "cross_entropy" else -bound
        numbers = st.floats(low, bound, width=8 * dtype.itemsize) | st.floats(
            0, 1, width=8 * dtype.itemsize
        )
    elif dtype.kind == "b" or loss == "cross_entropy":
        numbers = st.integers(0, 1)
    else:
        numbers = hnp.from_dtype(dtype)
    return draw(hnp.arrays(dtype, shape, elements=numbers))


PARAMETERS = {
    "n_components": st.integers(1, 9),
    "activation": st.sampled_from(sorted(ACTIVATIONS)),
    "code_activation": st.sampled_from([None, *sorted(ACTIVATIONS)]),
    "tied_weights": st.booleans(),
    "hidden_layer_sizes": st.sampled_from([(), (3,), (4, 2)]),
    "solver": st.sampled_from(["adam", "sgd"]),
    "learning_rate_init": st.sampled_from(["auto", 1e-3, 10.0]),
    "batch_size": st.sampled_from(["auto", 1, 3]),
    "weight_decay": st.sampled_from([0, 0.1]),
    "shuffle": st.booleans(),
}


@st.composite
def autoencoders(draw, loss):
    """Either class with any combination of parameters, unfitted."""
    Estimator = draw(st.sampled_from([ContractiveAutoencoder, DenoisingAutoencoder]))
    params = {name: draw(values) for name, values in PARAMETERS.items()}
    own = {"alpha": st.sampled_from([0, 0.1, 100])} if Estimator is ContractiveAutoencoder else {}
    params |= {name: draw(values) for name, values in own.items()}
    return Estimator(loss=loss, max_iter=2, random_state=0, **params)


def fit(estimator, rows):
    """Whether it could be fitted; else the error must be that of divergence."""
    try:
        estimator.fit(rows)
    except ValueError as error:
        assert "The objective diverged" in str(error)  # noqa: PT017
        return False
    return True


def close(rows, other, scale=1.0):
    np.testing.assert_allclose(
        rows, other, rtol=1e-4 if rows.dtype == np.float32 else 1e-9, atol=1e-6 * scale
    )


@examples(100)
@given(st.data())
def test_valid_rows_give_finite_codes_and_are_left_alone(data):
    loss = data.draw(st.sampled_from(sorted(LOSSES)))
    X, estimator = data.draw(matrices(loss)), data.draw(autoencoders(loss))
    layout = data.draw(st.sampled_from(sorted(LAYOUTS)))
    rows = LAYOUTS[layout](X)
    dense = rows.toarray() if sparse.issparse(rows) else np.array(rows)
    kept = dense.copy()
    if not fit(estimator, rows):
        return
    codes = estimator.transform(rows)
    single = getattr(rows, "dtype", None) in (np.float32, np.dtype(">f4"))
    assert codes.shape == (len(X), estimator.n_components)
    assert codes.dtype == (
        np.float32 if single and estimator.coefs_[0].dtype == np.float32 else np.float64
    )
    assert np.isfinite(codes).all()
    assert np.isfinite(estimator.loss_curve_).all()
    assert np.isfinite(estimator.score_samples(rows)).all()
    np.testing.assert_array_equal(rows.toarray() if sparse.issparse(rows) else np.array(rows), kept)


@examples(60)
@given(st.data())
def test_transform_sees_each_row_by_itself(data):
    """In whatever order, layout, dtype and chunks the rows come, alone or among others."""
    X = data.draw(matrices("cross_entropy"))
    estimator = data.draw(autoencoders("squared_error"))
    if not fit(estimator, X):
        return
    codes = estimator.transform(X)
    scale = max(1.0, float(np.abs(codes).max()))
    order = data.draw(st.permutations(range(len(X))))
    close(estimator.transform(X[list(order)]), codes[list(order)], scale)
    close(np.vstack([estimator.transform(X[k : k + 1]) for k in range(len(X))]), codes, scale)
    for layout in LAYOUTS.values():
        close(estimator.transform(layout(X)).astype(codes.dtype), codes, scale)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bridge, "CHUNK_ELEMENTS", data.draw(st.integers(1, 100)))
        close(estimator.transform(X), codes, scale)


@examples(60)
@given(st.data())
def test_score_is_of_the_reconstruction_that_inverse_transform_gives(data):
    loss = data.draw(st.sampled_from(sorted(LOSSES)))
    X, estimator = data.draw(matrices("cross_entropy")), data.draw(autoencoders(loss))
    if not fit(estimator, X):
        return
    R = estimator.inverse_transform(estimator.transform(X)).astype(np.float64)
    x = X.astype(np.float64)
    if loss == "squared_error":
        expected = ((x - R) ** 2).sum(axis=1)
    else:
        if R.max() > 1 - 1e-3 or R.min() < 1e-30:
            return  # where r or 1 - r rounds, the score knows it better
        expected = -(x * np.log(R) + (1 - x) * np.log1p(-R)).sum(axis=1)
    np.testing.assert_allclose(-estimator.score_samples(X), expected, rtol=1e-3, atol=1e-5)


@examples(40)
@given(st.data())
def test_a_refit_is_the_same_to_the_last_bit(data):
    loss = data.draw(st.sampled_from(sorted(LOSSES)))
    X, estimator = data.draw(matrices(loss)), data.draw(autoencoders(loss))
    again = clone(estimator)
    assert fit(estimator, X) == fit(again, X)
    if hasattr(estimator, "coefs_"):
        for mine, theirs in zip(
            estimator.coefs_ + estimator.intercepts_, again.coefs_ + again.intercepts_, strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


DIGITS = load_digits().data[:60, 16:32] / 16


@examples(6)
@given(st.lists(st.floats(1e-3, 10), min_size=2, max_size=2, unique=True), st.integers(0, 1000))
def test_more_alpha_is_less_contraction_at_the_optimum(alphas, seed):
    """Of a minimiser of ``L + alpha C``, C cannot rise with alpha.

    For fits of objectives f and g, each above its lowest by no more than a share e,
    ``(beta - alpha) (C_beta - C_alpha)`` is at most ``e (f + g)``: the inequality of
    each fit against the other, added up. Fits end in local minima, for which 2 percent
    are allowed.
    """
    low, high = sorted(alphas)
    params = {
        "n_components": 3,
        "max_iter": 400,
        "n_iter_no_change": None,
        "batch_size": 60,
        "random_state": seed,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = [
            ContractiveAutoencoder(alpha=alpha, **params).fit(DIGITS) for alpha in (low, high)
        ]
    less, more = (contraction(estimator, DIGITS).mean() for estimator in fitted)
    objectives = [-fitted[0].score(DIGITS) + low * less, -fitted[1].score(DIGITS) + high * more]
    assert (high - low) * (more - less) <= 0.02 * sum(objectives)
