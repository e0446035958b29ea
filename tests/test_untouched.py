"""What belongs to the caller stays as it is, and rows in any container are the same rows."""

import numpy as np
import polars as pl
import pytest
from containers import contained, dense, everything, vectors
from drawn import examples
from estimators import any_fit, unnamed
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    contractive_path,
)
from skcae.inspection import (
    contraction,
    contraction_curve,
    jacobian,
    local_dimension,
    saturation,
    singular_values,
    tangents,
)
from skcae.metrics import denoising_score, linear_probe_score, mean_contraction
from skcae.model_selection import JointGridSearchCV

pytestmark = [*any_fit, unnamed]

SMALL = {"max_iter": 2, "validation_fraction": 0.5, "random_state": 0}


def contractive(width, **params):
    return ContractiveAutoencoder(width, **SMALL, **params)


def pipeline(width, **params):
    return make_pipeline(MaxAbsScaler(), contractive(width, **params), LogisticRegression())


ESTIMATORS = {
    "contractive": contractive,
    "denoising": lambda width, **params: DenoisingAutoencoder(width, **SMALL, **params),
    "cross-validated": lambda width, **params: ContractiveAutoencoderCV(
        width, alphas=[0, 0.1], cv=2, **SMALL, **params
    ),
    "joint search": lambda width, **params: JointGridSearchCV(
        contractive(width, **params), {"alpha": [0, 0.1]}, cv=2
    ),
    "joint search of a pipeline": lambda width, **params: JointGridSearchCV(
        pipeline(width, **params), {"contractiveautoencoder__alpha": [0, 0.1]}, cv=2
    ),
}
AUTOENCODERS = ["contractive", "denoising", "cross-validated"]
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "loss": st.just("cross_entropy"),
        "early_stopping": st.just(True),
        "hidden_layer_sizes": st.just((3,)),
        "activation": st.just("identity"),
        "batch_size": st.just(2),
    },
)
METHODS = {
    "fit": lambda estimator, X, y, weight: estimator.fit(X, y),
    "weighted fit": lambda estimator, X, y, weight: estimator.fit(X, y, sample_weight=weight),
    "partial_fit": lambda estimator, X, y, weight: estimator.set_params(
        early_stopping=False
    ).partial_fit(X, y, weight),
    "fit_transform": lambda estimator, X, y, weight: estimator.fit_transform(X, y),
    "transform": lambda estimator, X, y, weight: estimator.transform(X),
    "predict": lambda estimator, X, y, weight: estimator.predict(X),
    "score": lambda estimator, X, y, weight: estimator.score(X, y),
    "weighted score": lambda estimator, X, y, weight: estimator.score(X, y, weight),
    "score_samples": lambda estimator, X, y, weight: estimator.score_samples(X),
}
OF = {
    **{kind: sorted({*METHODS} - {"predict"}) for kind in ("contractive", "denoising")},
    "cross-validated": sorted({*METHODS} - {"predict", "partial_fit"}),
    "joint search": ["fit", "weighted fit", "transform", "score"],
    "joint search of a pipeline": ["fit", "predict", "score"],
}
FUNCTIONS = {
    "contractive_path": lambda estimator, X, y, weight: contractive_path(
        X, [0, 0.1], sample_weight=weight, n_components=2, max_iter=1, random_state=0
    ),
    "denoising_score": lambda estimator, X, y, weight: denoising_score(
        estimator, X, sample_weight=weight
    ),
    "mean_contraction": lambda estimator, X, y, weight: mean_contraction(
        estimator, X, sample_weight=weight
    ),
    "linear_probe_score": lambda estimator, X, y, weight: linear_probe_score(estimator, X, y, cv=2),
    "contraction": lambda estimator, X, y, weight: contraction(estimator, X),
    "contraction_curve": lambda estimator, X, y, weight: contraction_curve(estimator, X, [0, 1]),
    "jacobian": lambda estimator, X, y, weight: jacobian(estimator, X),
    "local_dimension": lambda estimator, X, y, weight: local_dimension(estimator, X),
    "saturation": lambda estimator, X, y, weight: saturation(estimator, X),
    "singular_values": lambda estimator, X, y, weight: singular_values(estimator, X),
    "tangents": lambda estimator, X, y, weight: tangents(estimator, X, 1),
}


