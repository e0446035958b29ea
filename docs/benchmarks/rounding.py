"""How rounding grows: joint trainings and two threads beside the same fit on one.

Run ``python docs/benchmarks/rounding.py``. All are the same training step for step, and
sum in different orders. For each number of epochs: the largest relative difference of
weights and of objectives over nine alphas on digits, 32 units.
"""

from collections.abc import Callable

import numpy as np
import torch
from _common import parser, save
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, contractive_path

ALPHAS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]
EPOCHS = [1, 5, 20, 100]


def alone(X: np.ndarray, threads: int, **parameters: float) -> list[ContractiveAutoencoder]:
    """A fit for every alpha on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return [ContractiveAutoencoder(alpha=alpha, **parameters).fit(X) for alpha in ALPHAS]
    finally:
        torch.set_num_threads(before)


def difference(one: list, other: list, values: Callable) -> float:
    """The largest relative difference over all alphas."""
    pairs = [(values(a), values(b)) for a, b in zip(one, other, strict=True)]
    return max(np.abs(a - b).max() / np.abs(a).max() for a, b in pairs)


def main() -> None:
    """Compare after several numbers of epochs, in both dtypes."""
    arguments, rows = parser(__doc__.splitlines()[0]).parse_args(), []
    X = load_digits().data[: 200 if arguments.quick else None] / 16
    for dtype in (np.float32, np.float64):
        for epochs in EPOCHS[:2] if arguments.quick else EPOCHS:
            fit = {"n_components": 32, "max_iter": epochs, "random_state": 0}
            fit["n_iter_no_change"] = None
            single = alone(X.astype(dtype), 1, **fit)
            others = {
                "path": contractive_path(X.astype(dtype), ALPHAS, **fit),
                "two threads": alone(X.astype(dtype), 2, **fit),
            }
            for name, fits in others.items():
                weights = difference(single, fits, lambda cae: cae.coefs_[0])
                objective = difference(single, fits, lambda cae: np.array(cae.loss_curve_[-1:]))
                rows.append(
                    {
                        "dtype": np.dtype(dtype).name,
                        "epochs": epochs,
                        "beside one thread": name,
                        "weights": f"{weights:.0e}",
                        "objective": f"{objective:.0e}",
                    }
                )
    save("rounding", rows, arguments)


if __name__ == "__main__":
    main()
