"""Hutchinson's estimate converges to the exact penalty, in value and gradient."""

import pytest
import torch
from problems import assert_close, make_batch, make_draws, make_problem

from skcae.core.activations import ACTIVATIONS
from skcae.core.model import Layers, Point
from skcae.core.penalties import PENALTIES, Exact, Hutchinson, Penalty
from skcae.core.protocol import AutogradStep


def draws(depth, penalty, n_draws):
    objective, flat, x, weight = make_problem(depth=depth, penalty=penalty, alpha=1.0)
    step, batch, values, gradients = AutogradStep(objective, flat), make_batch(x, weight), [], []
    for _ in range(n_draws):
        values.append(step(batch).parts[1])
        gradients.append(step.gradient.clone())
    return torch.stack(values), torch.stack(gradients)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_hutchinson_is_unbiased_in_value_and_gradient(depth):
    values, gradients = draws(depth, Hutchinson(), 800)
    (value,), (gradient,) = draws(depth, Exact(), 1)
    for sample, exact in ((values, value), (gradients, gradient)):
        error = sample.mean(0) - exact
        standard_error = sample.std(0) / len(sample) ** 0.5
        assert (error.abs() <= 4.5 * standard_error + 1e-12).all()
    assert values.std() > 0.01 * value


def test_probes_are_averaged():
    one, four = draws(2, Hutchinson(), 500)[0], draws(2, Hutchinson(n_probes=4), 500)[0]
    assert (one.var() / four.var()).item() == pytest.approx(4, rel=0.35)
    assert four.mean().item() == pytest.approx(one.mean().item(), rel=0.06)


def test_one_unit_needs_one_probe():
    """With a single component, u is +1 or -1 and the estimate is exact."""
    x = torch.randn(4, 5).double()
    layers = Layers([torch.randn(1, 5).double()], [torch.ones(1)], [], [], [ACTIVATIONS["tanh"]])
    point = Point(layers, x)
    assert_close(Hutchinson()(point, make_draws(x)), Exact()(point, make_draws(x)))


@pytest.mark.parametrize("n_probes", [0, -1, 1.5, True, "2"])
def test_number_of_probes_is_checked(n_probes):
    with pytest.raises(
        ValueError,
        match=r"n_probes=.* must be an integer of at least 1; use Hutchinson\(n_probes=1\)",
    ):
        Hutchinson(n_probes=n_probes)


def test_table_holds_penalties_that_need_no_argument():
    assert all(isinstance(kind(), Penalty) for kind in PENALTIES.values())
    with pytest.raises(NotImplementedError):
        Penalty()(None, None)
