"""Whole fits of digits by what people use today: seconds, error and objective reached, memory.

Run ``python docs/benchmarks/peers.py``. Every peer has 32 components and 50 epochs, and
runs in a process of its own. A peer whose package is not installed is reported as
missing.
"""

import multiprocessing
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np
import torch
from _common import parser, peak, save, seconds
from scipy.special import expit
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.neural_network import BernoulliRBM, MLPRegressor
from torch.utils.data import DataLoader, TensorDataset

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

N_COMPONENTS, EPOCHS, BATCH, ALPHA = 32, 50, 64, 0.1


class Fitted(NamedTuple):
    """What a peer ends with."""

    reconstruction: np.ndarray
    encoder: tuple[np.ndarray, np.ndarray] | None = None
    """Weights (n_components, n_features) and biases of a logistic code."""


class Autoencoder(torch.nn.Module):
    """Tied logistic layer with a linear output, as tutorials write it; returns the objective of a batch."""

    def __init__(self, n_features: int = 64) -> None:
        super().__init__()
        self.encoder, self.bias = (
            torch.nn.Linear(n_features, N_COMPONENTS),
            torch.nn.Parameter(torch.zeros(n_features)),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.sigmoid(self.encoder(x))
        error = (h @ self.encoder.weight + self.bias - x).square().sum(1).mean()
        return error + ALPHA * self.penalty(x, h)

    def penalty(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return ((h * (1 - h)).square() @ self.encoder.weight.square().sum(1)).mean()

    def fitted(self, X: np.ndarray) -> Fitted:
        W, b, c = (
            parameter.detach().numpy()
            for parameter in (self.encoder.weight, self.encoder.bias, self.bias)
        )
        return Fitted(expit(X @ W.T + b) @ W + c, (W, b))


class FormedJacobian(Autoencoder):
    """The same, by the whole Jacobian of every row."""

    def penalty(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        encode = torch.func.vmap(torch.func.jacrev(lambda row: torch.sigmoid(self.encoder(row))))
        return encode(x).square().sum((1, 2)).mean()


def in_torch(X: np.ndarray, epochs: int, module: type[Autoencoder], loader: bool) -> Fitted:
    """The usual loop, over a DataLoader or a permuted tensor."""
    data, model = torch.from_numpy(X), module()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    batches = DataLoader(TensorDataset(data), BATCH, shuffle=True)
    for _ in range(epochs):
        for x in (
            (one for (one,) in batches)
            if loader
            else (data[index] for index in torch.randperm(len(data)).split(BATCH))
        ):
            loss = model(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.fitted(X)


def in_skorch(X: np.ndarray, epochs: int) -> Fitted:
    from skorch import NeuralNet

    net = NeuralNet(
        Autoencoder,
        criterion=lambda: lambda objective, _: objective,
        optimizer=torch.optim.Adam,
        lr=0.001,
        max_epochs=epochs,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    return net.fit(X, np.zeros(len(X), dtype=np.float32)).module_.fitted(X)


def ours(X: np.ndarray, epochs: int, **parameters: object) -> Fitted:
    cae = ContractiveAutoencoder(
        N_COMPONENTS,
        alpha=ALPHA,
        max_iter=epochs,
        random_state=0,
        n_iter_no_change=None,
        **parameters,
    )
    codes = cae.fit(X).transform(X)
    return Fitted(cae.inverse_transform(codes), (cae.components_, cae.intercept_hidden_))


def denoising(X: np.ndarray, epochs: int) -> Fitted:
    dae = DenoisingAutoencoder(N_COMPONENTS, max_iter=epochs, random_state=0, n_iter_no_change=None)
    codes = dae.fit(X).transform(X)
    return Fitted(dae.inverse_transform(codes), (dae.components_, dae.intercept_hidden_))


def regressor(X: np.ndarray, epochs: int) -> Fitted:
    net = MLPRegressor(
        hidden_layer_sizes=(N_COMPONENTS,),
        activation="logistic",
        batch_size=BATCH,
        max_iter=epochs,
        n_iter_no_change=epochs,
    )
    net.fit(X, X)
    return Fitted(net.predict(X), (net.coefs_[0].T, net.intercepts_[0]))


def machine_of_boltzmann(X: np.ndarray, epochs: int) -> Fitted:
    rbm = BernoulliRBM(
        N_COMPONENTS, batch_size=BATCH, n_iter=epochs, learning_rate=0.05, random_state=0
    ).fit(X)
    return Fitted(
        expit(rbm.transform(X) @ rbm.components_ + rbm.intercept_visible_),
        (rbm.components_, rbm.intercept_hidden_),
    )


def pca(X: np.ndarray, epochs: int) -> Fitted:
    model = PCA(N_COMPONENTS).fit(X)
    return Fitted(model.inverse_transform(model.transform(X)))


PEERS: dict[str, tuple[str, Callable[[np.ndarray, int], Fitted]]] = {
    "ContractiveAutoencoder": ("skcae", ours),
    "ContractiveAutoencoder, Adam at 0.001": (
        "skcae",
        partial(ours, learning_rate="constant", learning_rate_init=0.001, batch_size=BATCH),
    ),
    "DenoisingAutoencoder": ("skcae", denoising),
    "torch, closed form": ("torch", partial(in_torch, module=Autoencoder, loader=False)),
    "torch, closed form, DataLoader": ("torch", partial(in_torch, module=Autoencoder, loader=True)),
    "torch, vmap(jacrev)": ("torch", partial(in_torch, module=FormedJacobian, loader=False)),
    "skorch": ("skorch", in_skorch),
    "MLPRegressor(X, X)": ("scikit-learn", regressor),
    "BernoulliRBM": ("scikit-learn", machine_of_boltzmann),
    "PCA": ("scikit-learn", pca),
}


def measure(name: str, X: np.ndarray, epochs: int) -> dict:
    """In a process of its own: fit a few rows to warm up, then all for the memory, then all once more for the time."""
    package, peer = PEERS[name]
    peer(X[:200], epochs)
    memory = peak(lambda: peer(X, epochs))
    torch.manual_seed(0)
    found: list[Fitted] = []
    taken = seconds(lambda: found.append(peer(X, epochs)))
    (fitted,), X = found, X.astype(np.float64)
    error = np.square(X - fitted.reconstruction).sum(1).mean()
    row = {
        "peer": name,
        "version": f"{package} {version(package)}",
        "seconds": round(taken, 3),
        "peak MiB": memory,
    }
    row["error"] = round(float(error), 3)
    if fitted.encoder:
        W, b = (array.astype(np.float64) for array in fitted.encoder)
        h = expit(X @ W.T + b)
        contraction = float(((h * (1 - h)) ** 2 @ (W**2).sum(1)).mean())
        row |= {
            "contraction": round(contraction, 3),
            "objective": round(float(error) + ALPHA * contraction, 3),
        }
    return row


def main() -> None:
    """One process after another."""
    arguments, rows = parser(__doc__.splitlines()[0]).parse_args(), []
    X, epochs = (load_digits().data / 16).astype(np.float32), 2 if arguments.quick else EPOCHS
    for name, (package, _) in PEERS.items():
        try:
            version(package)
        except PackageNotFoundError:
            rows.append({"peer": name, "version": "missing"})
            continue
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows.append(pool.apply(measure, (name, X, epochs)))
    save("peers", rows, arguments)


if __name__ == "__main__":
    main()
