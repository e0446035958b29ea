"""How the cost of a fit grows: linearly in rows, and in features times components.

Run ``python docs/benchmarks/growth.py``. The slope is that of the logarithms; 1 is linear.
"""

from time import perf_counter

import numpy as np
from _common import parser, save

from skcae import ContractiveAutoencoder

ROWS = [(n_rows, 784, 256) for n_rows in (4000, 8000, 16000)]
SIZES = [(4000, 392, 256), (4000, 784, 256), (4000, 784, 512)]
REPETITIONS = 5


def seconds(n_rows: int, n_features: int, n_components: int) -> float:
    """The fastest of some fits of one epoch."""
    X = np.random.RandomState(0).uniform(size=(n_rows, n_features)).astype(np.float32)
    times = []
    for _ in range(REPETITIONS):
        start = perf_counter()
        ContractiveAutoencoder(n_components, loss="cross_entropy", max_iter=1, n_iter_no_change=None, random_state=0).fit(X)
        times.append(perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure three sizes of each."""
    parser(__doc__.splitlines()[0]).parse_args()
    rows = []
    for grows, shapes in (("rows", ROWS), ("features x components", SIZES)):
        times = [seconds(*shape) for shape in shapes]
        costs = [n_rows * n_features * n_components for n_rows, n_features, n_components in shapes]
        slope = np.polyfit(np.log(costs), np.log(times), 1)[0]
        rows += [
            {"grows": grows, "shape": "x".join(map(str, shape)), "seconds": round(time, 3), "slope": round(slope, 2)}
            for shape, time in zip(shapes, times, strict=True)
        ]
    save("growth", rows)


if __name__ == "__main__":
    main()
