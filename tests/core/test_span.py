"""A fit in the coordinates that its rows span: the same objective, and its weights turned back."""

import pytest
import torch
from problems import assert_close, make_batch

from skcae.core import span
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import Exact
from skcae.core.protocol import AutogradStep
from skcae.core.solvers import SGD, SOLVERS
from skcae.core.state import TrainingState

WEIGHT = torch.tensor([1.0, 2, 1, 3, 1], dtype=torch.float64)


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(
    ("n_rows", "n_features", "n_units", "n_epochs", "pays"),
    [
        (200, 20000, 64, 200, True),
        (500, 5000, 64, 200, True),
        (500, 5000, 64, 5, False),
        (500, 5000, 2, 200, False),
        (2000, 5000, 64, 200, False),
        (600, 1000, 64, 200, False),
        (20, 500, 64, 200, False),
    ],
)
def test_wide_rows_and_long_fits_are_worth_it(n_rows, n_features, n_units, n_epochs, pays):
    assert span.pays(n_rows, n_features, n_units, n_epochs) is pays


def test_axes_are_orthonormal_and_span_the_rows():
    x = normal(5, 12)
    axes, rows = span.spanning_axes(x, WEIGHT)
    assert axes.shape == (5, 12)
    assert_close(axes @ axes.mT, torch.eye(5, dtype=torch.float64))
    assert_close(rows @ axes, x)


def test_no_coordinate_has_nearly_all_of_the_variance():
    """As along the principal axes, where one direction dominates."""
    x = normal(5, 12) + 20 * normal(5, 1)
    variances = WEIGHT @ span.spanning_axes(x, WEIGHT)[1].square()
    assert variances.max() < 0.8 * variances.sum()
    assert torch.linalg.eigvalsh(x @ x.mT)[-1] > 0.95 * x.square().sum()


def test_there_are_as_many_axes_as_the_rows_have_rank():
    x = normal(7, 2) @ normal(2, 12, seed=1)
    axes, rows = span.spanning_axes(x, torch.ones(7, dtype=torch.float64))
    assert axes.shape == (2, 12)
    assert_close(rows @ axes, x)
    axes, rows = span.spanning_axes(torch.zeros(3, 12), torch.ones(3))
    assert axes.shape == (1, 12)
    assert not rows.any()


def test_axes_do_not_depend_on_the_order_of_rows_nor_on_how_a_weight_is_written():
    x = normal(5, 12)
    axes, rows = span.spanning_axes(x, WEIGHT)
    turned, _ = span.spanning_axes(x.flip(0), WEIGHT.flip(0))
    repeated, again = span.spanning_axes(
        x.repeat_interleave(WEIGHT.long(), 0), torch.ones(8, dtype=torch.float64)
    )
    assert_close(turned, axes)
    assert_close(repeated, axes)
    assert_close(again, rows.repeat_interleave(WEIGHT.long(), 0))


def test_axes_from_products_of_rows_are_those_from_a_basis(monkeypatch):
    x = normal(5, 12)
    from_products = span.spanning_axes(x, WEIGHT)
    monkeypatch.setattr(span, "SHORTEST", 2.0)
    for one, other in zip(from_products, span.spanning_axes(x, WEIGHT), strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("size", [1e-160, 1.0, 1e140], ids=str)
@pytest.mark.parametrize("shortest", [1e-9, 1e-5, 1e-2])
def test_short_axes_are_orthonormal_to_the_last_digits(size, shortest):
    """The square of 1e-9 is lost beside 1, and that of 1e-160 altogether."""
    scales = torch.logspace(0, 1, 5, dtype=torch.float64).log10() * torch.tensor(shortest).log10()
    x = normal(5, 12) * 10 ** scales.unsqueeze(-1) * size
    axes, rows = span.spanning_axes(x, WEIGHT)
    torch.testing.assert_close(axes @ axes.mT, torch.eye(5).double(), rtol=0, atol=1e-10)
    assert_close(rows @ axes / size, x / size)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_centred_rows_have_one_axis_fewer(dtype):
    x = normal(5, 2000)
    x = (x - x.mean(0)).to(dtype)
    axes, rows = span.spanning_axes(x, WEIGHT.to(dtype))
    assert axes.shape == (4, 2000)
    assert axes.dtype == dtype
    assert (rows @ axes - x).abs().max() < 100 * torch.finfo(dtype).eps


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("hidden", [(), (4,)])
def test_the_objective_of_features_is_that_along_the_axes(hidden, tied):
    x = normal(5, 12)
    axes, rows = span.spanning_axes(x, WEIGHT)
    small = Architecture((5, *hidden, 3), "tanh", tied)
    flat = normal(small.n_parameters)
    state = TrainingState(flat, [flat], torch.ones(()))
    large, turned = span.turned_back(small, state, SGD(), axes)
    assert large.sizes == (12, *hidden, 3)
    weight = WEIGHT / WEIGHT.sum()
    steps = [
        AutogradStep(AutoencoderObjective(one, "squared_error", 0.3, Exact(), 0.2), parameters)
        for one, parameters in ((small, flat), (large, turned.flat))
    ]
    along, whole = (
        step(make_batch(one, weight)) for step, one in zip(steps, (rows, x), strict=True)
    )
    assert_close(whole.total, along.total)
    assert_close(torch.stack(whole.parts), torch.stack(along.parts))
    gradient = TrainingState(steps[0].gradient, [steps[0].gradient], torch.ones(()))
    _, expected = span.turned_back(small, gradient, SGD(), axes)
    assert_close(steps[1].gradient, expected.flat)
    assert_close(steps[1].gradient, expected.slots[0])


@pytest.mark.parametrize("name", SOLVERS)
def test_buffers_of_squares_stay_positive_and_keep_their_sum(name):
    solver = SOLVERS[name]()
    axes, _ = span.spanning_axes(normal(5, 12), WEIGHT)
    architecture = Architecture((5, 3))
    flat = normal(architecture.n_parameters).square()
    state = TrainingState(flat, [flat] * solver.n_slots, torch.ones(()))
    _, turned = span.turned_back(architecture, state, solver, axes)
    assert len(turned.slots) == solver.n_slots == len(solver.powers)
    for slot, power in zip(turned.slots, solver.powers, strict=True):
        if power == 2:
            assert slot.min() >= 0
            assert_close(slot.sum(), flat.sum())
