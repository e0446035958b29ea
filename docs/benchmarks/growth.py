"""How the cost of a fit grows: linearly in rows, and in features times components.

Run ``python docs/benchmarks/growth.py``. The slope is that of the logarithms; 1 is linear. Sizes are such that a step costs
more than its calls.
"""

import numpy as np
from _common import parser, save, seconds

from skcae import ContractiveAutoencoder

ROWS = [(n_rows, 784, 256) for n_rows in (4000, 8000, 16000)]
SIZES = [(4000, 784, 256), (4000, 784, 512), (4000, 784, 1024)]
REPETITIONS = 5


def fastest(n_rows: int, n_features: int, n_components: int) -> float:
    """The seconds of the fastest of some fits of three epochs."""
    X = np.random.RandomState(0).uniform(size=(n_rows, n_features)).astype(np.float32)
    settings = {"loss": "cross_entropy", "learning_rate_init": 0.001, "batch_size": 200, "n_iter_no_change": None}
    cae = ContractiveAutoencoder(n_components, max_iter=3, random_state=0, **settings)
    return min(seconds(lambda: cae.fit(X)) for _ in range(REPETITIONS))


def main() -> None:
    """Measure three sizes of each."""
    arguments, rows = parser(__doc__.splitlines()[0]).parse_args(), []
    for grows, shapes in (("rows", ROWS), ("features x components", SIZES)):
        if arguments.quick:
            shapes = [(n_rows // 40, *size) for n_rows, *size in shapes]
        times = [fastest(*shape) for shape in shapes]
        costs = [n_rows * n_features * n_components for n_rows, n_features, n_components in shapes]
        slope = np.polyfit(np.log(costs), np.log(times), 1)[0]
        rows += [
            {"grows": grows, "shape": "x".join(map(str, shape)), "seconds": round(time, 3), "slope": round(slope, 2)}
            for shape, time in zip(shapes, times, strict=True)
        ]
    save("growth", rows, arguments)


if __name__ == "__main__":
    main()
