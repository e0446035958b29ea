"""Compares any penalty and its gradient with those of a Jacobian formed by autograd."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from skcae import _bridge

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-8}


@dataclass(frozen=True)
class PenaltyCheck:
    """Result of :func:`check_penalty`.

    Attributes
    ----------
    value : float
        Value of the penalty that was checked.
    expected : float
        Mean over rows of ``||dh/dx||_F^2``.
    gradient_ratio : float
        Norm of the gradient of the penalty in all parameters of the encoder, divided by
        the norm of the expected gradient.
    gradient_cosine : float
        Cosine of the angle between the two gradients; 0 if the penalty has no gradient.
    correct : bool
        Whether value and gradient equal the expected ones, within the tolerance.
    verdict : str
        Result in words, with the likely mistake.
    """

    value: float
    expected: float
    gradient_ratio: float
    gradient_cosine: float
    correct: bool
    verdict: str


def check_penalty(
    penalty: Callable[[Tensor], Tensor],
    encoder: Callable[[Tensor], Tensor],
    X: Any,
    *,
    parameters: Iterable[Tensor] | None = None,
    tol: float | None = None,
) -> PenaltyCheck:
    """Compare a penalty with the mean over rows of ``||dh/dx||_F^2``.

    The expected value and its gradient come from the Jacobian of ``encoder``, formed
    entry by entry with autograd. Both must agree, since a penalty with the right value
    and a wrong gradient trains another objective.

    Parameters
    ----------
    penalty : callable
        ``penalty(x)`` returns the term that your code adds to the loss of a batch x of
        shape (n_samples, n_features), without alpha, as a tensor of one element. x
        requires a gradient, in case your code differentiates with respect to it.
    encoder : callable
        ``encoder(x)`` returns the code of the batch, of shape (n_samples,
        n_components). It is a ``torch.nn.Module``, or any function of torch tensors if
        ``parameters`` are given. It must treat rows independently, so batch
        normalisation must not be in training mode.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        A few rows, for instance 10. Each component costs one backward pass.
    parameters : iterable of Tensor, default=None
        Parameters of the encoder in which to compare gradients. None is
        ``encoder.parameters()``.
    tol : float, default=None
        Relative error allowed in value and gradient. None is 1e-8, or 1e-3 for float32
        parameters.

    Returns
    -------
    check : PenaltyCheck
        Both values, a comparison of the gradients, and a verdict in words.

    Raises
    ------
    ValueError
        If no parameter requires a gradient, the output of the encoder or of the penalty
        has the wrong shape, or the expected penalty is zero at X or has no gradient.

    Examples
    --------
    >>> import torch
    >>> from skcae.inspection import check_penalty
    >>> layer = torch.nn.Linear(6, 4, dtype=torch.float64)
    >>> encoder = torch.nn.Sequential(layer, torch.nn.Sigmoid())
    >>> def penalty(x):
    ...     h = encoder(x)
    ...     return ((h * (1 - h)) ** 2 @ (layer.weight**2).sum(1)).mean() / 2
    >>> check = check_penalty(penalty, encoder, torch.rand(10, 6))
    >>> check.correct
    False
    >>> print(check.verdict)
    Right up to a factor of 0.5: one half. Divide alpha by it to compensate.
    """
    leaves = _leaves(encoder, parameters)
    dense = X.toarray() if sparse.issparse(X) else np.asarray(X)
    rows = _bridge.to_tensor(dense, leaves[0].device).to(leaves[0].dtype)
    x = rows.detach().clone().requires_grad_()
    code, expected = _expected(encoder, x)
    truth = _gradient(expected, leaves)
    if not truth.any():
        raise ValueError(
            "The expected penalty of this encoder is zero at X, or has no gradient, so there "
            "is nothing to compare. Try other rows."
        )
    actual = penalty(x)
    if not isinstance(actual, Tensor) or actual.numel() != 1:
        kind = f"tensor of shape {tuple(actual.shape)}" if isinstance(actual, Tensor) else None
        raise ValueError(
            f"penalty(x) is a {kind or type(actual).__name__}; it must be a tensor of one "
            "element: the mean over the rows of x."
        )
    gradient = _gradient(actual, leaves)
    ratio = float(gradient.norm() / truth.norm())
    cosine = float(torch.nn.functional.cosine_similarity(gradient, truth, dim=0))
    tolerance = TOLERANCE.get(leaves[0].dtype, 1e-3) if tol is None else tol
    factor = actual.item() / expected.item()
    off = float((gradient - factor * truth).norm() / truth.norm())
    correct = abs(factor - 1) <= tolerance and off <= tolerance
    proportional = off <= tolerance * max(1.0, abs(factor))
    sizes = (*code.shape, x.shape[1])
    verdict = _verdict(factor, proportional, bool(gradient.any()), tolerance, sizes)
    return PenaltyCheck(actual.item(), expected.item(), ratio, cosine, correct, verdict)


def _leaves(encoder: Any, parameters: Iterable[Tensor] | None) -> list[Tensor]:
    if parameters is None:
        parameters = encoder.parameters() if hasattr(encoder, "parameters") else []
    leaves = [parameter for parameter in parameters if parameter.requires_grad]
    if not leaves:
        raise ValueError(
            "The encoder has no parameters that require a gradient; pass a torch.nn.Module, "
            "or tensors as parameters=[W, b]."
        )
    return leaves


def _expected(encoder: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Codes, and the mean over rows of ``||J||_F^2``.

    Row j of every J is the gradient in x of the sum of ``h_j`` over rows.
    """
    code = encoder(x)
    if code.dim() != 2 or len(code) != len(x):
        raise ValueError(
            f"encoder(x) has shape {tuple(code.shape)}; it must be ({len(x)}, n_components), a "
            "code for each row."
        )
    rows = [torch.autograd.grad(unit.sum(), x, create_graph=True)[0] for unit in code.unbind(1)]
    return code, torch.stack(rows).square().sum() / len(x)


