"""The squared error of a tied layer by the Gram matrix of its weights: the same numbers, and where it is used."""

import itertools
from dataclasses import replace

import pytest
import torch
from problems import assert_close, make_batch, make_draws, make_problem, values

from skcae.core import gram
from skcae.core.activations import ACTIVATIONS
from skcae.core.fused import FusedStep
from skcae.core.gram import GramStep
from skcae.core.penalties import Exact, HigherOrder
from skcae.core.protocol import AutogradStep

HIGHER = HigherOrder(strength=1.7, sigma=0.4, n_draws=2)
KNOBS = {
    "contraction": {},
    "alpha zero": {"alpha": 0.0},
    "no decay": {"weight_decay": 0.0},
    "no penalty": {"penalty": None, "alpha": 0.0},
    "higher order": {"penalty": HIGHER},
    "higher order, alpha zero": {"penalty": HIGHER, "alpha": 0.0},
}


@pytest.fixture(autouse=True)
def any_shape(monkeypatch):
    """The small problems of these tests gain nothing."""
    monkeypatch.setattr(gram, "pays", lambda *shape: True)


@pytest.fixture
def no_reconstruction(monkeypatch):
    """The fused step fails where it would form one."""

    def fused(step, batch):
        raise AssertionError("the reconstruction is formed")

    monkeypatch.setattr(FusedStep, "__call__", fused)


def by_gram(objective, flat):
    step = objective.step(flat)
    assert isinstance(step, GramStep)
    return step


@pytest.mark.usefixtures("no_reconstruction")
@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equals_autograd(activation, knobs):
    objective, flat, x, weight = make_problem(activation, **knobs)
    step, autograd = by_gram(objective, flat), AutogradStep(objective, flat)
    batches = make_batch(x, weight), make_batch(x, weight)
    terms, expected = step(batches[0]), autograd(batches[1])
    for actual, reference in zip(values(terms), values(expected), strict=True):
        assert_close(actual, reference)
    assert_close(step.gradient, autograd.gradient)


@pytest.mark.usefixtures("no_reconstruction")
@pytest.mark.parametrize("penalty", [Exact(), HIGHER], ids=["exact", "higher order"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared rows", "own rows"])
def test_leading_axes_are_models(shared, penalty):
    objective, flat, x, weight = make_problem("tanh", penalty=penalty)
    alphas = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    decays = torch.tensor([0.1, 0.0, 0.3], dtype=torch.float64)
    flats = torch.stack([flat, flat * 0.5, flat + 0.1])
    rows = x if shared else torch.stack([x, x * 0.7, x.flip(0)])
    together = by_gram(replace(objective, alpha=alphas, weight_decay=decays), flats)
    terms = together(make_batch(rows, weight if shared else weight.expand(3, -1)))
    for k in range(3):
        alone = replace(objective, alpha=float(alphas[k]), weight_decay=float(decays[k]))
        autograd = AutogradStep(alone, flats[k])
        batch = make_batch(x if shared else rows[k], weight)._replace(draws=make_draws(x))
        expected = autograd(batch)
        for actual, reference in zip(values(terms)[:-1], values(expected)[:-1], strict=True):
            assert_close(actual[k], reference)
        assert_close(together.gradient[k], autograd.gradient)
