"""transform and inverse_transform beside the bare product and activation, and the memory of large inputs.

Run ``python docs/benchmarks/transform.py``. The large input is a sparse file of 2 GB that is mapped into memory.
"""

import tempfile
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter

import numpy as np
import torch
from _common import parser, save

from skcae import ContractiveAutoencoder

REPETITIONS = 15


def ratios() -> list[dict]:
    """Median ratio to the bare operations, over repetitions that alternate."""
    X = np.random.RandomState(0).uniform(size=(20000, 784)).astype(np.float32)
    cae = ContractiveAutoencoder(256, loss="cross_entropy", max_iter=1, random_state=0).fit(X[:2000])
    W, b, c = map(torch.from_numpy, (cae.coefs_[0].copy(), cae.intercepts_[0], cae.intercepts_[1]))
    H = cae.transform(X)
    pairs = {
        "transform": (lambda: cae.transform(X), lambda: torch.sigmoid(torch.addmm(b, torch.from_numpy(X), W)).numpy()),
        "inverse_transform": (
            lambda: cae.inverse_transform(H),
            lambda: torch.sigmoid(torch.addmm(c, torch.from_numpy(H), W.T)).numpy(),
        ),
    }
    rows = []
    for name, pair in pairs.items():
        times = [[_seconds(function) for function in pair] for _ in range(REPETITIONS)]
        ratio = median(ours / bare for ours, bare in times)
        rows.append({"what": f"{name}, 20000 x 784, 256 units", "ratio": round(ratio, 2)})
    return rows


def _seconds(function) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start


def anonymous() -> float:
    """MiB of this process that no file backs: pages of a mapped file are the system's to take back."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon"))) / 1024


def growth_during(function) -> float:
    """The most MiB that the process had more than before, looked at every few milliseconds."""
    before, highest, over = anonymous(), [0.0], Event()

    def watch():
        while not over.wait(0.005):
            highest[0] = max(highest[0], anonymous())

    thread = Thread(target=watch)
    thread.start()
    function()
    over.set()
    thread.join()
    return highest[0] - before


def memory() -> list[dict]:
    """What transform and fit add on a mapped 2 GB."""
    n_rows = 2**31 // (4 * 784)
    with tempfile.TemporaryDirectory() as folder:
        X = np.memmap(Path(folder, "X"), dtype=np.float32, mode="w+", shape=(n_rows, 784))
        cae = ContractiveAutoencoder(64, loss="cross_entropy", max_iter=1, random_state=0).fit(X[:2000])
        output = n_rows * 64 * 4 / 2**20
        rows = [
            {"what": "transform of 2 GB, without its output", "MiB": round(growth_during(lambda: cae.transform(X)) - output)}
        ]
        fit = growth_during(lambda: ContractiveAutoencoder(64, max_iter=1, random_state=0).fit(X))
        return [*rows, {"what": "fit of 2 GB", "MiB": round(fit)}]


def main() -> None:
    """Measure both."""
    parser(__doc__.splitlines()[0]).parse_args()
    save("transform", ratios() + memory())


if __name__ == "__main__":
    main()
