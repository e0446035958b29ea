"""Nothing that is wrong gets past the first line of a method, and the error says what is wrong and how to mend it."""

import pickle
import warnings
from fractions import Fraction

import numpy as np
import pytest
from bad_input import (
    ACCEPTED,
    BEFORE_FIT,
    CALLS,
    CODES,
    ESTIMATORS,
    EXTREME,
    FUNCTIONS,
    LATER_ROWS,
    ROWS,
    WEIGHTS,
    X,
    evaluate,
    wrong_parameters,
)
from estimators import short_fits, unnamed
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError, UndefinedMetricWarning

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, _validation, contractive_path
from skcae._alpha_grid import grid_of

pytestmark = short_fits

both = pytest.mark.parametrize("Estimator", ESTIMATORS)
METHODS = ["fit", "partial_fit", "transform", "score_samples", "score"]


def cases(table):
    return pytest.mark.parametrize("case", table, ids=[case.given for case in table])


def refuses(case, call, *args, **params):
    """The error has the class and the message of the case, and does not come from torch."""
    with pytest.raises(case.error, match=f"(?s){case.message}") as caught:
        call(*args, **params)
    assert all("torch" not in str(entry.path) for entry in caught.traceback)
    return caught.value


@unnamed
@both
@cases(ROWS)
def test_rows(Estimator, case):
    """The class of the error is that of PCA, and a fitted estimator stays as it was."""
    rows, new, fitted = (
        evaluate(expression, Estimator) for expression in (case.given, "E()", "fitted")
    )
    before = pickle.dumps(new), pickle.dumps(fitted)
    for method in METHODS:
        refuses(case, getattr(new if "fit" in method else fitted, method), rows)
    refuses(case, fitted.partial_fit, rows)
    assert (pickle.dumps(new), pickle.dumps(fitted)) == before
    refuses(case, PCA(2).fit, rows)


@unnamed
@both
@cases(LATER_ROWS)
def test_rows_unlike_those_of_the_fit(Estimator, case):
    named, rows = evaluate("named", Estimator), evaluate(case.given, Estimator)
    before = pickle.dumps(named)
    for method in METHODS[1:]:
        refuses(case, getattr(named, method), rows)
    assert pickle.dumps(named) == before
    refuses(case, PCA(2).fit(evaluate("frame", Estimator)).transform, rows)


@pytest.fixture(scope="module")
def cross_validated():
    return ContractiveAutoencoderCV(4, alphas=[0, 1], cv=2, max_iter=2, random_state=0).fit(
        evaluate("frame", None)
    )


@unnamed
@cases(ROWS)
def test_rows_of_functions_and_joint_trainings(case, cross_validated):
    fitted, rows = (
        evaluate("fitted", ContractiveAutoencoder),
        evaluate(case.given, ContractiveAutoencoder),
    )
    for function in FUNCTIONS.values():
        refuses(case, function, fitted, rows)
    for method in ("fit", "transform", "score_samples", "score"):
        refuses(case, getattr(cross_validated, method), rows)
    refuses(case, contractive_path, rows, [0, 1])


@unnamed
@cases(LATER_ROWS)
def test_rows_of_functions_unlike_those_of_the_fit(case, cross_validated):
    rows = evaluate(case.given, ContractiveAutoencoder)
    for function in [
        *FUNCTIONS.values(),
        *(getattr(type(cross_validated), name) for name in ("transform", "score")),
    ]:
        refuses(case, function, cross_validated, rows)


@cases(WEIGHTS)
def test_weights_of_functions_and_joint_trainings(case, cross_validated):
    weight, fitted = (
        evaluate(case.given, ContractiveAutoencoder),
        evaluate("fitted", ContractiveAutoencoder),
    )
    for name in ("denoising_score", "mean_contraction"):
        refuses(case, FUNCTIONS[name], fitted, X, sample_weight=weight)
    refuses(case, contractive_path, X, [0, 1], sample_weight=weight)
    refuses(case, cross_validated.fit, X, sample_weight=weight)
    refuses(case, cross_validated.score, evaluate("frame", None), sample_weight=weight)


@both
@pytest.mark.parametrize("given", EXTREME)
def test_functions_of_extreme_rows(Estimator, given):
    fitted, rows = evaluate("fitted", Estimator), evaluate(given, Estimator)
    for function in [
        *FUNCTIONS.values(),
        Estimator.transform,
        Estimator.score_samples,
        Estimator.score,
    ]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                values = function(fitted, rows)
            except ValueError as error:
                assert "overflows float64; scale X" in str(error)  # noqa: PT017
                continue
        assert [warning.category for warning in caught] == (
            [] if np.isfinite(values).all() else [UndefinedMetricWarning]
        )


