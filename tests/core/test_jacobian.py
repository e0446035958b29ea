"""J from weights and slopes equals the one autograd forms, by every route."""

from itertools import pairwise

import pytest
import torch
from problems import SIZES, assert_close, formed_jacobian, make_problem

from skcae.core import jacobian
from skcae.core.activations import ACTIVATIONS
from skcae.core.model import Point


def encoder(activation, depth):
    objective, flat, x, _ = make_problem(activation, depth=depth)
    stored = objective.architecture.split(flat)
    point = Point(objective.architecture.layers(flat), x)
    return point.weights, point.slopes, formed_jacobian(objective.architecture, stored, x)


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_route_agrees_with_autograd(activation, depth):
    weights, slopes, expected = encoder(activation, depth)
    rows, n_components, n_features = expected.shape
    u = torch.randn(rows, n_components, dtype=torch.float64)
    v = torch.randn(rows, n_features, dtype=torch.float64)
    assert_close(jacobian.matrix(weights, slopes), expected)
    assert_close(jacobian.vjp(weights, slopes, u), torch.einsum("rc,rcf->rf", u, expected))
    assert_close(jacobian.jvp(weights, slopes, v), torch.einsum("rcf,rf->rc", expected, v))
    assert_close(jacobian.gram(weights, slopes), expected @ expected.mT)
    assert_close(jacobian.squared_norm(weights, slopes), expected.square().sum((1, 2)))


@pytest.mark.parametrize("depth", SIZES)
def test_leading_axes_are_models(depth):
    (one, slopes_one, _), (two, slopes_two, _) = encoder("tanh", depth), encoder("logistic", depth)
    weights = [torch.stack(pair) for pair in zip(one, two, strict=True)]
    slopes = [torch.stack(pair) for pair in zip(slopes_one, slopes_two, strict=True)]
    for function in (jacobian.matrix, jacobian.gram, jacobian.squared_norm):
        both = function(weights, slopes)
        assert_close(both[0], function(one, slopes_one))
        assert_close(both[1], function(two, slopes_two))


@pytest.mark.parametrize(
    "sizes", [(8, 4, 3), (3, 6, 2)], ids=["through the Gram matrix", "through J"]
)
def test_squared_norm_forms_the_smaller_array(sizes, monkeypatch):
    """J of a row is n_components x n_features; with more features than first-layer units it must never be formed."""
    weights = [torch.randn(n_out, n_in) for n_in, n_out in pairwise(sizes)]
    slopes = [torch.rand(5, n_out) for n_out in sizes[1:]]
    largest = []
    original = jacobian.matrix
    monkeypatch.setattr(
        jacobian, "matrix", lambda w, s: largest.append(original(w, s).shape[-1]) or original(w, s)
    )
    norm = jacobian.squared_norm(weights, slopes)
    assert largest == [min(sizes[:2])]
    torch.testing.assert_close(norm, original(weights, slopes).square().sum((1, 2)))
