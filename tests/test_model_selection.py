"""JointGridSearchCV gives the answers of GridSearchCV."""

import copy
import pickle
import warnings
import weakref

import numpy as np
import pandas as pd
import pytest
import torch
from estimators import any_fit
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

import skcae._joint
from skcae import ContractiveAutoencoder, DenoisingAutoencoder, FinetunedClassifier
from skcae._finished import LENT, FinishedTrainings, FinishedTrainingsMixin
from skcae.model_selection import JointGridSearchCV

pytestmark = any_fit

X, y = load_digits(return_X_y=True)
X, y = X[:203] / 16, y[:203]
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


def classifier(encoder, **params):
    return FinetunedClassifier(encoder, max_iter=3, **{"random_state": 0, **params})


CLASSIFIERS = {
    "classifier": (classifier(pipeline()["cae"]), {"encoder__alpha": [0, 1]}),
    "classifier on a stack": (
        classifier(pipeline()[:-1]),
        {"encoder__cae__alpha": [0, 1], "C": [0.1, 1]},
    ),
    "classifier on a stack of another step": (
        classifier(pipeline()[:-1]),
        {"encoder__cae__alpha": [0, 1], "encoder__scaler": [MinMaxScaler(), MaxAbsScaler()]},
    ),
    "classifier in a pipeline": (
        make_pipeline(MaxAbsScaler(), classifier(pipeline()[:-1])),
        {"finetunedclassifier__encoder__cae__alpha": [0, 1]},
    ),
    "classifier with the seed": (
        classifier(pipeline(PCA(6, svd_solver="randomized"), random_state=None)[:-1]),
        {"encoder__cae__alpha": [0, 1], "random_state": [0, 1]},
    ),
    "classifier with encoders": (
        classifier(None),
        {"encoder": [pipeline()["cae"], pipeline(n_components=6)[:-1]]},
    ),
}


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
    **CLASSIFIERS,
    "none of ours": (
        make_pipeline(PCA(random_state=0), RidgeClassifier()),
        {"pca__n_components": [3, 6]},
    ),
}


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
    monkeypatch.setattr(skcae._together, "train", None)
    with pytest.raises(ValueError, match=message):
        JointGridSearchCV(pipeline(), grid, cv=3, error_score="raise").fit(X, y)


def test_an_autoencoder_without_a_pipeline():
    joint, plain = both(pipeline()["cae"], {"alpha": [0, 1]})
    np.testing.assert_allclose(
        joint.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"], rtol=1e-9
    )
    assert type(joint.best_estimator_) is ContractiveAutoencoder
    np.testing.assert_allclose(joint.transform(X), plain.transform(X), rtol=1e-9)


# Finding the trainings that are finished


@pytest.fixture
def own_trainings(monkeypatch):
    """The autoencoders whose fit did not find their training finished."""
    estimators = []
    original = FinishedTrainingsMixin._take_finished

    def take(self, *rows):
        found = original(self, *rows)
        estimators.extend([] if found else [self])
        return found

    monkeypatch.setattr(FinishedTrainingsMixin, "_take_finished", take)
    return estimators


def frame(X):
    return pd.DataFrame(X, columns=[f"pixel {k}" for k in range(X.shape[1])])


