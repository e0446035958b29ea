"""ContractiveAutoencoderCV is a grid search over alpha, and then the autoencoder of the best."""

import inspect
import pickle
from functools import partial

import numpy as np
import pytest
from estimators import collapsing, saturating, short_fits
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    _alpha_grid,
    _contractive_cv,
    _together,
)
from skcae.core.activations import ACTIVATIONS
from skcae.core.model import Architecture
from skcae.inspection import AlphaPathDisplay, contraction
from skcae.metrics import denoising_score, linear_probe_score

pytestmark = short_fits

GENERATOR = np.random.RandomState(0)
X = GENERATOR.uniform(size=(80, 3)) @ GENERATOR.uniform(size=(3, 7)) / 3
y = (X.sum(1) > np.median(X.sum(1))).astype(int)
WEIGHT = np.random.RandomState(1).choice([0.0, 1.0, 2.0], size=80)
ALPHAS = [0, 0.03, 1, 30]
COMMON = {
    "n_components": 7,
    "batch_size": 20,
    "max_iter": 30,
    "n_iter_no_change": None,
    "random_state": 0,
}


def assert_is_the_single_fit(chosen, X=X, sample_weight=None, **parameters):
    alone = ContractiveAutoencoder(alpha=chosen.alpha_, **COMMON | parameters).fit(
        X, sample_weight=sample_weight
    )
    for mine, theirs in zip(
        chosen.coefs_ + chosen.intercepts_, alone.coefs_ + alone.intercepts_, strict=True
    ):
        assert_array_equal(mine, theirs)
    assert_array_equal(chosen.transform(X), alone.transform(X))
    assert chosen.score(X) == alone.score(X)
    assert chosen.contraction_curve_ == alone.contraction_curve_


@pytest.mark.parametrize(
    "scoring", [None, partial(denoising_score, noise=0.3), partial(linear_probe_score, cv=2)]
)
def test_scores_and_choice_are_those_of_grid_search(scoring):
    plain = GridSearchCV(
        ContractiveAutoencoder(**COMMON),
        {"alpha": ALPHAS},
        scoring=scoring or denoising_score,
        cv=KFold(3),
    ).fit(X, y)
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, scoring=scoring, cv=3, **COMMON).fit(X, y)
    assert (chosen.alpha_, chosen.best_index_) == (plain.best_params_["alpha"], plain.best_index_)
    assert chosen.n_splits_ == 3
    assert_array_equal(chosen.alphas_, ALPHAS)
    assert_allclose(chosen.best_score_, plain.best_score_, rtol=1e-9)
    for name, values in chosen.cv_results_.items():
        if name.endswith("_score"):
            assert_allclose(values, plain.cv_results_[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert chosen.cv_results_["params"] == [{"alpha": alpha} for alpha in ALPHAS]
    assert_is_the_single_fit(chosen)


def test_some_contraction_is_chosen():
    chosen = ContractiveAutoencoderCV(
        alphas=ALPHAS, scoring=partial(denoising_score, noise=2.0), **COMMON | {"max_iter": 100}
    ).fit(X)
    assert 0 < chosen.alpha_ < 30


def test_a_named_score():
    chosen = ContractiveAutoencoderCV(
        alphas=ALPHAS, scoring=lambda estimator, X, y: -abs(estimator.alpha - 1), **COMMON
    )
    assert chosen.fit(X).alpha_ == 1


def test_all_alphas_of_all_folds_train_together(monkeypatch):
    groups, fit_group = [], _contractive_cv.fit_group
    monkeypatch.setattr(
        _contractive_cv,
        "fit_group",
        lambda group, *rest: groups.append(len(group)) or fit_group(group, *rest),
    )
    ContractiveAutoencoderCV(alphas=ALPHAS, cv=ShuffleSplit(3, random_state=0), **COMMON).fit(X)
    assert groups == [12]


@pytest.mark.parametrize(
    "convert", [sparse.csr_array, np.asfortranarray, lambda X: X.astype(np.float32)]
)
def test_kinds_of_rows(convert):
    rows = convert(X)
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, cv=3, **COMMON).fit(rows)
    dense = ContractiveAutoencoderCV(alphas=ALPHAS, cv=3, **COMMON).fit(X)
    assert chosen.alpha_ == dense.alpha_
    assert_allclose(chosen.best_score_, dense.best_score_, rtol=1e-3)
    assert_is_the_single_fit(chosen, rows)


@pytest.mark.parametrize("score_takes_weights", [True, False])
def test_weighted_rows(score_takes_weights):
    def unweighted(estimator, X, y):
        return denoising_score(estimator, X)

    folds = list(KFold(3).split(X))
    scoring = None if score_takes_weights else unweighted
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, cv=folds, scoring=scoring, **COMMON).fit(
        X, sample_weight=WEIGHT
    )
    train, test = (part[WEIGHT[part] > 0] for part in folds[1])
    alone = ContractiveAutoencoder(alpha=ALPHAS[2], **COMMON).fit(
        X[train], sample_weight=WEIGHT[train]
    )
    expected = denoising_score(
        alone, X[test], sample_weight=WEIGHT[test] if score_takes_weights else None
    )
    assert_allclose(chosen.cv_results_["split1_test_score"][2], expected, rtol=1e-9)
    assert_is_the_single_fit(chosen, sample_weight=WEIGHT)