def _gradient(value: Tensor, leaves: list[Tensor]) -> Tensor:
    """Gradient in all leaves as one vector, with zeros for leaves that have none."""
    if not value.requires_grad:
        return torch.cat([torch.zeros_like(leaf).flatten() for leaf in leaves])
    gradients = torch.autograd.grad(value.sum(), leaves, allow_unused=True, retain_graph=True)
    return torch.cat(
        [
            (torch.zeros_like(leaf) if part is None else part).flatten()
            for leaf, part in zip(leaves, gradients, strict=True)
        ]
    )


def _verdict(
    factor: float, proportional: bool, moves: bool, tolerance: float, sizes: tuple[int, int, int]
) -> str:
    value_right = abs(factor - 1) <= tolerance
    if value_right and proportional:
        return "Correct: value and gradient are those of the mean over rows of ||dh/dx||_F^2."
    if not moves:
        size = "right, but" if value_right else f"{factor:.3g} times the right one, and"
        return (
            f"The value is {size} it has no gradient in the encoder. Keep the graph "
            "(create_graph=True), and do not detach W."
        )
    if proportional:
        cause = _known_factor(factor, tolerance, *sizes)
        return f"Right up to a factor of {factor:.3g}{cause}. Divide alpha by it to compensate."
    if value_right:
        return (
            "The value is right, but the gradient is not: part of the graph is cut, for instance "
            "by detach(), .data or state_dict()."
        )
    return (
        f"Another quantity: the value is {factor:.3g} times the right one, and the gradient has "
        "another direction."
    )


def _known_factor(
    factor: float, tolerance: float, n_rows: int, n_components: int, n_features: int
) -> str:
    entries = n_components * n_features
    known = {
        "one half": 1 / 2,
        "a sum over rows for a mean": n_rows,
        "a mean over the entries of J for a sum": 1 / entries,
        "a mean over components for a sum": 1 / n_components,
        "a mean over features for a sum": 1 / n_features,
    }
    matches = [name for name, value in known.items() if abs(factor - value) <= tolerance * value]
    return f": {matches[0]}" if matches else ""