CAES = [pipeline(n_components=size)["cae"] for size in (4, 6)]
GROUPS = np.arange(len(X)) % 5
FOUND = {
    "array": (pipeline(), ALPHAS, X, {}, {}),
    "alone": (pipeline()["cae"], {"alpha": [0, 1]}, X, {}, {}),
    "no seed": (pipeline(random_state=None), ALPHAS, X, {}, {}),
    "generator": (pipeline(random_state=np.random.RandomState(0)), ALPHAS, X, {}, {}),
    "frame": (pipeline()["cae"], {"alpha": [0, 1]}, frame(X), {}, {}),
    "output in a frame": (pipeline().set_output(transform="pandas"), ALPHAS, frame(X), {}, {}),
    "list": (pipeline()["cae"], {"alpha": [0, 1]}, X.tolist(), {}, {}),
    "tensor": (pipeline()["cae"], {"alpha": [0, 1]}, torch.tensor(X), {}, {}),
    "sparse": (pipeline()["cae"], {"alpha": [0, 1]}, sparse.coo_array(X), {}, {}),
    "weights": (pipeline(), ALPHAS, X, {"cae__sample_weight": GROUPS}, {}),
    "groups": (pipeline(), ALPHAS, X, {"groups": GROUPS}, {"cv": GroupKFold(3)}),
    "splitter without a seed": (pipeline(), ALPHAS, X, {}, {"cv": ShuffleSplit(3)}),
    "generator of splits": (pipeline(), ALPHAS, X, {}, {"cv": KFold(3).split}),
    "threads": (pipeline(), ALPHAS, X, {}, {"n_jobs": 2}),
    "autoencoders in the grid": (pipeline(), {"cae": CAES}, X, {}, {"n_jobs": 2}),
    "steps in the grid": (pipeline(), {"steps": [pipeline().steps]}, X, {}, {}),
    **{name: (*case, X, {}, {}) for name, case in CLASSIFIERS.items()},
    "classifier with weights": (
        classifier(make_pipeline(StandardScaler(), *pipeline()[1:-1])),
        {"encoder__contractiveautoencoder__alpha": [0, 1]},
        np.float32(X),
        {"sample_weight": 1 + GROUPS},
        {},
    ),
}


@pytest.mark.parametrize(("estimator", "grid", "X", "params", "options"), FOUND.values(), ids=FOUND)
def test_only_the_refit_is_trained_by_itself(estimator, grid, X, params, options, own_trainings):
    options = {"cv": 3, **options}
    if callable(options["cv"]):
        options["cv"] = options["cv"](X)
    JointGridSearchCV(clone(estimator), grid, **options).fit(X, y, **params)
    assert len(own_trainings) == 1


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a short fit
    QUICK = pipeline()["cae"].fit(X)


@pytest.mark.parametrize(
    "estimator",
    [
        classifier(pipeline(random_state=None)["cae"], random_state=np.random.RandomState(0)),
        classifier(FrozenEstimator(QUICK)),
    ],
    ids=["generator", "frozen"],
)
def test_encoders_of_classifiers_are_not_trained_for_nothing(estimator, monkeypatch):
    monkeypatch.setattr(skcae._joint, "fit_group", None)
    JointGridSearchCV(estimator, {"C": [0.1, 1]}, cv=3, error_score="raise").fit(X, y)


class Halves(TransformerMixin, BaseEstimator):
    """Half of X, which counts its fits, and adds noise if asked to."""

    n_fits = 0

    def __init__(self, noise=0.0):
        self.noise = noise

    def fit(self, X, y=None):
        Halves.n_fits += 1
        return self

    def transform(self, X):
        return X / 2 + self.noise * np.random.default_rng().normal(size=X.shape)

    def __sklearn_is_fitted__(self):
        return True


@pytest.mark.parametrize(("cached", "n_fits"), [(False, 3 + 9 + 1), (True, 3 + 1)])
def test_steps_before_are_fitted_once_per_fold_with_a_memory(cached, n_fits, tmp_path, monkeypatch):
    monkeypatch.setattr(Halves, "n_fits", 0)
    estimator = pipeline(Halves()).set_params(memory=str(tmp_path) if cached else None)
    JointGridSearchCV(estimator, ALPHAS, cv=3).fit(X, y)
    assert Halves.n_fits == n_fits


def test_rows_that_come_out_otherwise_are_trained_in_the_ordinary_way(own_trainings):
    search = JointGridSearchCV(pipeline(Halves(noise=0.1)), ALPHAS, cv=3).fit(X, y)
    assert len(own_trainings) == 9 + 1
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


class Scaled(ContractiveAutoencoder):
    """Has a fit of its own."""

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X / 16, y, sample_weight)


