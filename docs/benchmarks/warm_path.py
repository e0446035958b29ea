"""Whether to start from the last solution along a path of alphas: the epochs that it saves, and the objective reached.

Run ``python docs/benchmarks/warm_path.py --data mnist.npz``. For every alpha, the
objective (on all training rows, in the last epoch) of a fit from random weights with
all its epochs and with half of them, and of one with half of them from the weights that
the next smaller alpha ended at, with each shape of the learning rate.
"""

import warnings

from _common import mnist, parser, save
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from skcae import ContractiveAutoencoder

ALPHAS = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
EPOCHS = 100
EVERY = {"loss": "cross_entropy", "n_iter_no_change": None, "random_state": 0}


def path(X, n_components: int, epochs: int, warm: bool, **parameters: str) -> list[float]:
    """The objective reached at every alpha."""
    cae = ContractiveAutoencoder(
        n_components, max_iter=epochs, warm_start=warm, **EVERY, **parameters
    )
    return [cae.set_params(alpha=alpha).fit(X).loss_curve_[-1] for alpha in ALPHAS]


def main() -> None:
    """A row for every alpha and data set."""
    arguments = parser(__doc__.splitlines()[0], data=True).parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    epochs = 4 if arguments.quick else EPOCHS
    rows = []
    for what, X, n_components in (
        ("digits, 32 units", load_digits().data / 16, 32),
        ("MNIST, 3000 rows, 128 units", mnist(arguments)[0][:3000], 128),
    ):
        columns = {
            "cold": path(X, n_components, epochs, False),
            "cold, half": path(X, n_components, epochs // 2, False),
            "warm, half": path(X, n_components, epochs // 2, True),
            "warm, half, constant rate": path(
                X, n_components, epochs // 2, True, learning_rate="constant"
            ),
        }
        for alpha, *reached in zip(ALPHAS, *columns.values(), strict=True):
            rows.append(
                {
                    "what": what,
                    "alpha": alpha,
                    **{name: round(v, 3) for name, v in zip(columns, reached, strict=True)},
                }
            )
    save("warm_path", rows, arguments)


if __name__ == "__main__":
    main()
