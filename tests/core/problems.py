"""Small float64 problems, and the objective written straight from its definition with the Jacobian formed by autograd."""

import itertools

import torch
from torch import Tensor

from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, encode
from skcae.core.objective import Objective
from skcae.core.penalties import Exact
from skcae.core.streams import Batch

SIZES = {1: (5, 4), 2: (6, 4, 3), 3: (3, 5, 4, 2)}
COMBINATIONS = list(itertools.product(ACTIVATIONS, LOSSES, (True, False), SIZES))

FUNCTIONS = {
    "logistic": lambda z: 1 / (1 + torch.exp(-z)),
    "tanh": torch.tanh,
    "relu": lambda z: z * (z > 0),
    "identity": lambda z: z,
    "softplus": lambda z: torch.log(1 + torch.exp(z)),
}


def make_problem(activation="logistic", loss="squared_error", tied=True, depth=1, **knobs):
    """An objective, parameters away from their initial values, rows in [0, 1] and weights that sum to one."""
    generator = torch.Generator().manual_seed(depth)
    architecture = Architecture(SIZES[depth], activation, tied)
    objective = Objective(
        architecture, loss, **{"alpha": 0.7, "penalty": Exact(), "weight_decay": 0.3, **knobs}
    )
    flat = architecture.initialise(generator, torch.float64)
    flat += 0.3 * torch.randn(flat.shape, generator=generator, dtype=torch.float64)
    x = torch.rand(7, SIZES[depth][0], generator=generator, dtype=torch.float64)
    weight = torch.rand(7, generator=generator, dtype=torch.float64)
    return objective, flat, x, weight / weight.sum()


def make_batch(x, weight, source=None, seed=0):
    """A batch of these rows; equal seeds draw equal signs."""
    generator = torch.Generator().manual_seed(seed)
    return Batch(
        x if source is None else source, x, weight, weight.sum(), make_signs(len(x), generator)
    )


def make_signs(rows, generator):
    return lambda columns: torch.randint(2, (rows, columns), generator=generator).double() * 2 - 1


def formed_jacobian(architecture: Architecture, stored: list[Tensor], x: Tensor) -> Tensor:
    """dh/dx of every row, entry by entry, by autograd through the encoder; differentiable once more."""

    def one_row(row: Tensor) -> Tensor:
        return encode(
            architecture.layers(stored), architecture.activation, row.unsqueeze(0)
        ).squeeze(0)

    return torch.stack(
        [torch.autograd.functional.jacobian(one_row, row, create_graph=True) for row in x]
    )


def defined_terms(
    objective: Objective, flat: Tensor, x: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Total, reconstruction and penalty from the definitions, sharing no formula with the package."""
    architecture, function = (
        objective.architecture,
        FUNCTIONS[objective.architecture.activation_name],
    )
    stored = architecture.split(flat)
    depth = len(architecture.sizes) - 1
    weights, biases, rest = stored[: 2 * depth : 2], stored[1 : 2 * depth : 2], stored[2 * depth :]
    code = x
    for matrix, bias in zip(weights, biases, strict=True):
        code = function(code @ matrix.T + bias)
    back = [matrix.T for matrix in reversed(weights)] if architecture.tied else rest[::2]
    z = code
    for level, (matrix, bias) in enumerate(
        zip(back, rest if architecture.tied else rest[1::2], strict=True)
    ):
        z = (function(z) if level else z) @ matrix.T + bias
    if objective.loss_name == "squared_error":
        rows = ((z - x) ** 2).sum(1)
    else:
        r = 1 / (1 + torch.exp(-z))
        rows = -(x * torch.log(r) + (1 - x) * torch.log(1 - r)).sum(1)
    reconstruction = (weight * rows).sum()
    penalty = (weight * (formed_jacobian(architecture, stored, x) ** 2).sum((1, 2))).sum()
    decay = sum((matrix**2).sum() for matrix in (weights if architecture.tied else weights + back))
    return (
        reconstruction + objective.alpha * penalty + objective.weight_decay * decay,
        reconstruction,
        penalty,
    )


def assert_close(actual: Tensor, expected: Tensor, tolerance: float = 1e-10) -> None:
    """Equal to a tolerance relative to the largest entry."""
    scale = float(expected.detach().abs().max()) or 1.0
    torch.testing.assert_close(actual, expected, rtol=0, atol=tolerance * scale)