@st.composite
def matrices(draw):
    """Rows that suit both losses, are not all equal, and can be halved exactly."""
    shape = draw(st.tuples(st.integers(4, 9), st.integers(1, 4)))
    eighths = draw(hnp.arrays(np.int8, shape, elements=st.integers(-4, 8))).clip(0)
    eighths[:, 0] = np.arange(len(eighths)) % 2
    return (eighths / 8).astype(draw(st.sampled_from([np.float64, np.float32])))


def untouched(call, *given):
    """The result of a call, which must have changed nothing that it was given."""
    before = [everything(data) for data in given]
    try:
        return call(*given)
    finally:
        assert [everything(data) for data in given] == before


def fitted(kind, X, y, **params):
    return ESTIMATORS[kind](X.shape[1], **params).fit(X, y)


@pytest.mark.parametrize("kind", ESTIMATORS)
@examples(40)
@given(st.data())
def test_no_method_changes_what_it_is_given(kind, data):
    X, params = data.draw(matrices()), data.draw(PARAMETERS)
    y, weight = np.arange(len(X)) % 2, 1.0 + np.arange(len(X)) % 3
    name = data.draw(st.sampled_from(OF[kind]))
    estimator = fitted(kind, X, y, **params)
    rows = data.draw(contained(X))
    # Which the scaler of scikit-learn refuses.
    assume(not (kind == "joint search of a pipeline" and getattr(rows, "requires_grad", False)))
    given = rows, data.draw(vectors(y)), data.draw(vectors(weight))
    untouched(lambda *given: METHODS[name](estimator, *given), *given)


@pytest.mark.parametrize("kind", AUTOENCODERS)
@examples(20)
@given(st.data())
def test_inverse_transform_changes_no_codes(kind, data):
    X = data.draw(matrices())
    estimator = fitted(kind, X, None)
    untouched(estimator.inverse_transform, data.draw(dense(X)))


@pytest.mark.parametrize("name", FUNCTIONS)
@examples(10)
@given(st.data())
def test_no_function_changes_what_it_is_given(name, data):
    X = data.draw(matrices())
    y, weight = np.arange(len(X)) % 2, 1.0 + np.arange(len(X)) % 3
    estimator = fitted("contractive", X, y)
    given = data.draw(contained(X)), data.draw(vectors(y)), data.draw(vectors(weight))
    untouched(lambda *given: FUNCTIONS[name](estimator, *given), *given)


WRONG = {"nan": np.nan, "overflow": 1e300, "beyond the domain": 1.5}


@pytest.mark.parametrize("kind", AUTOENCODERS)
@pytest.mark.parametrize("fault", WRONG)
@examples(10)
@given(st.data())
def test_what_is_refused_is_not_changed(kind, fault, data):
    X = data.draw(matrices()).astype(np.float64)
    estimator = ESTIMATORS[kind](2, loss="cross_entropy")
    X[-1, -1] = WRONG[fault]
    rows = data.draw(contained(X))
    with pytest.raises(ValueError, match=r"NaN|needs every value"):
        untouched(estimator.fit, rows)


@pytest.mark.parametrize("kind", AUTOENCODERS)
@examples(60)
@given(st.data())
def test_rows_are_the_same_in_any_container(kind, data):
    """Sparse rows in any order, with duplicate entries or stored zeros, among them."""
    X, params = data.draw(matrices()), data.draw(PARAMETERS)
    rows = data.draw(contained(X))
    if isinstance(rows, list | pl.DataFrame):  # of which scikit-learn sees no dtype
        X = X.astype(np.float64)
    expected = fitted(kind, X, None, **params)
    estimator = ESTIMATORS[kind](X.shape[1], **params).fit(rows)
    exact = {"rtol": 1e-9, "atol": 1e-12} if X.dtype == np.float64 else {"rtol": 1e-3, "atol": 1e-4}
    for method in ("transform", "score_samples"):
        own, same = (getattr(fit, method)(X) for fit in (expected, estimator))
        np.testing.assert_allclose(same, own, **exact)
        np.testing.assert_allclose(getattr(estimator, method)(rows), own, **exact)
        assert same.dtype == own.dtype


def test_reading_the_range_of_sparse_rows_leaves_their_flags():
    """Rows whose order nobody has asked for yet are asked for it, and not put in order."""
    X = sparse.csr_array(([0.5, 0.25], [1, 0], [0, 2]), shape=(1, 2))
    contractive(1).fit(X)
    assert not X.has_sorted_indices
    assert X.indices.tolist() == [1, 0]
