"""Where the denoising score is best, and what a classifier on the codes says about the alpha that it chooses.

``python docs/benchmarks/alpha_without_labels.py --data mnist.npz``
"""

from argparse import Namespace
from collections.abc import Iterator

import numpy as np
from _common import mnist, parser, save
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import contractive_path
from skcae.metrics import denoising_score, mean_contraction
from skcae.model_selection import JointGridSearchCV

ALPHAS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
METRICS = {
    "denoising": denoising_score,
    "reconstruction": lambda estimator, X, y=None: estimator.score(X),
}
N_MNIST = 4000


def data_sets(arguments: Namespace) -> Iterator[tuple]:
    """Name, size of the code, epochs, and rows to train and to test on."""
    X_train, y_train, X_test, y_test = mnist(arguments)
    epochs = (2, 2) if arguments.quick else (100, 40)
    digits, labels = load_digits(return_X_y=True)
    parts = train_test_split(
        (digits / 16).astype(np.float32), labels, test_size=600, stratify=labels, random_state=0
    )
    for n_components in (32, 128):
        yield "digits", n_components, epochs[0], *parts
    for n_components in (64, 256):
        yield (
            "MNIST",
            n_components,
            epochs[1],
            X_train[:N_MNIST],
            X_test[:N_MNIST],
            y_train[:N_MNIST],
            y_test[:N_MNIST],
        )


def scores(
    loss: str, n_components: int, max_iter: int, X: np.ndarray, X_test: np.ndarray, y, y_test
) -> list[dict]:
    """Cross-validated scores of every alpha without labels, and the accuracy on test rows of a classifier on its codes."""
    parameters = {
        "n_components": n_components,
        "loss": loss,
        "max_iter": max_iter,
        "random_state": 0,
        "n_iter_no_change": None,
    }
    path = contractive_path(X, ALPHAS, **parameters)
    search = JointGridSearchCV(
        path[0], {"alpha": ALPHAS}, scoring=METRICS, refit="denoising", cv=3
    ).fit(X)
    rows = []
    for place, cae in enumerate(path):
        classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(
            cae.transform(X), y
        )
        rows.append(
            {
                "alpha": cae.alpha,
                "denoising": round(search.cv_results_["mean_test_denoising"][place], 4),
                "reconstruction": round(search.cv_results_["mean_test_reconstruction"][place], 3),
                "contraction": round(mean_contraction(cae, X), 3),
                "accuracy": round(classifier.score(cae.transform(X_test), y_test), 4),
                "chosen": int(place == search.best_index_),
            }
        )
    return rows


def main() -> None:
    """Every data set, code and loss; 1 in the column "chosen" is where the denoising score is best."""
    arguments, rows = parser(__doc__.splitlines()[0], data=True).parse_args(), []
    for name, n_components, max_iter, *parts in data_sets(arguments):
        for loss in ("squared_error", "cross_entropy"):
            about = {"data": name, "loss": loss, "n_components": n_components}
            rows += [about | row for row in scores(loss, n_components, max_iter, *parts)]
    save("alpha_without_labels", rows, arguments)


if __name__ == "__main__":
    main()
