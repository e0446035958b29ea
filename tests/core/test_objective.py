"""The objective and its gradient equal autograd over an explicitly formed Jacobian, and no formula that is often mistaken."""

import itertools

import pytest
import torch
from problems import (
    COMBINATIONS,
    assert_close,
    by_hand,
    defined_terms,
    formed_jacobian,
    make_batch,
    make_draws,
    make_problem,
    values,
)
from torch.autograd.functional import jacobian

from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.core.model import Layers, Point, encode
from skcae.core.protocol import AutogradStep


def defined_gradient(objective, flat, x, weight):
    leaf = flat.clone().requires_grad_()
    total, *_ = terms = defined_terms(objective, leaf, x, weight)
    return terms, torch.autograd.grad(total, leaf)[0]


@pytest.mark.parametrize(("activation", "loss", "tied", "depth"), COMBINATIONS)
def test_value_and_gradient_equal_the_definition(activation, loss, tied, depth):
    objective, flat, x, weight = make_problem(activation, loss, tied, depth)
    expected_terms, expected_gradient = defined_gradient(objective, flat, x, weight)
    for kind in [AutogradStep, by_hand] if depth == 1 else [AutogradStep]:
        step = kind(objective, flat)
        terms = step(make_batch(x, weight))
        for actual, expected in zip(values(terms), [*expected_terms, weight.sum()], strict=True):
            assert_close(actual, expected.detach())
        assert_close(step.gradient, expected_gradient)


@pytest.mark.parametrize(
    ("activation", "code_activation"), list(itertools.permutations(ACTIVATIONS, 2))
)
def test_code_of_another_activation_than_the_hidden_layers(activation, code_activation):
    for loss, tied, depth in itertools.product(LOSSES, (True, False), (1, 2, 3)):
        problem = make_problem(activation, loss, tied, depth, code_activation)
        objective, flat, x, weight = problem[0], problem[1], problem[2][:2], problem[3][:2]
        expected_terms, expected_gradient = defined_gradient(objective, flat, x, weight)
        step = objective.step(flat)
        terms = step(make_batch(x, weight))
        for actual, expected in zip(values(terms), [*expected_terms, weight.sum()], strict=True):
            assert_close(actual, expected.detach())
        assert_close(step.gradient, expected_gradient)


def test_alpha_zero_reports_the_penalty_and_does_not_follow_it():
    objective, flat, x, weight = make_problem(depth=2, alpha=0.0)
    expected_terms, expected_gradient = defined_gradient(objective, flat, x, weight)
    step = AutogradStep(objective, flat)
    terms = step(make_batch(x, weight))
    assert_close(terms.parts[1], expected_terms[2].detach())
    assert terms.parts[1] > 0
    assert_close(step.gradient, expected_gradient)


def _rows(weights, biases, x, slope):
    """Codes layer by layer, and the slopes that a formula believes in."""
    slopes = []
    for weight, bias in zip(weights, biases, strict=True):
        x = (
            torch.sigmoid(x @ weight.T + bias)
            if slope == "logistic"
            else torch.tanh(x @ weight.T + bias)
        )
        slopes.append(x * (1 - x))
    return slopes


def _code(weights, biases, x):
    for weight, bias in zip(weights, biases, strict=True):
        x = torch.sigmoid(x @ weight.T + bias)
    return x


def _slope_of_logistic_for_tanh(weights, biases, x):
    return (_rows(weights, biases, x, "tanh")[0] ** 2 @ (weights[0] ** 2).sum(1)).mean()


def _square_of_sum(weights, biases, x):
    return (_rows(weights, biases, x, "logistic")[0] ** 2 @ weights[0].sum(1) ** 2).mean()


def _detached_weights(weights, biases, x):
    return (
        _rows(weights, biases, x, "logistic")[0] ** 2 @ (weights[0].detach() ** 2).sum(1)
    ).mean()


def _gradient_of_summed_code(weights, biases, x):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(_code(weights, biases, x).sum(), x, create_graph=True)
    return (gradient**2).sum(1).mean()


