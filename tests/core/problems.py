"""Small float64 problems, and the objective written straight from its definition with the Jacobian formed by autograd."""

import itertools

import torch
from torch import Tensor

from skcae.core.activations import ACTIVATIONS
from skcae.core.draws import RowDraws
from skcae.core.fused import FusedStep
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, encode
from skcae.core.objective import AutoencoderObjective
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
    "elu": lambda z: torch.where(z > 0, z, torch.exp(torch.where(z > 0, 0, z)) - 1),
    "leaky_relu": lambda z: torch.where(z > 0, z, z / 100),
}


def make_problem(
    activation="logistic",
    loss="squared_error",
    tied=True,
    depth=1,
    code_activation=None,
    **knobs,
):
    """An objective, parameters away from their initial values, rows in [0, 1] and weights that sum to one."""
    generator = torch.Generator().manual_seed(depth)
    architecture = Architecture(SIZES[depth], activation, tied, code_activation)
    objective = AutoencoderObjective(
        architecture, loss, **{"alpha": 0.7, "penalty": Exact(), "weight_decay": 0.3, **knobs}
    )
    flat = architecture.initialise(generator, torch.float64)
    flat += 0.3 * torch.randn(flat.shape, generator=generator, dtype=torch.float64)
    x = torch.rand(7, SIZES[depth][0], generator=generator, dtype=torch.float64)
    weight = torch.rand(7, generator=generator, dtype=torch.float64)
    return objective, flat, x, weight / weight.sum()


def by_hand(objective, flat):
    """The step whose gradient is derived by hand."""
    step = objective.step(flat)
    assert isinstance(step, FusedStep)
    return step


def values(terms):
    """All numbers of a step's terms, in one list."""
    return [terms.total, *terms.parts, terms.share]


def make_batch(x, weight, source=None, seed=0):
    """A batch of these rows; equal seeds draw the same."""
    source = x if source is None else source
    return Batch(source, x, weight, weight.sum(), make_draws(x, seed), {})


def make_draws(x, seed=0):
    """Draws for every row, of each model where rows differ among models."""
    return RowDraws(x if x.dim() == 2 else x[0], torch.Generator().manual_seed(seed))


def formed_jacobian(architecture: Architecture, stored: list[Tensor], x: Tensor) -> Tensor:
    """dh/dx of every row, entry by entry, by autograd through the encoder; differentiable once more."""
    layers = architecture.layers(torch.cat([tensor.flatten() for tensor in stored]))

    def one_row(row: Tensor) -> Tensor:
        return encode(layers, row.unsqueeze(0)).squeeze(0)

    return torch.stack(
        [torch.autograd.functional.jacobian(one_row, row, create_graph=True) for row in x]
    )


def defined_terms(
    objective: AutoencoderObjective, flat: Tensor, x: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Total, reconstruction and penalty from the definitions, sharing no formula with the package."""
    architecture = objective.architecture
    function = FUNCTIONS[architecture.activation_name]
    of_code = FUNCTIONS[architecture.code_activation_name or architecture.activation_name]
    stored = architecture.split(flat)
    depth = len(architecture.sizes) - 1
    weights, biases, rest = stored[: 2 * depth : 2], stored[1 : 2 * depth : 2], stored[2 * depth :]
    code = x
    for level, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        code = (of_code if level == depth - 1 else function)(code @ matrix.T + bias)
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
