"""The encoder's Jacobian ``J = D_L W_L ... D_1 W_1``, from weights and slopes alone.

``weights[l]`` is W_l, (..., n_l, n_{l-1}); ``slopes[l]`` is the diagonal of D_l for
every row, (..., rows, n_l). All functions are plain products: they need no autograd,
and one order of it suffices to differentiate them.
"""

from collections.abc import Sequence

from torch import Tensor

Tensors = Sequence[Tensor]


def matrix(weights: Tensors, slopes: Tensors) -> Tensor:
    """J of every row, (..., rows, n_components, n_features)."""
    product = slopes[0].unsqueeze(-1) * weights[0].unsqueeze(-3)
    for weight, slope in zip(weights[1:], slopes[1:], strict=True):
        product = slope.unsqueeze(-1) * (weight.unsqueeze(-3) @ product)
    return product


def vjp(weights: Tensors, slopes: Tensors, u: Tensor) -> Tensor:
    """``u^T J`` of every row; u is (..., rows, n_components)."""
    for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
        u = (u * slope) @ weight
    return u


def jvp(weights: Tensors, slopes: Tensors, v: Tensor) -> Tensor:
    """``J v`` of every row; v is (..., rows, n_features)."""
    for weight, slope in zip(weights, slopes, strict=True):
        v = (v @ weight.mT) * slope
    return v


def gram(weights: Tensors, slopes: Tensors) -> Tensor:
    """``J J^T`` of every row, without forming J."""
    inner = (weights[0] @ weights[0].mT).unsqueeze(-3)
    outer = _after_first(weights, slopes)
    return outer @ inner @ outer.mT


def squared_norm(weights: Tensors, slopes: Tensors) -> Tensor:
    """``||J||_F^2`` of every row, (..., rows), by the cheapest exact route.

    One layer: ``sum_j slope_j^2 ||W_j||^2``, so J is never formed. Deeper: with
    ``J = A W_1`` and ``G = W_1 W_1^T``, ``||J||_F^2 = sum (A G) * A``; when there are
    fewer features than first-layer units, J itself is the smaller of the two.
    """
    first = weights[0]
    if len(weights) == 1:
        return (slopes[0].square() @ first.square().sum(-1, keepdim=True)).squeeze(-1)
    if first.shape[-1] <= first.shape[-2]:
        return matrix(weights, slopes).square().sum((-2, -1))
    outer = _after_first(weights, slopes)
    inner = (first @ first.mT).unsqueeze(-3)
    return ((outer @ inner) * outer).sum((-2, -1))


def _after_first(weights: Tensors, slopes: Tensors) -> Tensor:
    """``A = D_L W_L ... D_2 W_2 D_1`` of every row, (..., rows, n_components, n_1)."""
    if len(weights) == 1:
        return slopes[0].diag_embed()
    return matrix(weights[1:], slopes[1:]) * slopes[0].unsqueeze(-2)
