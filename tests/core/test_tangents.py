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


def tangents_of(point, k=K):
    return tangents.Tangents(point.layers, k)(point.x)


def assert_leading(point, k=K):
    """Orthonormal, and in the space of the leading right singular vectors."""
    found = tangents_of(point, k)
    assert_close(found @ found.mT, torch.eye(k).double().expand(len(found), k, k))
    V = torch.linalg.svd(matrix(point.weights, point.slopes)).Vh[:, :k]
    assert_close((found @ V.mT).norm(dim=-1), torch.ones(len(found), k).double())


@pytest.mark.parametrize("sizes", [(90, 100), (100, 90), (100, 90, 95)])
@pytest.mark.parametrize("activation", ["logistic", "relu"])
@pytest.mark.parametrize("decay", [1.5, 0.0])
def test_tangents_are_the_leading_right_singular_vectors(activation, sizes, decay):
    point = make_point(activation, sizes, decay)
    assert_leading(point)
    found = tangents_of(point)
    V = torch.linalg.svd(matrix(point.weights, point.slopes)).Vh[:, :K]
    assert_close((found * V).sum(-1).abs(), torch.ones(N_ROWS, K).double())


@pytest.mark.parametrize("sizes", [(90, 100), (100, 90, 95)])
def test_a_steep_spectrum_is_never_taken_apart_whole(sizes, monkeypatch):
    point = make_point("logistic", sizes, 1.5)
    expected = tangents_of(point)
    monkeypatch.delattr(tangents, "matrix")
    assert_close(tangents_of(point), expected)
    with pytest.raises(NameError):
        tangents_of(make_point("logistic", sizes, 0.0))


@pytest.mark.parametrize("sizes", [(90, 100), (100, 90, 95)])
def test_a_steep_spectrum_needs_no_wide_blocks(sizes, monkeypatch):
    monkeypatch.delattr(tangents.Tangents, "_wide")
    assert_leading(make_point("logistic", sizes, 1.5))


def test_one_layer_needs_no_products_with_its_jacobian(monkeypatch):
    monkeypatch.delattr(tangents, "vjp")
    assert_leading(make_point("logistic", (90, 100), 1.5))
    with pytest.raises(NameError):
        tangents_of(make_point("logistic", (90, 100, 95), 1.5))


@pytest.mark.parametrize("sizes", [(90, 100), (90, 100, 95)])
@pytest.mark.parametrize("group", [1, 2, 32])
def test_tangents_do_not_depend_on_the_rows_beside_them(group, sizes, monkeypatch):
    """One of three rows has a flat spectrum, and takes the longer route."""
    point = make_point("relu", sizes, 1.5)
    x = torch.cat([point.x, 1e3 * point.x.flip(0)])
    point.layers.encoder_biases[0][50:] = -30 * point.weights[0][50:].norm(dim=1)
    point = point.at(x)
    alone = torch.cat([tangents_of(point.at(row)) for row in x.split(1)])
    monkeypatch.setattr(tangents, "GROUP", group)
    found = tangents_of(point)
    assert_close((found * alone).sum(-1).abs(), torch.ones(len(x), K).double())


@pytest.mark.parametrize("copies", [2, 4])
@pytest.mark.parametrize("sizes", [(90, 100), (100, 90), (90, 100, 100)])
def test_no_copy_of_a_singular_value_is_missed(sizes, copies):
    """A narrow block finds two of each, and reports residuals of zero."""
    point = make_point("identity", sizes, 0.0)
    weight = point.weights[0]
    for above in point.weights[1:]:
        above.copy_(torch.eye(len(above)))
    U, _, Vh = torch.linalg.svd(weight, full_matrices=False)
    values = torch.arange(len(Vh)).div(copies, rounding_mode="floor").double()
    weight.copy_(U * (-values / 2).exp() @ Vh)
    found = tangents_of(point, copies)
    assert_close(found @ found.mT, torch.eye(copies).double().expand(N_ROWS, copies, copies))
    assert_close((found @ Vh[:copies].mT).norm(dim=-1), torch.ones(N_ROWS, copies).double())


@pytest.mark.parametrize(("n_strong", "slope"), [(K - 1, 1e-4), (K, 1e-4), (K, 1e-12)])
def test_units_that_hardly_move_count_until_they_are_rounding(n_strong, slope):
    point = make_point("logistic", (90, 100), 1.5)
    point.layers.encoder_biases[0][n_strong:] = -torch.tensor(1 / slope).double().log()
    assert_leading(point)


@pytest.mark.parametrize("dead", [False, True])
def test_directions_in_which_a_code_stands_still_are_zero(dead):
    """Of rank 2, or of rank 0, a Jacobian has no third tangent."""
    point = make_point("identity", (90, 100), 1.5)
    weight = point.weights[0]
    weight[:, 2:] = 0
    if dead:
        weight.zero_()
    found = tangents_of(point)
    assert not found[:, 2].any()
    assert bool(found[:, :2].any()) is not dead
