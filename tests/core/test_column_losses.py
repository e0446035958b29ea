"""Losses that differ from column to column: the sum of what each column has by definition."""

import pytest
import torch
from problems import assert_close, make_batch

from skcae.core.fused import FusedStep
from skcae.core.losses import find_loss
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective, common, together
from skcae.core.penalties import Exact
from skcae.core.protocol import AutogradStep

NAMES = ("softmax:a", "squared_error", "softmax:a", "cross_entropy", "softmax:b", "softmax:b")
"""A group whose columns are apart, and one whose columns are side by side."""
SIDE_BY_SIDE = (
    "squared_error",
    "squared_error",
    "cross_entropy",
    "softmax:a",
    "softmax:a",
    "softmax:a",
)
mixed = pytest.mark.parametrize("names", [NAMES, SIDE_BY_SIDE], ids=["apart", "side_by_side"])


def rows(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def wide(activation, tied, names, depth=1):
    """An objective of six columns, parameters, rows and weights."""
    architecture = Architecture({1: (6, 4), 2: (6, 5, 3)}[depth], activation, tied)
    objective = AutoencoderObjective(architecture, names, 0.7, Exact(), 0.3)
    flat = architecture.initialise(torch.Generator().manual_seed(0), torch.float64)
    weight = rows(7, seed=3)
    return (
        objective,
        flat + 0.3 * rows(len(flat), seed=2),
        rows(7, 6, seed=1),
        weight / weight.sum(),
    )


def defined(names, z, x):
    """The reconstruction and the loss of every row, column after column."""
    linked, total = torch.zeros_like(z), torch.zeros(z.shape[:-1], dtype=z.dtype)
    for column, name in enumerate(names):
        one, target = z[..., column], x[..., column]
        if name == "squared_error":
            linked[..., column] = one
            total = total + (one - target) ** 2
        elif name == "cross_entropy":
            linked[..., column] = r = 1 / (1 + torch.exp(-one))
            total = total - target * torch.log(r) - (1 - target) * torch.log(1 - r)
        else:
            group = [at for at, other in enumerate(names) if other == name]
            linked[..., column] = r = torch.exp(one) / torch.exp(z[..., group]).sum(-1)
            total = total - target * torch.log(r)
    return linked, total


@mixed
@pytest.mark.parametrize("models", [(), (3,)])
def test_values_and_link_are_those_of_the_columns(names, models):
    z, x = 4 * rows(*models, 7, 6) - 2, rows(7, 6, seed=1)
    loss = find_loss(names)
    linked, total = defined(names, z, x)
    assert_close(loss.link(z), linked)
    assert_close(loss.value(z, x), total)


@mixed
@pytest.mark.parametrize("models", [(), (3,)])
def test_gradient_at_the_pre_activation(names, models):
    z, x = (4 * rows(*models, 7, 6) - 2).requires_grad_(), rows(7, 6, seed=1)
    _, total = defined(names, z, x)
    (expected,) = torch.autograd.grad(total.sum(), z)
    values, gradient = find_loss(names).value_and_gradient(z.detach().clone(), x)
    assert_close(values, total.detach())
    assert_close(gradient, expected)


def test_softmax_does_not_overflow():
    loss, x = find_loss(("softmax:a",) * 3), torch.eye(3, dtype=torch.float64)
    z = torch.tensor([1e4, -1e4, 0.0], dtype=torch.float64).repeat(3, 1)
    assert_close(loss.value(z, x), torch.tensor([0.0, 2e4, 1e4], dtype=torch.float64))
    assert loss.value_and_gradient(z, x)[1].isfinite().all()


def test_an_unknown_category_has_no_loss():
    """As OneHotEncoder(handle_unknown="ignore") writes it: a row of zeros."""
    z, x = rows(5, 3), torch.zeros(5, 3, dtype=torch.float64)
    values, gradient = find_loss(("softmax:a",) * 3).value_and_gradient(z, x)
    assert not values.any()
    assert not gradient.any()


@mixed
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
def test_the_fused_step_agrees_with_autograd(activation, tied, names):
    objective, flat, x, weight = wide(activation, tied, names)
    fused = objective.step(flat)
    assert isinstance(fused, FusedStep)
    by_autograd = AutogradStep(objective, flat)
    batch = make_batch(x, weight)
    for one, other in zip(fused(batch).parts, by_autograd(batch).parts, strict=True):
        assert_close(one, other)
    assert_close(fused.gradient, by_autograd.gradient)


@mixed
@pytest.mark.parametrize("depth", [1, 2])
def test_many_models_are_each_what_they_are_alone(depth, names):
    objective, flat, x, weight = wide("tanh", True, names, depth)
    singles = [flat, flat * 0.9]
    objectives = [objective, common(objective)]
    joint = together(objectives, torch.stack(singles))
    step = joint.step(torch.stack(singles))
    batch = make_batch(x, weight)
    terms = step(batch)
    for model, (one, parameters) in enumerate(zip(objectives, singles, strict=True)):
        alone = one.step(parameters)
        assert_close(terms.total[model], alone(batch).total)
        assert_close(step.gradient[model], alone.gradient)