def _jacobian_without_graph(weights, biases, x):
    rows = [jacobian(lambda row: _code(weights, biases, row), row) for row in x]
    return torch.stack([(row**2).sum() for row in rows]).mean()


def _mean_of_entries(weights, biases, x):
    return (
        _rows(weights, biases, x, "logistic")[0] ** 2 @ (weights[0] ** 2).sum(1)
    ).mean() / weights[0].numel()


def _last_layer_only(weights, biases, x):
    return (_rows(weights, biases, x, "logistic")[-1] ** 2 @ (weights[-1] ** 2).sum(1)).mean()


def _half(weights, biases, x):
    return (_rows(weights, biases, x, "logistic")[0] ** 2 @ (weights[0] ** 2).sum(1)).mean() / 2


MUTANTS = {
    "h(1-h) for tanh": (_slope_of_logistic_for_tanh, "tanh", 1),
    "(sum W)^2": (_square_of_sum, "logistic", 1),
    "W detached": (_detached_weights, "logistic", 1),
    "grad of h.sum()": (_gradient_of_summed_code, "logistic", 1),
    "jacobian without create_graph": (_jacobian_without_graph, "logistic", 1),
    "mean of entries": (_mean_of_entries, "logistic", 1),
    "last layer only": (_last_layer_only, "logistic", 2),
    "one half": (_half, "logistic", 1),
}


def _ours(objective):
    def penalty(weights, biases, x):
        layers = Layers(weights, biases, [], [], objective.architecture.activations)
        return objective.penalty(Point(layers, x), make_draws(x)).mean()

    return penalty


def _assert_is_the_penalty(candidate, activation, depth):
    """The one comparison that ours must pass and every mutant must fail: value, then gradient in all encoder parameters."""
    objective, flat, x, _ = make_problem(activation, depth=depth)
    stored = [tensor.clone().requires_grad_() for tensor in objective.architecture.split(flat)]
    weights, biases = stored[: 2 * depth : 2], stored[1 : 2 * depth : 2]
    expected = (formed_jacobian(objective.architecture, stored, x) ** 2).sum((1, 2)).mean()
    expected_gradients = torch.autograd.grad(expected, weights + biases)
    actual = candidate(weights, biases, x)
    assert_close(actual.detach(), expected.detach())
    assert actual.requires_grad, "no gradient at all"
    for gradient, expected_gradient in zip(
        torch.autograd.grad(actual, weights + biases, allow_unused=True),
        expected_gradients,
        strict=True,
    ):
        assert gradient is not None
        assert_close(gradient, expected_gradient)


@pytest.mark.parametrize(("mutant", "activation", "depth"), MUTANTS.values(), ids=MUTANTS)
def test_formulas_in_circulation_are_told_apart_from_ours(mutant, activation, depth):
    objective, *_ = make_problem(activation, depth=depth)
    _assert_is_the_penalty(_ours(objective), activation, depth)
    with pytest.raises(AssertionError):
        _assert_is_the_penalty(mutant, activation, depth)


def test_a_mutant_of_a_detached_penalty_has_the_right_value():
    """The dangerous ones: only the gradient betrays them."""
    objective, flat, x, _ = make_problem()
    stored = objective.architecture.split(flat)
    expected = (formed_jacobian(objective.architecture, stored, x) ** 2).sum((1, 2)).mean()
    for mutant in (_detached_weights, _jacobian_without_graph):
        assert_close(mutant(stored[:1], stored[1:2], x), expected)


def test_a_corrupted_source_is_encoded_and_compared_with_the_clean_target():
    objective, flat, x, weight = make_problem(penalty=None, alpha=0.0, weight_decay=0.0)
    layers = objective.architecture.layers(flat)
    noisy = x + 0.5
    terms = objective.terms(flat, make_batch(x, weight, noisy))
    code = encode(layers, noisy)
    z = code @ layers.decoder_weights[0].T + layers.decoder_biases[0]
    assert_close(terms.total, (weight * ((z - x) ** 2).sum(1)).sum())
    assert terms.total != objective.terms(flat, make_batch(x, weight)).total
    assert objective.part_names == ("reconstruction",)
