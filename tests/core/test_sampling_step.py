"""A step of a walk equals its definition over a Jacobian that is formed."""

from itertools import islice

import pytest
import torch
from problems import FUNCTIONS, assert_close, formed_jacobian, make_problem

from skcae.core.losses import LOSSES
from skcae.core.model import encode
from skcae.core.sampling import step, walk


def defined_step(architecture, flat, loss, x, e):
    stored, layers = architecture.split(flat), architecture.layers(flat)
    J = formed_jacobian(architecture, stored, x)
    h = encode(layers, x) + torch.einsum("rcf,rdf,rd->rc", J, J, e)
    function = FUNCTIONS[architecture.activation_name]
    for level, (weight, bias) in enumerate(
        zip(layers.decoder_weights, layers.decoder_biases, strict=True)
    ):
        h = (function(h) if level else h) @ weight.T + bias
    return h if loss == "squared_error" else 1 / (1 + torch.exp(-h))


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "softplus"])
def test_a_step_equals_its_definition(activation, loss, tied, depth):
    objective, flat, x, _ = make_problem(activation, loss, tied, depth)
    architecture = objective.architecture
    e = torch.randn(
        len(x), architecture.sizes[-1], generator=torch.Generator().manual_seed(3), dtype=x.dtype
    )
    moved = step(architecture.layers(flat), LOSSES[loss], x, e)
    expected = defined_step(architecture, flat, loss, x, e)
    assert_close(moved, expected.detach())
    assert not torch.allclose(moved, step(architecture.layers(flat), LOSSES[loss], x, 0 * e))


def test_a_walk_is_steps_with_fresh_noise():
    objective, flat, x, _ = make_problem(depth=2)
    layers, loss = objective.architecture.layers(flat), objective.loss
    noise = torch.Generator().manual_seed(1)
    for visited in islice(walk(layers, loss, x, 0.5, torch.Generator().manual_seed(1)), 3):
        x = step(layers, loss, x, 0.5 * torch.randn(len(x), 3, generator=noise, dtype=x.dtype))
        assert torch.equal(visited, x)