@both
@cases(CODES)
def test_codes(Estimator, case):
    refuses(case, evaluate("fitted", Estimator).inverse_transform, evaluate(case.given, Estimator))


@both
@cases(WEIGHTS)
def test_weights(Estimator, case):
    weight, fitted = evaluate(case.given, Estimator), evaluate("fitted", Estimator)
    before = pickle.dumps(fitted)
    for method in ("fit", "partial_fit", "score"):
        refuses(case, getattr(fitted, method), X, sample_weight=weight)
    assert pickle.dumps(fitted) == before


@both
@cases(CALLS)
def test_calls(Estimator, case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refuses(case, evaluate, case.given, Estimator)


@pytest.mark.parametrize("Estimator", [*ESTIMATORS, ContractiveAutoencoderCV])
def test_every_parameter(Estimator):
    """The value is named, and nothing has been done before it was found wrong."""
    seen = set()
    for name, value in wrong_parameters(Estimator):
        estimator = evaluate("E()", Estimator).set_params(**{name: value})
        with pytest.raises(
            ValueError, match=f"The '{name}' parameter of {Estimator.__name__} must be .* Got "
        ) as caught:
            estimator.fit(X)
        assert str(caught.value).endswith(f"Got {value!r} instead.")
        assert not hasattr(estimator, "n_features_in_")
        seen.add(name)
    assert seen == set(Estimator().get_params())


@both
@pytest.mark.parametrize("kind", [Fraction, np.float32, np.longdouble])
def test_any_number_is_taken_as_its_float(Estimator, kind):
    names = ["learning_rate_init", "momentum", "tol", "validation_fraction", "weight_decay"]
    names.append("alpha" if Estimator is ContractiveAutoencoder else "corruption_level")
    common = {
        "n_components": np.int8(4),
        "max_iter": np.uint64(2),
        "solver": "sgd",
        "early_stopping": True,
        "random_state": 0,
    }
    fits = [
        Estimator(**common, **dict.fromkeys(names, number)).fit(X) for number in (0.25, kind(0.25))
    ]
    np.testing.assert_array_equal(*(fit.transform(X) for fit in fits), strict=True)


def test_a_path_takes_any_number_as_its_float(capsys):
    params = {"n_components": 4, "max_iter": 2, "random_state": 0, "verbose": 1}
    for one, other in zip(
        *(contractive_path(X, [0, kind(0.25)], **params) for kind in (float, Fraction)), strict=True
    ):
        np.testing.assert_array_equal(one.transform(X), other.transform(X))
    assert capsys.readouterr().out.count("[alpha=0.25] Iteration 1, ") == 2


def test_the_longest_path_holds_no_alpha_twice():
    alphas = grid_of(ContractiveAutoencoderCV(4), X, None, _validation.MOST_ALPHAS)
    assert len(set(alphas)) == len(alphas) == _validation.MOST_ALPHAS


@pytest.mark.parametrize("Estimator", [*ESTIMATORS, ContractiveAutoencoderCV])
def test_before_fit(Estimator):
    for function in FUNCTIONS.values():
        with pytest.raises(NotFittedError, match=BEFORE_FIT.format(Estimator.__name__)):
            function(Estimator(), X)
    for method in ("transform", "inverse_transform", "reconstruct", "score_samples", "score"):
        with pytest.raises(NotFittedError, match=BEFORE_FIT.format(Estimator.__name__)):
            getattr(Estimator(), method)(X)


@both
@cases(ACCEPTED)
def test_rows_that_may_look_wrong(Estimator, case):
    """They give codes that are finite; where these say nothing, a warning says so."""
    rows = evaluate(case.given, Estimator)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator = evaluate("E(max_iter=20, learning_rate_init='auto')", Estimator).fit(rows)
    messages = [
        str(warning.message)
        for warning in caught
        if not issubclass(warning.category, ConvergenceWarning)
    ]
    assert bool(messages) == bool(case.message), messages
    if case.message:
        with pytest.warns(case.error, match=case.message):
            Estimator(4, max_iter=20, random_state=0).fit(rows)
    assert np.isfinite(estimator.transform(rows)).all()
    assert np.isfinite(estimator.loss_curve_).all()
    assert np.isfinite(estimator.score_samples(rows)).all()
