"""The objective over a fit, for values of the parameters that steer the training."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

from skcae import ContractiveAutoencoder

X = scale(load_breast_cancer().data)


def _fits(name: str, values: tuple) -> list[ContractiveAutoencoder]:
    _, ax = plt.subplots()
    fits = []
    for value in values:
        cae = ContractiveAutoencoder(16, n_iter_no_change=None, random_state=0)
        fits.append(cae.set_params(**{name: value}).fit(X))
        ax.semilogy(range(1, cae.n_iter_ + 1), cae.loss_curve_, label=str(value))
    ax.set(xlabel="epoch", ylabel="objective")
    ax.legend(title=name)
    return fits


def max_iter() -> None:
    """Each fit ends at a low learning rate, below the longer fits on their way."""
    fits = _fits("max_iter", (25, 50, 100, 200))
    for shorter, longer in pairwise(fits):
        assert shorter.loss_curve_[-1] < 0.9 * longer.loss_curve_[shorter.n_iter_ - 1]


def learning_rate_init() -> None:
    """Too low takes long, too high is cut."""
    auto, *low, high = _fits("learning_rate_init", ("auto", 0.001, 0.01, 1.0))
    assert min(cae.loss_curve_[-1] for cae in low) > 1.2 * auto.loss_curve_[-1]
    assert high.learning_rate_ < 0.5


def batch_size() -> None:
    """Small batches are ahead at first, and little at the end."""
    curves = [cae.loss_curve_ for cae in _fits("batch_size", (10, 50, 200, 569))]
    early = [curve[4] for curve in curves]
    assert early == sorted(early)
    assert early[-1] / early[0] > 2 > 1.3 > curves[-1][-1] / curves[0][-1]
    assert np.argmin([curve[-1] for curve in curves]) < 2
