"""Autoencoders fitted together are those fitted alone."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _path, contractive_path
from skcae._path import fit_group, grouped
from skcae.core.solvers import Adam

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.RandomState(0).uniform(size=(90, 7))
WEIGHT = np.random.RandomState(1).choice([0.0, 0.5, 1.0, 3.0], size=90)
ALPHAS = [0, 0.01, 0.3, 2.0]
COMMON = {"n_components": 4, "batch_size": 25, "max_iter": 12, "random_state": 0}
FITTED = [
    "loss_curve_",
    "reconstruction_curve_",
    "contraction_curve_",
    "validation_scores_",
    "best_validation_score_",
]


def assert_same(actual, expected, rtol=1e-9):
    for mine, theirs in zip(
        actual.coefs_ + actual.intercepts_, expected.coefs_ + expected.intercepts_, strict=True
    ):
        assert mine.dtype == theirs.dtype
        assert_allclose(mine, theirs, rtol=rtol, atol=rtol * np.abs(theirs).max())
    assert set(vars(actual)) == set(vars(expected))
    for name in set(FITTED) & set(vars(expected)):
        assert_allclose(getattr(actual, name), getattr(expected, name), rtol=max(rtol, 1e-9))
    for name in ("n_iter_", "n_samples_seen_", "n_features_in_", "learning_rate_"):
        assert getattr(actual, name) == getattr(expected, name), name
    assert_array_equal(actual._generator_state, expected._generator_state)


def fit_together(estimators, data, tolerant=False):
    for group in grouped(estimators, data, tolerant):
        fit_group(group, lambda member, epoch: None, tolerant)


def assert_path_is_single_fits(X=X, sample_weight=None, rtol=1e-9, **parameters):
    path = contractive_path(X, ALPHAS, sample_weight=sample_weight, **COMMON | parameters)
    for alpha, estimator in zip(ALPHAS, path, strict=True):
        alone = ContractiveAutoencoder(alpha=alpha, **COMMON | parameters).fit(
            X, sample_weight=sample_weight
        )
        assert_same(estimator, alone, rtol)
    return path


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "cross_entropy", "activation": "tanh"},
        {"hidden_layer_sizes": (6,)},
        {"hidden_layer_sizes": (6,), "penalty": "exact"},
        {"penalty": "hutchinson"},
        {"tied_weights": False},
        {"tied_weights": False, "hidden_layer_sizes": (5,), "activation": "softplus"},
        {"hidden_layer_sizes": (6,), "activation": "tanh", "code_activation": "identity"},
        {"early_stopping": True},
        {"early_stopping": True, "hidden_layer_sizes": (6,), "max_iter": 30, "tol": 0.01},
        {"solver": "sgd", "learning_rate_init": 0.01, "weight_decay": 0.001},
        {"batch_size": "auto"},
        {"shuffle": False, "learning_rate": "constant"},
    ],
    ids=str,
)
def test_path_is_the_single_fits(parameters):
    path = assert_path_is_single_fits(**parameters)
    assert [estimator.alpha for estimator in path] == ALPHAS


@pytest.mark.parametrize("early_stopping", [False, True])
def test_weighted_rows(early_stopping):
    assert_path_is_single_fits(sample_weight=WEIGHT, early_stopping=early_stopping)


@pytest.mark.parametrize(
    ("convert", "rtol"),
    [
        (sparse.csr_matrix, 1e-9),
        (sparse.csr_array, 1e-9),
        (lambda X: X.astype(np.float32), 1e-4),
        (lambda X: np.asfortranarray(X), 1e-9),
        (lambda X: (X * 9).astype(int), 1e-9),
        (lambda X: X.tolist(), 1e-9),
    ],
    ids=["csr_matrix", "csr_array", "float32", "fortran", "int", "list"],
)
def test_kinds_of_rows(convert, rtol):
    assert_path_is_single_fits(convert(X), rtol=rtol)


def test_float32_stays_float32():
    (estimator,) = contractive_path(X.astype(np.float32), [0.1], **COMMON)
    assert {array.dtype for array in estimator.coefs_ + estimator.intercepts_} == {
        np.dtype(np.float32)
    }


def test_names_of_features():
    frame = pd.DataFrame(X, columns=list("abcdefg"))
    for estimator in assert_path_is_single_fits(frame):
        assert_array_equal(estimator.feature_names_in_, list("abcdefg"))


def test_models_stop_one_by_one():
    path = assert_path_is_single_fits(
        tol=0.02, n_iter_no_change=2, max_iter=60, learning_rate="constant", learning_rate_init=0.1
    )
    assert len({estimator.n_iter_ for estimator in path}) > 1


def test_a_model_that_has_stopped_costs_nothing(monkeypatch):
    models_in_step, step = [], Adam.step

    def counted(self, flat, *rest):
        models_in_step.append(len(flat))
        step(self, flat, *rest)

    monkeypatch.setattr(Adam, "step", counted)
    parameters = COMMON | {
        "batch_size": 90,
        "tol": 0.02,
        "n_iter_no_change": 2,
        "max_iter": 60,
        "learning_rate": "constant",
    }
    path = contractive_path(X, ALPHAS, **parameters)
    epochs = [estimator.n_iter_ for estimator in path]
    assert len(set(epochs)) > 1
    assert sum(models_in_step) == sum(epochs)


def test_groups_hold_a_bounded_number_of_models(monkeypatch):
    sizes, train = [], _path.train

    def recorded(state, *rest):
        sizes.append(len(state.flat) if state.flat.dim() == 2 else 1)
        return train(state, *rest)

    monkeypatch.setattr(_path, "train", recorded)
    task = ContractiveAutoencoder(**COMMON)._training(X, None)
    monkeypatch.setitem(_path.TOGETHER_ELEMENTS, "cpu", 2 * _path._elements(task))
    assert_path_is_single_fits(early_stopping=True)
    monkeypatch.setitem(_path.TOGETHER_ELEMENTS, "cpu", 1)
    assert_path_is_single_fits()
    assert sizes == [2, 2, 1, 1, 1, 1]


def test_groups_are_of_whole_sources_where_that_can_be(monkeypatch):
    other, third = X[:85].copy(), X[5:].copy()
    monkeypatch.setitem(
        _path.TOGETHER_ELEMENTS,
        "cpu",
        4 * _path._elements(ContractiveAutoencoder(**COMMON)._training(X, None)),
    )

    def sources(*counts):
        data = [
            (rows, None)
            for rows, count in zip((X, other, third), counts, strict=True)
            for _ in range(count)
        ]
        groups = grouped([ContractiveAutoencoder(**COMMON) for _ in data], data)
        return [[len(member.training.stream.rows.X) for member in group] for group in groups]

    assert sources(3, 2, 2) == [[90] * 3, [85] * 4]
    assert sources(5, 1, 0) == [[90] * 3, [90] * 2 + [85]]


def test_without_a_seed_all_start_alike():
    """Most weights, that is: Adam's first step of one whose gradient is about zero may have either sign."""
    first, second, again = contractive_path(
        X, [0, 0.0001, 1], **COMMON | {"random_state": None, "max_iter": 1}
    )
    (other,) = contractive_path(X, [0], **COMMON | {"random_state": None, "max_iter": 1})
    apart = [
        float(np.median(np.abs(fit.coefs_[0] - first.coefs_[0]))) for fit in (second, again, other)
    ]
    assert apart[0] < 1e-3
    assert min(apart[1:]) > 1e-2