@saturating
def test_a_path_chosen_by_the_data():
    chosen = ContractiveAutoencoderCV(alphas=5, cv=2, **COMMON | {"max_iter": 1}).fit(X)
    middle = X.var(0).sum() / (
        7 / 16
    )  # seven logistic units of squared slope 1/16 and weights of variance 1/7
    assert_allclose(chosen.alphas_, np.geomspace(0.03 * middle, 3 * middle, 5), rtol=0.005)
    scaled = ContractiveAutoencoderCV(
        alphas=5, cv=2, **COMMON | {"max_iter": 1, "random_state": 3}
    ).fit(10 * X + 5)
    assert_allclose(scaled.alphas_, 100 * chosen.alphas_, rtol=0.01)
    weighted = ContractiveAutoencoderCV(alphas=5, cv=2, **COMMON | {"max_iter": 1}).fit(
        X, sample_weight=WEIGHT
    )
    repeated = ContractiveAutoencoderCV(alphas=5, cv=2, **COMMON | {"max_iter": 1}).fit(
        np.repeat(X, WEIGHT.astype(int), 0)
    )
    assert_array_equal(weighted.alphas_, repeated.alphas_)


@collapsing
@pytest.mark.parametrize("code_activation", [None, "identity"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden_layer_sizes", [(), (50,)])
def test_the_expected_contraction_is_the_mean_one_at_the_start(
    activation, code_activation, hidden_layer_sizes
):
    parameters = {
        "activation": activation,
        "code_activation": code_activation,
        "hidden_layer_sizes": hidden_layer_sizes,
        "n_components": 30,
    }
    rows = np.random.RandomState(0).normal(size=(20, 40)) * (1 if "relu" in activation else 1e-6)
    starts = [
        ContractiveAutoencoder(
            **parameters, max_iter=1, learning_rate_init=1e-12, random_state=seed
        ).fit(rows)
        for seed in range(5)
    ]
    mean = np.mean([contraction(start, rows) for start in starts])
    architecture = Architecture((40, *hidden_layer_sizes, 30), activation, True, code_activation)
    assert_allclose(_alpha_grid.initial_contraction(architecture), mean, rtol=0.2)


def test_parameters_are_those_of_the_autoencoder_but_alpha_and_warm_start():
    theirs, mine = (
        inspect.signature(kind).parameters
        for kind in (ContractiveAutoencoder, ContractiveAutoencoderCV)
    )
    assert set(mine) == set(theirs) - {"alpha", "warm_start"} | {"alphas", "cv", "scoring"}
    assert all(mine[name].default == theirs[name].default for name in mine if name in theirs)
    given = {
        "n_components": 3,
        "loss": "cross_entropy",
        "weight_decay": 0.1,
        "hidden_layer_sizes": (5,),
        "device": "cpu",
    }
    candidate = ContractiveAutoencoderCV(**given)._with(0.5).get_params()
    assert candidate == ContractiveAutoencoder(alpha=0.5, **given).get_params()


def test_life_of_an_estimator():
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, cv=2, **COMMON)
    pipe = make_pipeline(MinMaxScaler(), chosen, RidgeClassifier()).fit(X, y)
    assert pipe.score(X, y) > 0.8
    assert pipe[:-1].get_feature_names_out()[0] == "contractiveautoencodercv0"
    assert not hasattr(clone(pipe[1]), "alpha_")
    restored = pickle.loads(pickle.dumps(pipe))
    assert_array_equal(restored.predict(X), pipe.predict(X))
    assert_allclose(contraction(pipe[1], X).mean(), contraction(restored[1], X).mean())
    assert denoising_score(pipe, X) == denoising_score(restored, X)
    assert pipe[1].inverse_transform(pipe[1].transform(X)).shape == X.shape


def test_results_can_be_plotted():
    pytest.importorskip("matplotlib").use("agg")
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, cv=3, **COMMON).fit(X)
    assert AlphaPathDisplay.from_cv_results(chosen).lines_[0].get_ydata().tolist() == pytest.approx(
        chosen.cv_results_["mean_test_score"].tolist()
    )


