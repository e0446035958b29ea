"""Codes of 10000 rows of MNIST, all other parameters at their defaults, and a logistic regression on them.

Run ``python docs/benchmarks/mnist.py --data mnist.npz``.
"""

from functools import partial

from _common import mnist, parser, save, seconds
from sklearn.linear_model import LogisticRegression

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction

N_ROWS, N_COMPONENTS, ALPHAS = 10000, 256, (0, 0.1, 1)


def main() -> None:
    """Fit and score each alpha, and raw pixels."""
    arguments = parser(__doc__.splitlines()[0], data=True).parse_args()
    n_components, max_iter = (8, 14) if arguments.quick else (N_COMPONENTS, 200)
    X_train, y_train, X_test, y_test = mnist(arguments)
    X_train, y_train = X_train[:N_ROWS], y_train[:N_ROWS]

    def accuracy(train, test):
        return round(LogisticRegression(max_iter=1000).fit(train, y_train).score(test, y_test), 4)

    rows = [{"features": "raw pixels", "accuracy": accuracy(X_train, X_test)}]
    quick = {"alpha": 0.1, "max_iter": max_iter * 3 // 40}
    for given in (
        quick,
        quick | {"batch_size": 128},
        *({"alpha": alpha, "max_iter": max_iter} for alpha in ALPHAS),
    ):
        cae = ContractiveAutoencoder(n_components, loss="cross_entropy", random_state=0, **given)
        taken = seconds(partial(cae.fit, X_train))
        reconstruction, penalty = -cae.score(X_train), float(contraction(cae, X_train).mean())
        rows.append(
            {
                "features": ", ".join(f"{name}={value:g}" for name, value in given.items()),
                "accuracy": accuracy(cae.transform(X_train), cae.transform(X_test)),
                "objective": round(reconstruction + cae.alpha * penalty, 2),
                "reconstruction": round(reconstruction, 2),
                "contraction": round(penalty, 2),
                "epochs": cae.n_iter_,
                "seconds": round(taken, 1),
            }
        )
    save("mnist", rows, arguments)


if __name__ == "__main__":
    main()