def test_a_random_state_is_that_of_the_single_fit_and_is_not_used_up():
    random_state = np.random.RandomState(5)
    path = contractive_path(X, ALPHAS, **COMMON | {"random_state": random_state})
    for alpha, estimator in zip(ALPHAS, path, strict=True):
        alone = ContractiveAutoencoder(
            alpha=alpha, **COMMON | {"random_state": np.random.RandomState(5)}
        ).fit(X)
        assert_same(estimator, alone)
    assert random_state.randint(1 << 30) == np.random.RandomState(5).randint(1 << 30)


def test_fits_that_diverge_recover_as_they_do_alone():
    path = assert_path_is_single_fits(solver="sgd", learning_rate_init=50.0, max_iter=20)
    assert any(estimator.learning_rate_ < 50 for estimator in path)


def test_only_the_models_that_diverge_go_back():
    rates = [1e-3, 1e3]
    together = [ContractiveAutoencoder(learning_rate_init=rate, **COMMON) for rate in rates]
    fit_together(together, [(X, None)] * 2)
    for rate, estimator in zip(rates, together, strict=True):
        assert_same(estimator, ContractiveAutoencoder(learning_rate_init=rate, **COMMON).fit(X))
    assert together[0].learning_rate_ == rates[0]
    assert together[1].learning_rate_ < rates[1]


def test_a_divergence_at_every_rate_is_an_error():
    with pytest.raises(ValueError, match="The objective diverged with learning_rate_init="):
        contractive_path(X, ALPHAS, **{**COMMON, "learning_rate_init": 1e307})


