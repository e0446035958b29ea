import torch

from skcae.core.losses import Loss

POISSON = Loss(
    value=lambda z, x: (torch.exp(z) - x * z).sum(-1),
    value_and_gradient=lambda z, x: (
        (torch.exp(z) - x * z).sum(-1),
        torch.exp(z) - x,
    ),
    link=torch.exp,
    inverse_link=lambda mean: torch.log(mean.clamp_min(1e-9)),
    domain=(0.0, float("inf")),
    remedy="Counts are at least 0; use loss='squared_error' for other values.",
)
