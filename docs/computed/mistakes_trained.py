"""What training with every mistake does to the true norm of the Jacobian."""

import torch
from _table import show
from mistakes import MISTAKES, encoder_for, last_layer, right
from sklearn.datasets import load_digits
from torch import nn

ALPHA, EPOCHS = 1.0, 30
X = torch.from_numpy(load_digits().data[::2] / 16)


def truth(encoder, x):
    """Mean over rows of the squared norm of the Jacobian, and singular value 1 over singular value 10."""
    x = x.clone().requires_grad_()
    rows = [
        torch.autograd.grad(unit.sum(), x, create_graph=True)[0] for unit in encoder(x).unbind(1)
    ]
    s = torch.linalg.svdvals(torch.stack(rows, 1))
    return s.square().sum(1).mean().item(), (s[:, 0] / s[:, 9]).median().item()


def train(kind, penalty):
    """Minimise the reconstruction error, through tied weights, and ALPHA times the penalty."""
    encoder = encoder_for(kind)
    weights = [layer.weight for layer in encoder if isinstance(layer, nn.Linear)]
    biases = [nn.Parameter(torch.zeros(weight.shape[1], dtype=weight.dtype)) for weight in weights]
    optimizer = torch.optim.Adam([*encoder.parameters(), *biases], lr=0.01)

    def reconstruction(x):
        r = encoder(x)
        for weight, bias in zip(reversed(weights[1:]), reversed(biases[1:]), strict=True):
            r = torch.sigmoid(r @ weight + bias)
        return ((r @ weights[0] + biases[0] - x) ** 2).sum(1).mean()

    for _ in range(EPOCHS):
        for index in torch.randperm(len(X)).split(50):
            x = X[index].requires_grad_()
            loss = reconstruction(x) + ALPHA * penalty(encoder, x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return reconstruction(X).item(), *truth(encoder, X[::3])


def none(encoder, x):
    """No penalty."""
    return 0.0


def exact(encoder, x):
    """The penalty of any encoder, formed entry by entry."""
    rows = [
        torch.autograd.grad(unit.sum(), x, create_graph=True)[0] for unit in encoder(x).unbind(1)
    ]
    return torch.stack(rows).square().sum() / len(x)


ENCODERS = {
    "one logistic layer": right,
    "one tanh layer": MISTAKES["slope of another activation"],
    "two layers": last_layer,
}
rows = []
for encoder, kind in ENCODERS.items():
    own = {name: penalty for name, penalty in MISTAKES.items() if kind is right or penalty is kind}
    others = set(ENCODERS.values()) - {kind}
    compared = {
        "none": none,
        "right": exact,
        **{name: penalty for name, penalty in own.items() if penalty not in others},
    }
    rows += [[encoder, name, *train(kind, penalty)] for name, penalty in compared.items()]
show(
    ["encoder", "penalty", "reconstruction error", "true :math:`\\| J \\|_F^2`", "anisotropy"], rows
)