def test_what_may_differ_trains_together_and_the_rest_in_groups(monkeypatch):
    sizes, train = [], _path.train

    def recorded(state, *rest):
        sizes.append(len(state.flat) if state.flat.dim() == 2 else 1)
        return train(state, *rest)

    monkeypatch.setattr(_path, "train", recorded)
    variants = [
        {},
        {"alpha": 1.0},
        {"weight_decay": 0.01},
        {"learning_rate_init": 0.003},
        {"random_state": 7},
        {"n_components": 5},
        {"solver": "sgd"},
        {"early_stopping": True},
        {"early_stopping": True, "validation_fraction": 0.11},
    ]
    together = [ContractiveAutoencoder(**COMMON | variant) for variant in variants]
    fit_together(together, [(X, None)] * len(variants))
    assert sorted(sizes) == [1, 1, 2, 5]
    for variant, estimator in zip(variants, together, strict=True):
        assert_same(estimator, ContractiveAutoencoder(**COMMON | variant).fit(X))


def test_rows_may_differ():
    some, more = X[:70], X[10:83]
    data = [(X, None), (some, None), (more, None), (more, WEIGHT[10:83]), (X[:60], None)]
    together = [ContractiveAutoencoder(**COMMON) for _ in data]
    fit_together(together, data)
    for (rows, weight), estimator in zip(data, together, strict=True):
        assert_same(estimator, ContractiveAutoencoder(**COMMON).fit(rows, sample_weight=weight))


@pytest.mark.parametrize("corruption", ["gaussian", "masking"])
def test_levels_of_corruption_train_together(corruption):
    levels = [0.0, 0.1, 0.4]
    together = [
        DenoisingAutoencoder(corruption=corruption, corruption_level=level, **COMMON)
        for level in levels
    ]
    fit_together(together, [(X, None)] * 3)
    for level, estimator in zip(levels, together, strict=True):
        alone = DenoisingAutoencoder(corruption=corruption, corruption_level=level, **COMMON).fit(X)
        assert_same(estimator, alone)


def test_a_path_can_be_continued():
    (together,) = contractive_path(X, [0.1], **COMMON)
    alone = ContractiveAutoencoder(alpha=0.1, **COMMON).fit(X)
    assert_same(together.partial_fit(X[:20]), alone.partial_fit(X[:20]))


def test_a_warning_of_many_fits_comes_once_with_their_number():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        contractive_path(X, ALPHAS, **COMMON)
    (message,) = [str(warning.message) for warning in caught]
    which = f"ContractiveAutoencoder, {len(ALPHAS)} of {len(ALPHAS)} fits"
    assert message.startswith(f"{which}: Maximum iterations (12) reached")
    assert caught[0].filename == __file__


def test_verbose_reports_every_model(capsys):
    contractive_path(X, [0, 1], **COMMON | {"verbose": 1, "max_iter": 3})
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"[alpha={k}] Iteration {n}" for n in (1, 2, 3) for k in (0, 1)
    ]


@pytest.mark.parametrize(
    ("alphas", "message"),
    [
        ([], "alphas is empty; give at least one"),
        (
            [0.1, -1],
            r"alphas holds -1; every contraction strength must be a finite number of at least 0, a float in",
        ),
        ([0.1, np.nan], "alphas holds nan"),
        ([np.inf], "alphas holds inf"),
        (["0.1"], r"alphas holds '0\.1'"),
        ([None], "alphas holds None"),
        ([True], "alphas holds True"),
        (
            [0.1, 1, 0.1],
            r"alphas holds 0\.1 more than once; name every contraction strength once\.",
        ),
    ],
    ids=str,
)
def test_bad_alphas(alphas, message, monkeypatch):
    monkeypatch.setattr(_path, "train", None)
    with pytest.raises(ValueError, match=message):
        contractive_path(X, alphas, **COMMON)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components"),
        ({"loss": "cross_entropy"}, "needs every value of X in"),
        ({"tol": -1}, "'tol'"),
    ],
)
def test_bad_parameters_and_rows_are_found_before_training(parameters, message, monkeypatch):
    monkeypatch.setattr(_path, "train", None)
    with pytest.raises(ValueError, match=message):
        contractive_path(X - 1, ALPHAS, **COMMON | parameters)


def test_arrays_of_alphas():
    path = contractive_path(X, np.logspace(-2, 0, 3), **COMMON)
    assert_allclose([estimator.alpha for estimator in path], [0.01, 0.1, 1])


def test_tolerance_leaves_out_what_fails():
    together = [
        ContractiveAutoencoder(**COMMON),
        ContractiveAutoencoder(**COMMON | {"n_components": 0}),
        ContractiveAutoencoder(**COMMON),
        ContractiveAutoencoder(**COMMON),
    ]
    data = [(X, None), (X, None), (X * np.nan, None), (X * 1e200, None)]
    fit_together(together, data, tolerant=True)
    assert_same(together[0], ContractiveAutoencoder(**COMMON).fit(X))
    assert not any(hasattr(estimator, "coefs_") for estimator in together[1:])
