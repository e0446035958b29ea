"""Tangents of large encoders, by products with the Jacobian, are those of its singular value decomposition."""

import itertools

import pytest
import torch
from problems import assert_close

from skcae.core import tangents
from skcae.core.activations import ACTIVATIONS
from skcae.core.jacobian import matrix
from skcae.core.model import Layers, Point

N_ROWS, K = 3, 3


def make_point(activation, sizes, decay):
    """Rows at which an encoder has a Jacobian whose singular values fall off, or hardly."""
    generator = torch.Generator().manual_seed(len(sizes))

    def normal(*size):
        return torch.randn(size, generator=generator, dtype=torch.float64)

    weights = [normal(n_out, n_in) / n_in**0.5 for n_in, n_out in itertools.pairwise(sizes)]
    weights[0] = weights[0] * torch.arange(1, sizes[0] + 1).double().pow(-decay)
    biases = [0.1 * normal(len(weight)) for weight in weights]
    layers = Layers(weights, biases, [], [], [ACTIVATIONS[activation]] * len(weights))
    return Point(layers, normal(N_ROWS, sizes[0]))


@pytest.mark.parametrize("sizes", [(90, 100), (100, 90), (100, 90, 95)])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
@pytest.mark.parametrize("decay", [1.5, 0.0])
def test_tangents_are_the_leading_right_singular_vectors(activation, sizes, decay):
    point = make_point(activation, sizes, decay)
    found = tangents.leading_tangents(point, K)
    assert_close(found @ found.mT, torch.eye(K).double().expand(N_ROWS, K, K))
    V = torch.linalg.svd(matrix(point.weights, point.slopes)).Vh[:, :K]
    assert_close((found * V).sum(-1).abs(), torch.ones(N_ROWS, K).double())


def test_a_steep_spectrum_is_never_taken_apart_whole(monkeypatch):
    point = make_point("logistic", (90, 100), 1.5)
    expected = tangents.leading_tangents(point, K)
    monkeypatch.delattr(tangents, "matrix")
    assert_close(tangents.leading_tangents(point, K), expected)
    with pytest.raises(NameError):
        tangents.leading_tangents(make_point("logistic", (90, 100), 0.0), K)


@pytest.mark.parametrize("dead", [False, True])
def test_directions_in_which_a_code_stands_still_are_zero(dead):
    """Of rank 2, or of rank 0, a Jacobian has no third tangent."""
    point = make_point("identity", (90, 100), 1.5)
    weight = point.weights[0]
    weight[:, 2:] = 0
    if dead:
        weight.zero_()
    found = tangents.leading_tangents(point, K)
    assert not found[:, 2].any()
    assert bool(found[:, :2].any()) is not dead
