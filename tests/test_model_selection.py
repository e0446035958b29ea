"""JointGridSearchCV gives the answers of GridSearchCV."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler

import skcae._joint
from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.model_selection import JointGridSearchCV

X, y = load_digits(return_X_y=True)
X, y = X[:203], y[:203]
ALPHAS = {"cae__alpha": [0, 0.1, 1]}


def pipeline(scaler=None, **knobs):
    knobs = {
        "n_components": 8,
        "max_iter": 8,
        "batch_size": 50,
        "n_iter_no_change": None,
        "random_state": 0,
        **knobs,
    }
    return Pipeline(
        [
            ("scaler", scaler or MinMaxScaler()),
            ("cae", ContractiveAutoencoder(**knobs)),
            ("ridge", RidgeClassifier()),
        ]
    )


def both(estimator, grid, X=X, fit_params=None, **options):
    options = {"cv": KFold(3), **options}
    return [
        kind(clone(estimator), grid, **options).fit(X, y, **(fit_params or {}))
        for kind in (JointGridSearchCV, GridSearchCV)
    ]


def assert_same_answers(joint, plain):
    assert joint.cv_results_.keys() == plain.cv_results_.keys()
    for key, values in plain.cv_results_.items():
        if "score" in key and "time" not in key:
            np.testing.assert_allclose(joint.cv_results_[key], values, rtol=1e-9, err_msg=key)
    assert str(joint.cv_results_["params"]) == str(plain.cv_results_["params"])
    assert (joint.best_index_, joint.best_params_) == (plain.best_index_, plain.best_params_)
    np.testing.assert_array_equal(joint.predict(X), plain.predict(X))


CASES = {
    "alpha": (pipeline(), ALPHAS),
    "alpha and a step after": (pipeline(), {**ALPHAS, "ridge__alpha": [0.1, 10]}),
    "alpha and a step before": (pipeline(), {**ALPHAS, "scaler": [MinMaxScaler(), MaxAbsScaler()]}),
    "architecture": (pipeline(), {**ALPHAS, "cae__n_components": [4, 8]}),
    "activations": (
        pipeline(hidden_layer_sizes=(9,), activation="tanh"),
        {**ALPHAS, "cae__code_activation": [None, "identity", "elu"]},
    ),
    "learning rate and decay": (
        pipeline(),
        {"cae__learning_rate_init": [0.01, 0.1], "cae__weight_decay": [0, 0.1]},
    ),
    "another step in its place": (pipeline(), [ALPHAS, {"cae": [PCA(4), "passthrough"]}]),
    "early stopping": (pipeline(early_stopping=True, n_iter_no_change=2), ALPHAS),
    "denoising": (
        make_pipeline(
            MinMaxScaler(), DenoisingAutoencoder(8, max_iter=5, random_state=0), RidgeClassifier()
        ),
        {"denoisingautoencoder__corruption_level": [0.1, 0.5]},
    ),
    "none of ours": (
        make_pipeline(PCA(random_state=0), RidgeClassifier()),
        {"pca__n_components": [3, 6]},
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("estimator", "grid"), CASES.values(), ids=CASES)
def test_scores_are_those_of_grid_search(estimator, grid):
    """203 rows in three folds are unequal folds."""
    assert_same_answers(*both(estimator, grid, return_train_score=True))


@pytest.mark.parametrize(
    "grid",
    [ALPHAS, {**ALPHAS, "ridge__alpha": [0.1, 1, 10]}],
    ids=["alpha", "alpha and a step after"],
)
def test_autoencoders_are_trained_together_and_once(grid, monkeypatch):
    calls = []
    original = skcae._joint.fit_group
    monkeypatch.setattr(
        skcae._joint,
        "fit_group",
        lambda group, *rest: calls.append(len(group)) or original(group, *rest),
    )
    JointGridSearchCV(pipeline(), grid, cv=3).fit(X, y)
    assert calls == [9]


def test_sparse_rows_and_weights():
    weights = {"cae__sample_weight": np.arange(len(X)) % 3}
    assert_same_answers(*both(pipeline(MaxAbsScaler()), ALPHAS, sparse.csr_array(X), weights))


def test_several_scores_and_threads():
    scoring = {
        "accuracy": "accuracy",
        "rows": lambda estimator, X, y: float(len(estimator.named_steps) * len(X)),
    }
    assert_same_answers(*both(pipeline(), ALPHAS, scoring=scoring, refit="accuracy", n_jobs=2))


def test_a_candidate_that_fails_gets_the_error_score():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        joint, plain = both(pipeline(), {"cae__alpha": [0.1, -1.0]}, error_score=-7.0)
    assert_same_answers(joint, plain)
    assert joint.cv_results_["mean_test_score"][1] == -7
    assert sum(issubclass(warning.category, FitFailedWarning) for warning in caught) == 2


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        *(({"cae__alpha": [value]}, "alpha") for value in (-1.0, np.nan, "big")),
        ({"cae__alpha": []}, "non-empty|empty"),
        ({"sae__alpha": [1]}, "sae"),
    ],
)
def test_bad_grids_raise_before_training(grid, message, monkeypatch):
    monkeypatch.setattr(skcae._path, "train", None)
    with pytest.raises(ValueError, match=message):
        JointGridSearchCV(pipeline(), grid, cv=3, error_score="raise").fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_autoencoder_without_a_pipeline():
    joint, plain = both(pipeline()["cae"], {"alpha": [0, 1]})
    np.testing.assert_allclose(
        joint.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"], rtol=1e-9
    )
    assert type(joint.best_estimator_) is ContractiveAutoencoder
    np.testing.assert_allclose(joint.transform(X), plain.transform(X), rtol=1e-9)
