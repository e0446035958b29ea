"""The contraction penalty and the mistakes in circulation, as they are written in torch."""

import torch
from torch import Tensor, nn


def right(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[0], encoder(x)
    slope = h * (1 - h)
    return (slope**2 @ (layer.weight**2).sum(1)).mean()


def slope_of_another_activation(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[0], encoder(x)  # encoder[1] is nn.Tanh()
    slope = h * (1 - h)
    return (slope**2 @ (layer.weight**2).sum(1)).mean()


def square_of_sum(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[0], encoder(x)
    slope = h * (1 - h)
    return (slope**2 @ layer.weight.sum(1) ** 2).mean()


def detached_weights(encoder: nn.Sequential, x: Tensor) -> Tensor:
    weight, h = encoder.state_dict()["0.weight"], encoder(x)
    slope = h * (1 - h)
    return (slope**2 @ (weight**2).sum(1)).mean()


def gradient_of_sum(encoder: nn.Sequential, x: Tensor) -> Tensor:
    h = encoder(x)
    (gradient,) = torch.autograd.grad(h.sum(), x, create_graph=True)
    return (gradient**2).sum(1).mean()


def no_graph(encoder: nn.Sequential, x: Tensor) -> Tensor:
    jacobian = torch.autograd.functional.jacobian
    J = jacobian(lambda x: encoder(x).sum(0), x)
    return (J**2).sum() / len(x)


def mean_of_entries(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[0], encoder(x)
    slope = h * (1 - h)
    return (slope**2 @ (layer.weight**2).mean(1)).mean()


def last_layer(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[2], encoder(x)  # encoder[0] is another layer
    slope = h * (1 - h)
    return (slope**2 @ (layer.weight**2).sum(1)).mean()


def one_half(encoder: nn.Sequential, x: Tensor) -> Tensor:
    layer, h = encoder[0], encoder(x)
    slope = h * (1 - h)
    return (slope**2 @ (layer.weight**2).sum(1)).mean() / 2


def encoder_for(penalty, seed=0) -> nn.Sequential:
    """An encoder from 64 features to a code of 32, of the kind that the penalty is written for."""
    torch.manual_seed(seed)
    if penalty is last_layer:
        return nn.Sequential(
            nn.Linear(64, 48), nn.Sigmoid(), nn.Linear(48, 32), nn.Sigmoid()
        ).double()
    return nn.Sequential(
        nn.Linear(64, 32), nn.Tanh() if penalty is slope_of_another_activation else nn.Sigmoid()
    ).double()


MISTAKES = {
    "slope of another activation": slope_of_another_activation,
    "square of a sum": square_of_sum,
    "detached weights": detached_weights,
    "gradient of a sum": gradient_of_sum,
    "Jacobian without a graph": no_graph,
    "mean for a sum": mean_of_entries,
    "last layer only": last_layer,
    "one half": one_half,
}