@pytest.mark.parametrize("grid", [{"alpha": [0, 1]}, {"warm_start": [True]}])
@pytest.mark.parametrize("kind", [ContractiveAutoencoder, Scaled])
def test_a_class_with_a_fit_of_its_own_and_a_warm_start(kind, grid):
    estimator = kind(8, max_iter=3, random_state=0, warm_start=True).fit(X[:50])
    joint, plain = both(estimator, grid)
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_allclose(joint.cv_results_[name], plain.cv_results_[name], rtol=1e-9)
    np.testing.assert_array_equal(joint.transform(X), plain.transform(X))
    np.testing.assert_array_equal(joint.best_estimator_.fit(X).n_iter_, 6)


@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning:sklearn")
@pytest.mark.filterwarnings(
    "ignore:One or more of the test scores are non-finite:UserWarning:sklearn"
)
def test_metadata_routing_is_left_to_grid_search(own_trainings):
    with config_context(enable_metadata_routing=True):
        estimator = pipeline()
        estimator["cae"].set_fit_request(sample_weight=True)
        estimator["ridge"].set_fit_request(sample_weight=False)
        estimator["ridge"].set_score_request(sample_weight=False)
        options = {"cv": 3, "refit": False}
        joint, plain = (
            kind(estimator, ALPHAS, **options).fit(X, y, sample_weight=GROUPS)
            for kind in (JointGridSearchCV, GridSearchCV)
        )
    assert len(own_trainings) == 2 * 9
    np.testing.assert_array_equal(
        joint.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )


def frames_out(estimator, X, y):
    return float(isinstance(estimator["cae"].transform(X), pd.DataFrame))


def test_equal_autoencoders_keep_their_output():
    cae = CAES[0]
    grid = {"cae": [cae, clone(cae).set_output(transform="pandas")]}
    search = JointGridSearchCV(pipeline(), grid, cv=3, scoring=frames_out, refit=False)
    assert search.fit(X, y).cv_results_["mean_test_score"].tolist() == [0, 1]


# What is left behind


@pytest.fixture
def tables(monkeypatch):
    """References to all tables of finished trainings."""
    references = []

    def new():
        table = FinishedTrainings()
        references.append(weakref.ref(table))
        return table

    monkeypatch.setattr(skcae._joint, "FinishedTrainings", new)
    return references


def failing(estimator, X, y):
    raise RuntimeError("no score")


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_the_joint_training_stays(fails, tables):
    search = JointGridSearchCV(pipeline(), {"cae": CAES}, cv=3, error_score="raise")
    search.set_params(scoring=failing if fails else None)
    before = {*vars(search)}
    if fails:
        with pytest.raises(RuntimeError, match="no score"):
            search.fit(X, y)
    else:
        search.fit(X, y)
        before |= set(vars(GridSearchCV(pipeline(), {"cae": CAES}, cv=3).fit(X, y)))
        assert vars(search).keys() == before
        kept = [search.best_estimator_["cae"], search.best_params_["cae"]]
        assert not any(LENT in vars(estimator) for estimator in (*kept, *map(clone, kept)))
    assert not any(LENT in vars(estimator) for estimator in (*CAES, search.estimator["cae"]))
    assert [reference() for reference in tables] == [None]


def test_clones_ask_the_table_and_files_do_not_hold_it(own_trainings):
    """A process that is sent an estimator trains it."""
    cae = clone(CAES[0])
    table = FinishedTrainings({"another training": {}})
    with table.lent_to([("cae", cae)]):
        borrower = clone(clone(cae))
        duplicate = copy.copy(borrower)
        assert vars(borrower)[LENT]() is vars(duplicate)[LENT]() is table
        assert LENT not in borrower.get_params()
        sent = pickle.loads(pickle.dumps(borrower))
        assert not hasattr(sent, LENT)
        sent.fit(X)
        assert not hasattr(borrower.fit(X), LENT)
        assert len(own_trainings) == 2
    assert LENT not in vars(cae)
    assert LENT in vars(clone(duplicate))
    del table
    assert LENT not in vars(clone(duplicate))


def test_a_search_in_a_search_of_processes():
    """Each worker trains its own together."""
    scores = [
        cross_val_score(kind(pipeline(), ALPHAS, cv=2), X, y, cv=2, n_jobs=n_jobs)
        for kind, n_jobs in ((JointGridSearchCV, 2), (GridSearchCV, None))
    ]
    np.testing.assert_allclose(*scores, rtol=1e-9)
