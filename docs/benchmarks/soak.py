"""Does anything grow? Many fits and many transforms of one row in one process, its memory and open files after each round.

``python docs/benchmarks/soak.py`` takes some minutes; ``--hours 4`` goes on for so long. Linux only, for /proc.
"""

import gc
import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from _common import parser, save
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, contractive_path

MIB = 1 << 20


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
        lambda: ContractiveAutoencoder(16, hidden_layer_sizes=(24,), early_stopping=True, **common).fit(X.astype(np.float32)),
        lambda: DenoisingAutoencoder(16, **common).fit(X),
        lambda: kept.fit(X),
        lambda: kept.partial_fit(X[:100]),
        lambda: contractive_path(X, [0, 0.1], n_components=16, **common),
    ]
    for number in range(n):
        kinds[number % len(kinds)]()


def seconds(transformer: object, x: np.ndarray, n: int = 100) -> float:
    """Of one of n transforms."""
    start = time.perf_counter()
    for _ in range(n):
        transformer.transform(x)
    return (time.perf_counter() - start) / n


def latencies(ours: object, theirs: object, x: np.ndarray, n: int) -> tuple[float, float]:
    """Microseconds of n transforms of one row by ours, and of some by theirs in between: the best hundred of each."""
    pairs = [(seconds(ours, x), seconds(theirs, x) if part % 5 == 0 else np.inf) for part in range(n // 100)]
    return tuple(1e6 * np.min(pairs, axis=0))


def main() -> None:
    """Rounds until the time is over, two at least; the first warms up and is what the others are compared with."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--hours", type=float, default=0.0, help="go on with rounds for so long (default: two rounds)")
    options.add_argument("--fits", type=int, default=1000, help="fits of a round (default: 1000)")
    options.add_argument("--transforms", type=int, default=1_000_000, help="transforms of a round (default: 1000000)")
    args = options.parse_args()
    n_fits, n_transforms = (6, 1000) if args.quick else (args.fits, args.transforms)
    warnings.simplefilter("ignore")
    X = load_digits().data[: 100 if args.quick else None] / 16
    pca, cae = PCA(16).fit(X), ContractiveAutoencoder(16, max_iter=2, random_state=0).fit(X)
    fits(X, 60)
    before, handles, start = memory(), open_files(), time.perf_counter()
    rows: list[dict] = []
    while len(rows) < 2 or time.perf_counter() - start < 3600 * args.hours:
        fits(X, n_fits)
        after_fits = memory()
        ours, theirs = latencies(cae, pca, X[:1], n_transforms)
        rows.append(
            {
                "round": len(rows) + 1,
                "fits": n_fits,
                "MiB more": round(after_fits - before, 1),
                "transforms": n_transforms,
                "MiB more still": round(memory() - after_fits, 1),
                "more open files": open_files() - handles,
                "us a row": round(ours),
                "times PCA's": round(float(ours / theirs), 2),
            }
        )
        print(rows[-1], file=sys.stderr, flush=True)
    save("soak", rows, args)


if __name__ == "__main__":
    main()
