"""The methods of worth.py: their grids, and the codes of one candidate."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from _sets import Split
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.model_selection import alpha_grid

VARIANCE = 100.0
"""The total variance of all codes, once they are scaled, so that C means the same for all."""
N_GRID_ROWS = 3000

# The grids: a method takes as many as there are candidates, from the front.

RATES = [0.01, 0.001, "auto", 0.003, 0.03]
DECAYS = [0.01, 0.001, 0.03, 0.0001, 0.1]
MASKING = [(0.3, 0.001), (0.5, 0.001), (0.3, 0.01), (0.5, 0.01), (0.7, 0.003)]
GAUSSIAN = [(0.3, "auto"), (0.1, "auto"), (0.3, 0.001), (0.1, 0.001), (0.5, "auto")]
CONTRACTION = [(6, "auto"), (4, "auto"), (6, 0.001), (4, 0.001), (8, "auto")]
"""The place of alpha in the grid of nine that suits the rows, and the rate."""
VARIANCES = [0.95, 0.85, 0.7, 0.99, 0.5]


class Setting(NamedTuple):
    """A candidate: what it is in words, and the transformer that gives the codes."""

    words: str
    encoder: BaseEstimator


def raw(_: np.ndarray, __: dict) -> Iterator[Setting]:
    yield Setting("", FunctionTransformer())


def pca(_: np.ndarray, __: dict) -> Iterator[Setting]:
    for variance in VARIANCES:
        yield Setting(f"variance {variance:g}", PCA(variance))


def plain(_: np.ndarray, shared: dict) -> Iterator[Setting]:
    for rate in RATES:
        cae = ContractiveAutoencoder(alpha=0, learning_rate_init=rate, **shared)
        yield Setting(f"rate {rate}", cae)


def decayed(_: np.ndarray, shared: dict) -> Iterator[Setting]:
    for decay in DECAYS:
        yield Setting(
            f"decay {decay:g}", ContractiveAutoencoder(alpha=0, weight_decay=decay, **shared)
        )


def masking(_: np.ndarray, shared: dict) -> Iterator[Setting]:
    for level, rate in MASKING:
        dae = DenoisingAutoencoder(corruption_level=level, learning_rate_init=rate, **shared)
        yield Setting(f"level {level:g}, rate {rate}", dae)


def gaussian(_: np.ndarray, shared: dict) -> Iterator[Setting]:
    for level, rate in GAUSSIAN:
        knobs = {"corruption_level": level, "learning_rate_init": rate}
        dae = DenoisingAutoencoder(corruption="gaussian", **knobs, **shared)
        yield Setting(f"level {level:g}, rate {rate}", dae)


def contractive(X: np.ndarray, shared: dict) -> Iterator[Setting]:
    grid = alpha_grid(ContractiveAutoencoder(**shared), X[:N_GRID_ROWS])
    for place, rate in CONTRACTION:
        alpha = float(grid[place])
        cae = ContractiveAutoencoder(alpha=alpha, learning_rate_init=rate, **shared)
        yield Setting(f"alpha {alpha:g}, rate {rate}", cae)


def deep(X: np.ndarray, shared: dict) -> Iterator[Setting]:
    half = max(1, shared["n_components"] // 2)
    sizes = {"n_components": half, "hidden_layer_sizes": (half,)}
    yield from contractive(X, shared | sizes)


METHODS: dict[str, Callable[[np.ndarray, dict], Iterator[Setting]]] = {
    "raw": raw,
    "PCA": pca,
    "plain": plain,
    "weight decay": decayed,
    "masking": masking,
    "gaussian": gaussian,
    "contractive": contractive,
    "contractive, deep": deep,
}


class Codes:
    """The codes of a candidate: centred, and scaled as a whole."""

    def __init__(self, words: str, encoder: BaseEstimator, split: Split) -> None:
        self.words, self.encoder, self.split = words, encoder.fit(split.X), split
        codes = encoder.transform(split.X)
        self.mean = codes.mean(0)
        variance = codes.var(0).sum()
        self.scale = np.float32(np.sqrt(VARIANCE / variance)) if variance > 1e-12 else 1.0
        self.train = self._scaled(codes)
        self.under = cache(self._under)

    def _scaled(self, codes: np.ndarray) -> np.ndarray:
        return (codes - self.mean) * self.scale

    def of(self, X: np.ndarray) -> np.ndarray:
        return self._scaled(self.encoder.transform(X))

    def _under(self, condition: str) -> np.ndarray:
        return self.of(self.split.under(condition))

    def gradient(self, X: np.ndarray, backward: np.ndarray) -> np.ndarray:
        """The gradient at X of what has the gradient ``backward`` at the codes."""
        encoder, backward = self.encoder, backward * self.scale
        if isinstance(encoder, PCA):
            return backward @ encoder.components_
        if isinstance(encoder, FunctionTransformer):
            return backward
        depth = len(encoder.coefs_) // 2
        outputs = [X]
        for weights, bias in zip(encoder.coefs_[:depth], encoder.intercepts_[:depth], strict=True):
            outputs.append(expit(outputs[-1] @ weights + bias))
        for weights, output in zip(encoder.coefs_[:depth][::-1], outputs[:0:-1], strict=True):
            backward = (backward * output * (1 - output)) @ weights.T
        return backward