@pytest.mark.filterwarnings("error:The code has collapsed")
def test_candidates_may_collapse_without_a_warning():
    chosen = ContractiveAutoencoderCV(alphas=[0.1, 1e4], cv=2, **COMMON).fit(X)
    assert chosen.alpha_ == 0.1


def test_verbose_reports_the_joint_training_and_the_last_fit(capsys):
    ContractiveAutoencoderCV(alphas=ALPHAS, cv=2, **COMMON | {"verbose": 1, "max_iter": 3}).fit(X)
    printed = capsys.readouterr().out
    assert printed.startswith(f"Training {2 * len(ALPHAS)} autoencoders together, group 1 of 1\n")
    assert printed.count("Iteration 3") == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"alphas": []}, "alphas is empty"),
        ({"alphas": [0.1, -1]}, "alphas holds -1; every contraction strength"),
        ({"alphas": [0.1, np.nan]}, "alphas holds nan"),
        ({"alphas": ["a"]}, "alphas holds 'a'"),
        ({"alphas": [1, 1]}, "alphas holds 1 more than once"),
        ({"alphas": 1}, "The 'alphas' parameter"),
        ({"alphas": 0.1}, "The 'alphas' parameter"),
        ({"cv": 1}, "cv|n_splits"),
        ({"cv": 100}, "n_splits=100"),
        ({"scoring": "nonsense"}, "nonsense"),
        ({"max_iter": 0}, "max_iter"),
        ({"loss": "cross_entropy"}, "needs every value of X in"),
    ],
    ids=str,
)
def test_bad_input_raises_before_training_and_changes_nothing(parameters, message, monkeypatch):
    monkeypatch.setattr(_together, "train", None)
    chosen = ContractiveAutoencoderCV(**COMMON | parameters)
    before = dict(vars(chosen))
    with pytest.raises(ValueError, match=message):
        chosen.fit(X * 2)
    assert vars(chosen) == before


def test_rows_without_spread():
    with pytest.raises(ValueError, match="follows the spread of X, whose rows are all equal"):
        ContractiveAutoencoderCV(**COMMON).fit(np.ones((20, 3)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_folds_without_a_score():
    rows = X.copy()
    rows[:40] = 0.5
    chosen = ContractiveAutoencoderCV(alphas=ALPHAS, cv=2, **COMMON).fit(rows)
    assert np.isnan(chosen.cv_results_["split0_test_score"]).all()
    assert chosen.best_score_ == chosen.cv_results_["split1_test_score"].max()
    with pytest.raises(ValueError, match="The score is nan on every fold; take fewer folds"):
        ContractiveAutoencoderCV(alphas=ALPHAS, cv=len(X), **COMMON | {"max_iter": 1}).fit(X)


def test_no_partial_fit():
    """An alpha is chosen on all rows at once."""
    assert not hasattr(ContractiveAutoencoderCV(), "partial_fit")
    assert "warm_start" not in ContractiveAutoencoderCV().get_params()


class WithMore(ContractiveAutoencoderCV):
    """A subclass with a parameter of its own."""

    def __init__(self, n_components=3, *, note="", alphas=(0, 1), cv=2, max_iter=2):
        super().__init__(n_components, alphas=alphas, cv=cv, max_iter=max_iter)
        self.note = note


class WithFewer(ContractiveAutoencoderCV):
    """A subclass that fixes most parameters."""

    def __init__(self, n_components=3):
        super().__init__(n_components, alphas=[0, 1], cv=2, max_iter=2, random_state=0)


@pytest.mark.parametrize("Estimator", [WithMore, WithFewer])
def test_subclasses_may_have_other_parameters(Estimator):
    estimator = clone(Estimator(n_components=2)).fit(X)
    assert estimator.transform(X).shape == (len(X), 2)
    assert estimator.alpha_ in (0, 1)
