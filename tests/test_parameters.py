"""Every parameter reaches the fit, and its automatic values are those documented."""

import inspect

import numpy as np
import pytest
from estimators import X, assert_same_fit, both, collapsing, make, short_fits, still
from sklearn.base import clone

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, Exact, HigherOrder, Hutchinson

pytestmark = short_fits

OTHERWISE = {
    "n_components": 7,
    "hidden_layer_sizes": (9,),
    "activation": "tanh",
    "code_activation": "tanh",
    "loss": "cross_entropy",
    "tied_weights": False,
    "solver": "sgd",
    "learning_rate": "constant",
    "learning_rate_init": 0.02,
    "batch_size": 30,
    "max_iter": 9,
    "early_stopping": True,
    "weight_decay": 0.5,
    "shuffle": False,
    "random_state": 1,
}
WITHIN = {
    "tol": (0.99, {"learning_rate": "constant"}),
    "n_iter_no_change": (1, {"tol": 0.9, "learning_rate": "constant"}),
    "momentum": (0.5, {"solver": "sgd"}),
    "nesterovs_momentum": (False, {"solver": "sgd"}),
    "validation_fraction": (0.3, {"early_stopping": True}),
}
OWN = {
    ContractiveAutoencoder: {"alpha": 1.0, "penalty": "hutchinson"},
    DenoisingAutoencoder: {"corruption": "gaussian", "corruption_level": 0.6},
}


@collapsing
@both
def test_every_parameter_changes_the_fit(Estimator):
    cases = {name: (value, {}) for name, value in {**OTHERWISE, **OWN[Estimator]}.items()} | WITHIN
    no_effect = {"warm_start", "device", "verbose"}  # each has tests of its own
    assert set(cases) | no_effect == set(Estimator().get_params())
    usual = {"n_iter_no_change": 2, "max_iter": 12}
    for name, (value, others) in cases.items():
        params = usual | others
        before, after = (
            make(Estimator, **params).fit(X),
            make(Estimator, **{**params, name: value}).fit(X),
        )
        same = [np.array_equal(a, b) for a, b in zip(before.coefs_, after.coefs_, strict=False)]
        assert not all(same), name


def test_both_estimators_share_their_parameters_but_for_what_sets_them_apart():
    signatures = [
        inspect.signature(Estimator).parameters
        for Estimator in (ContractiveAutoencoder, DenoisingAutoencoder)
    ]
    own = [{"alpha", "penalty"}, {"corruption", "corruption_level"}]
    shared = [
        [parameter for name, parameter in signature.items() if name not in names]
        for signature, names in zip(signatures, own, strict=True)
    ]
    assert shared[0] == shared[1]


@both
def test_only_n_components_is_positional(Estimator):
    assert clone(Estimator(5)).n_components == 5
    with pytest.raises(TypeError, match="positional"):
        Estimator(5, 0.1)


@pytest.mark.parametrize(
    ("hidden", "name", "instance"),
    [
        ((), "auto", Exact()),
        ((), "hutchinson", Hutchinson()),
        ((9,), "auto", Hutchinson(1)),
        ((9,), "exact", Exact()),
        ((), "higher_order", HigherOrder()),
        ((9,), "higher_order", HigherOrder(strength=1, sigma=0.1, n_draws=1)),
    ],
)
def test_names_of_penalties(hidden, name, instance):
    named, given = (
        make(ContractiveAutoencoder, hidden_layer_sizes=hidden, penalty=p).fit(X)
        for p in (name, instance)
    )
    assert_same_fit(named, given)
    assert named.loss_curve_ == given.loss_curve_


def test_knobs_of_a_penalty_are_used():
    one, four = (make(ContractiveAutoencoder, penalty=Hutchinson(n)).fit(X) for n in (1, 4))
    assert one.contraction_curve_ != four.contraction_curve_


@both
def test_auto_learning_rate_is_the_bound_of_the_initial_weights_over_the_depth(Estimator):
    estimator = still(Estimator, hidden_layer_sizes=(9,)).fit(X)
    bounds = [np.sqrt(6 / sum(coef.shape)) for coef in estimator.coefs_]
    for coef, bound, gain in zip(estimator.coefs_, bounds, (1, 4, 4, 1), strict=True):
        assert 0.9 * gain * bound < np.abs(coef).max() <= gain * bound
    assert make(Estimator, hidden_layer_sizes=(9,)).fit(X).learning_rate_ == pytest.approx(
        1.8 * min(bounds) ** 1.5 / 2 / (1 + getattr(estimator, "alpha", 0))
    )
    assert estimator.learning_rate_ == 1e-30


def test_strong_contraction_lowers_the_auto_learning_rate():
    rates = {
        alpha: make(ContractiveAutoencoder, alpha=alpha).fit(X).learning_rate_
        for alpha in (0, 0.1, 1, 2)
    }
    assert (
        rates[0]
        == pytest.approx(1.1 * rates[0.1])
        == pytest.approx(2 * rates[1])
        == pytest.approx(2 * rates[2])
    )


@both
@pytest.mark.parametrize(
    ("epochs", "size", "factor"),
    [(60, 1, 1), (240, 1, 2), (540, 1, 3), (240, 80, 1), (1500, 80, 1), (6000, 80, 2)],
)
def test_the_auto_learning_rate_of_a_long_cosine_is_lower(
    Estimator, epochs, size, factor, interrupt_after_an_epoch
):
    """The lesser of epochs over 60 and steps over 1500 counts; X has 80 rows."""

    def rate(max_iter, **params):
        estimator = make(Estimator, batch_size=size, max_iter=max_iter, verbose=1, **params)
        with pytest.warns(UserWarning, match="interrupted"):
            return estimator.fit(X).learning_rate_

    assert rate(epochs) == pytest.approx(rate(2) / factor)
    constant = rate(epochs, learning_rate="constant")
    assert constant == pytest.approx(rate(2) / 10 * min(1, np.sqrt(size / 50)))
    assert rate(epochs, learning_rate_init=0.3) == 0.3


@both
@pytest.mark.parametrize(("n_rows", "size"), [(30, 30), (90, 50), (2400, 60), (9000, 200)])
def test_auto_batch_size_is_a_fortieth_of_the_rows_within_bounds(Estimator, n_rows, size):
    rows = np.resize(X, (n_rows, X.shape[1]))
    automatic = make(Estimator, batch_size="auto", max_iter=1).fit(rows)
    assert_same_fit(automatic, make(Estimator, batch_size=size, max_iter=1).fit(rows))
