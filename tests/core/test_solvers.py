"""Steps equal the published algorithms."""

from math import sqrt

import pytest
import torch
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from skcae.core.solvers import RATES, SGD, SOLVERS, Adam


def gradients(n_steps):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(6, generator=generator, dtype=torch.float64) for _ in range(n_steps)]


def run(solver, rate, n_steps=12):
    flat, slots = (
        torch.ones(6, dtype=torch.float64),
        [torch.zeros(6, dtype=torch.float64) for _ in range(solver.n_slots)],
    )
    for count, gradient in enumerate(gradients(n_steps), 1):
        solver.step(flat, gradient.clone(), slots, rate, torch.tensor(float(count)))
    return flat


def test_adam_is_algorithm_1():
    x, m, v = torch.ones(6, dtype=torch.float64), 0.0, 0.0
    for t, g in enumerate(gradients(12), 1):
        m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g**2
        x = x - 0.05 * (m / (1 - 0.9**t)) / (torch.sqrt(v / (1 - 0.95**t)) + 1e-8)
    torch.testing.assert_close(run(Adam(), 0.05), x, rtol=1e-12, atol=0)


@pytest.mark.parametrize("nesterov", [True, False])
def test_sgd_is_that_of_mlp(nesterov):
    params = [torch.ones(6, dtype=torch.float64).numpy()]
    reference = SGDOptimizer(params, learning_rate_init=0.05, momentum=0.8, nesterov=nesterov)
    for gradient in gradients(12):
        reference.update_params(params, [gradient.numpy()])
    torch.testing.assert_close(
        run(SGD(0.8, nesterov), 0.05), torch.from_numpy(params[0]), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("solver", [Adam(), SGD()])
def test_a_rate_may_be_a_tensor(solver):
    """A step is then made of tensors alone."""
    expected = run(solver, 0.05)
    assert torch.equal(run(solver, torch.tensor(0.05, dtype=torch.float64)), expected)


@pytest.mark.parametrize("name", SOLVERS)
def test_descends_a_quadratic(name):
    solver = SOLVERS[name]()
    flat = torch.full((3,), 5.0)
    slots = [torch.zeros(3) for _ in range(solver.n_slots)]
    for count in range(1, 301):
        solver.step(flat, 2 * flat, slots, 0.05, torch.tensor(float(count)))
    assert flat.abs().max() < 0.05


def test_cosine_warms_up_and_comes_down_to_nothing():
    rates = [RATES["cosine"](step / 1000) for step in range(1001)]
    peak = max(rates)
    assert peak == pytest.approx(1)
    assert rates.index(peak) == 100
    assert rates[:101] == sorted(rates[:101])
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert rates[550] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0, abs=1e-12)
    assert rates[325] == pytest.approx((1 + sqrt(0.5)) / 2)


def test_constant_is_constant():
    assert {RATES["constant"](step / 10) for step in range(11)} == {1.0}
