"""The page on extending: what it adds works, and is tested as the package tests its own."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from problems import assert_close, by_hand, make_batch, make_problem, values

from skcae import ContractiveAutoencoder, Exact
from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.core.protocol import AutogradStep
from skcae.inspection import jacobian

FOLDER = Path(__file__).parent.parent / "docs" / "extending"


def load(file, name):
    return runpy.run_path(str(FOLDER / file))[name]


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_penalty_of_ones_own(hidden):
    X, scales = np.random.RandomState(0).uniform(size=(30, 6)), (1.0, 2.0, 0.0, 0.5, 1.0, 3.0)
    penalty = load("scaled.py", "Scaled")(scales)
    cae = ContractiveAutoencoder(
        4, hidden_layer_sizes=hidden, penalty=penalty, n_iter_no_change=None, random_state=0
    )
    cae.set_params(max_iter=1, learning_rate_init=1e-12).fit(X)
    expected = ((jacobian(cae, X) * scales) ** 2).sum((1, 2)).mean()
    assert cae.contraction_curve_[0] == pytest.approx(expected, rel=1e-9)


class Doubled(Exact):
    def __call__(self, point, draws):
        return 2 * super().__call__(point, draws)


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_a_penalty_derived_from_one_of_the_package_is_what_it_says(hidden):
    X = np.random.RandomState(0).uniform(size=(30, 6))
    single, double = (
        ContractiveAutoencoder(
            4, hidden_layer_sizes=hidden, alpha=alpha, penalty=penalty, random_state=0
        ).set_params(max_iter=3, n_iter_no_change=None, learning_rate_init=0.1)
        for alpha, penalty in ((0.5, Exact()), (0.25, Doubled()))
    )
    np.testing.assert_allclose(
        2 * np.array(single.fit(X).contraction_curve_), double.fit(X).contraction_curve_, rtol=1e-9
    )


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("softsign", "squared_error"), ("tanh", "poisson"), ("softsign", "poisson")],
)
def test_new_rows_of_the_tables(monkeypatch, activation, loss):
    monkeypatch.setitem(ACTIVATIONS, "softsign", load("softsign.py", "SOFTSIGN"))
    monkeypatch.setitem(LOSSES, "poisson", load("poisson.py", "POISSON"))
    objective, flat, x, weight = make_problem(activation, loss)
    batch = make_batch(x, weight)
    derived, autograd = by_hand(objective, flat), AutogradStep(objective, flat)
    for actual, expected in zip(values(derived(batch)), values(autograd(batch)), strict=True):
        assert_close(actual, expected)
    assert_close(derived.gradient, autograd.gradient)


def test_slopes_are_those_of_autograd():
    softsign = load("softsign.py", "SOFTSIGN")
    z = torch.linspace(-4, 4, 9, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(softsign.forward(z).sum(), z, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), z)
    h = softsign.forward(z)
    assert_close(softsign.slope(h), slope)
    nonzero = z != 0
    assert_close(softsign.curvature(h, slope)[nonzero], curvature[nonzero])
