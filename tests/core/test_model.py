"""One flat buffer, views into it, and the two maps."""

from math import sqrt

import pytest
import torch
from problems import SIZES, assert_close, make_problem

from skcae.core.model import Architecture, Point, decode, encode


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("tied", [True, False])
def test_views_cover_the_buffer_once_in_order(tied, depth):
    architecture = Architecture(SIZES[depth], tied=tied)
    flat = torch.arange(architecture.n_parameters, dtype=torch.float64)
    assert torch.equal(torch.cat([view.flatten() for view in architecture.split(flat)]), flat)
    architecture.split(flat)[0].fill_(-1)
    assert (flat < 0).sum() == SIZES[depth][0] * SIZES[depth][1]


def test_tied_decoder_weights_are_the_encoders_transposed_and_share_their_memory():
    architecture = Architecture((6, 4, 3))
    flat = architecture.initialise(torch.Generator().manual_seed(0), torch.float64)
    layers = architecture.layers(flat)
    assert [weight.shape for weight in layers.decoder_weights] == [(4, 3), (6, 4)]
    assert [bias.shape for bias in layers.decoder_biases] == [(4,), (6,)]
    layers.encoder_weights[1][2, 0] = 7.0
    assert layers.decoder_weights[0][0, 2] == 7.0


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    architecture = Architecture((300, 200), tied=False)
    stored = architecture.split(
        architecture.initialise(torch.Generator().manual_seed(0), torch.float64)
    )
    bound = sqrt(6 / 500)
    for weight in stored[::2]:
        assert weight.abs().max() <= bound
        assert weight.abs().max() > 0.999 * bound
        assert weight.var().item() == pytest.approx(bound**2 / 3, rel=0.02)
    assert not torch.equal(stored[0], stored[2].T)
    assert all((bias == 0).all() for bias in stored[1::2])


@pytest.mark.parametrize("depth", SIZES)
def test_leading_axes_are_models(depth):
    objective, flat, x, _ = make_problem("tanh", tied=False, depth=depth)
    architecture = objective.architecture
    both = architecture.layers(torch.stack([flat, 2 * flat]))
    for model, scale in enumerate((1, 2)):
        single = architecture.layers(scale * flat)
        code = encode(single, x)
        assert_close(encode(both, x)[model], code)
        assert_close(
            decode(both, encode(both, x))[model],
            decode(single, code),
        )


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("tied", [True, False])
def test_flatten_is_the_inverse_of_layers(tied, depth):
    architecture = Architecture(SIZES[depth], tied=tied)
    flat = torch.arange(architecture.n_parameters, dtype=torch.float64)
    assert torch.equal(architecture.flatten(architecture.layers(flat)), flat)


def test_a_point_is_the_encoder_at_its_rows():
    objective, flat, x, _ = make_problem("tanh", depth=2)
    point = Point(objective.architecture.layers(flat), x)
    assert_close(point.code, encode(point.layers, x))
    assert [slope.shape for slope in point.slopes] == [output.shape for output in point.outputs]
    assert_close(point.slopes[1], 1 - point.code.square())
    elsewhere = point.at(x + 1)
    assert elsewhere.weights is point.weights
    assert_close(elsewhere.code, encode(point.layers, x + 1))
