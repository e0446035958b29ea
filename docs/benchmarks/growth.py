"""How the cost of a fit grows: linearly in rows, and in features times components.

Run ``python docs/benchmarks/growth.py``. The slope is that of the logarithms; 1 is
linear. Sizes are such that a step costs more than its calls.
"""

from functools import partial

import numpy as np
from _common import parser, save, seconds

from skcae import ContractiveAutoencoder

ROWS = [(n_rows, 784, 256) for n_rows in (4000, 8000, 16000)]
SIZES = [(4000, 784, 512), (4000, 784, 1024), (4000, 784, 2048)]
REPETITIONS = 5


def fastest(shapes: list[tuple[int, int, int]]) -> np.ndarray:
    """The seconds of the fastest of some fits of three epochs, of each shape in turn."""
    settings = {
        "loss": "cross_entropy",
        "learning_rate_init": 0.001,
        "batch_size": 200,
        "n_iter_no_change": None,
    }
    fits = []
    for n_rows, n_features, n_components in shapes:
        X = np.random.RandomState(0).uniform(size=(n_rows, n_features)).astype(np.float32)
        fits.append(
            partial(
                ContractiveAutoencoder(n_components, max_iter=3, random_state=0, **settings).fit, X
            )
        )
    return np.min([[seconds(fit) for fit in fits] for _ in range(REPETITIONS)], axis=0)


def main() -> None:
    """Measure three sizes of each."""
    arguments, rows = parser(__doc__.splitlines()[0]).parse_args(), []
    for grows, shapes in (("rows", ROWS), ("features x components", SIZES)):
        if arguments.quick:
            shapes = [(n_rows // 40, *size) for n_rows, *size in shapes]
        times = fastest(shapes)
        costs = [n_rows * n_features * n_components for n_rows, n_features, n_components in shapes]
        slope = np.polyfit(np.log(costs), np.log(times), 1)[0]
        rows += [
            {
                "grows": grows,
                "shape": "x".join(map(str, shape)),
                "seconds": round(time, 3),
                "slope": round(slope, 2),
            }
            for shape, time in zip(shapes, times, strict=True)
        ]
    save("growth", rows, arguments)


if __name__ == "__main__":
    main()
