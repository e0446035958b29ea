"""Does anything grow? Many fits and many transforms of one row in one process, its memory and open files after each round.

``python docs/benchmarks/soak.py`` makes a thousand fits and a million transforms;
``--hours 4`` goes on for so long. Only Linux has /proc.
"""

import gc
import os
import time
import warnings
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _common import parser, save
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, contractive_path

MIB = 1 << 20
ROUNDS = 10


def memory() -> float:
    """Resident memory of this process in MiB."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def open_files() -> int:
    """How many file handles this process holds."""
    return len(os.listdir("/proc/self/fd"))


def fits(X: np.ndarray, n: int) -> None:
    """Fits of every kind that there is, new estimators and the same one again."""
    common = {"max_iter": 2, "random_state": 0}
    kept = ContractiveAutoencoder(16, warm_start=True, **common)
    kinds = [
        lambda: ContractiveAutoencoder(16, **common).fit(X),
        lambda: ContractiveAutoencoder(
            16, hidden_layer_sizes=(24,), early_stopping=True, **common
        ).fit(X.astype(np.float32)),
        lambda: DenoisingAutoencoder(16, **common).fit(X),
        lambda: kept.fit(X),
        lambda: kept.partial_fit(X[:100]),
        lambda: contractive_path(X, [0, 0.1], n_components=16, **common),
    ]
    for number in range(n):
        kinds[number % len(kinds)]()


def soak(X: np.ndarray, hours: float, n_fits: int, n_transforms: int) -> Iterator[dict]:
    """Fits and transforms in turn for so long; what has been added since the warm-up, as of the end of each round."""
    cae = ContractiveAutoencoder(16, max_iter=2, random_state=0).fit(X)

    def part() -> None:
        fits(X, n_fits)
        for _ in range(n_transforms):
            cae.transform(X[:1])

    part()
    warm, handles, start, parts = memory(), open_files(), time.perf_counter(), 0
    for number in range(1, ROUNDS + 1):
        over = False
        while not over:
            part()
            parts, over = parts + 1, time.perf_counter() - start >= 3600 * hours * number / ROUNDS
        yield {
            "minutes": round((time.perf_counter() - start) / 60, 1),
            "fits": parts * n_fits,
            "transforms": parts * n_transforms,
            "MiB added": round(memory() - warm, 1),
            "files opened": open_files() - handles,
        }


def main() -> None:
    """Rounds until the time is over, saved after each."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument(
        "--hours",
        type=float,
        default=0.0,
        metavar="H",
        help="go on for so long (default: ten rounds)",
    )
    arguments = options.parse_args()
    warnings.simplefilter("ignore")
    X = load_digits().data / 16
    rows = []
    for row in (
        soak(X[:100], 0, 6, 100) if arguments.quick else soak(X, arguments.hours, 100, 100_000)
    ):
        rows.append(row)
        save("soak", rows, arguments)


if __name__ == "__main__":
    main()
