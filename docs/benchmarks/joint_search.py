"""JointGridSearchCV against GridSearchCV on digits, the training alone, and where the gain ends.

``OMP_NUM_THREADS=2 python docs/benchmarks/joint_search.py``. Every ratio is a median
over alternating runs of its two sides.
"""

import warnings
from collections.abc import Callable

import numpy as np
from _common import parser, save, seconds
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder
from skcae._together import fit_group, grouped
from skcae.model_selection import JointGridSearchCV

ALPHAS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]
FIXED = {"n_iter_no_change": None, "tol": 0, "random_state": 0}
REPEATS = 5


def compared(
    what: str, fast: Callable[[], object], slow: dict[str, Callable[[], object]], repeats: int
) -> list[dict]:
    """How many times longer each slow way takes."""
    times = [(seconds(fast), *map(seconds, slow.values())) for _ in range(repeats)]
    ratios = np.median([[other / first for other in others] for first, *others in times], axis=0)
    medians = np.median(times, axis=0)
    return [
        {
            "what": what,
            "against": name,
            "seconds": round(medians[0], 2),
            "of_other": round(other, 2),
            "ratio": round(ratio, 2),
        }
        for name, other, ratio in zip(slow, medians[1:], ratios, strict=True)
    ]


def search(alphas: list[float], max_iter: int, repeats: int) -> list[dict]:
    """Whole searches, the labels' classifier included."""
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    pipe = make_pipeline(
        MinMaxScaler(), ContractiveAutoencoder(32, max_iter=max_iter, **FIXED), RidgeClassifier()
    )
    grid = {"contractiveautoencoder__alpha": alphas}

    def plain(n_jobs: int) -> object:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            return GridSearchCV(pipe, grid, cv=5, n_jobs=n_jobs).fit(X, y)

    plain(1)
    with parallel_config(
        backend="loky", inner_max_num_threads=1
    ):  # workers that are up, with everything imported
        warm = clone(pipe).set_params(contractiveautoencoder__max_iter=1)
        GridSearchCV(warm, grid, cv=5, n_jobs=2).fit(X, y)
    joint = JointGridSearchCV(pipe, grid, cv=5)
    others = {
        "GridSearchCV, n_jobs=1": lambda: plain(1),
        "GridSearchCV, warm n_jobs=2": lambda: plain(2),
    }
    return compared(
        f"digits, 32 units, {len(alphas)} alphas x 5 folds, search",
        lambda: joint.fit(X, y),
        others,
        repeats,
    )


def training(
    what: str, folds: list[np.ndarray], alphas: list[float], repeats: int, **parameters
) -> list[dict]:
    """Together against one after the other."""
    pairs = [
        (ContractiveAutoencoder(alpha=alpha, **FIXED, **parameters), X)
        for X in folds
        for alpha in alphas
    ]

    def together() -> None:
        for group in grouped([clone(cae) for cae, _ in pairs], [(X, None) for _, X in pairs]):
            fit_group(group, lambda member, epoch: None)

    def alone() -> None:
        for cae, X in pairs:
            clone(cae).fit(X)

    together()
    return compared(f"{what}, training", together, {"single fits": alone}, repeats)


def main() -> None:
    """The search, its training, and training of growing layers."""
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    alphas, max_iter, repeats, few = (
        (ALPHAS[:2], 2, 1, 1) if arguments.quick else (ALPHAS, 100, REPEATS, 3)
    )
    warnings.simplefilter("ignore")
    digits = (load_digits().data / 16).astype(np.float32)
    rows = search(alphas, max_iter, repeats)
    folds = [digits[train] for train, _ in KFold(5).split(digits)]
    what = f"digits, 32 units, {len(alphas)} alphas x 5 folds"
    rows += training(what, folds, alphas, repeats, n_components=32, max_iter=max_iter)
    made = np.random.default_rng(0).uniform(size=(1000, 784)).astype(np.float32)
    for n_features, n_components in (
        (16, 8),
        (64, 16),
        (64, 64),
        (64, 256),
        (784, 64),
        (784, 256),
        (784, 1000),
    ):
        what, X = (
            f"{n_features} features, {n_components} units, {len(alphas)} alphas",
            made[:, :n_features],
        )
        epochs = min(max_iter, 20 if n_features < 700 else 4)
        rows += training(what, [X], alphas, few, n_components=n_components, max_iter=epochs)
    save("joint_search", rows, arguments)


if __name__ == "__main__":
    main()
