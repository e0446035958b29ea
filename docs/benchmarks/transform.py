"""transform and inverse_transform beside the bare operations, one row beside PCA, and the memory of large inputs.

Run ``python docs/benchmarks/transform.py``. The large input is a sparse file of 2 GB
that is mapped into memory. With ``--device cuda`` both sides include the way to the
device and back.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import numpy as np
import torch
from _common import parser, save, seconds
from sklearn.decomposition import PCA

from skcae import ContractiveAutoencoder

REPETITIONS = 15
ONE_EPOCH = {"max_iter": 1, "n_iter_no_change": None, "random_state": 0}


def ratios(n_rows: int, device: str) -> list[dict]:
    """Median ratio to the bare operations, over repetitions that alternate."""
    X = np.random.RandomState(0).uniform(size=(n_rows, 784)).astype(np.float32)
    some = np.resize(X, (2000, 784))
    cae = ContractiveAutoencoder(256, loss="cross_entropy", **ONE_EPOCH, device=device).fit(some)
    W, b, c = (torch.tensor(array, device=device) for array in (cae.coefs_[0], *cae.intercepts_))
    H = cae.transform(X)

    def bare(rows: np.ndarray, matrix: torch.Tensor, bias: torch.Tensor) -> np.ndarray:
        return (
            torch.sigmoid(torch.addmm(bias, torch.from_numpy(rows).to(device), matrix))
            .cpu()
            .numpy()
        )

    pca = PCA(256).fit(some)
    many = f"{n_rows} x 784, 256 units"
    pairs = {
        f"transform, {many}, over the bare operations": (
            lambda: cae.transform(X),
            lambda: bare(X, W, b),
        ),
        f"inverse_transform, {many}, over the bare operations": (
            lambda: cae.inverse_transform(H),
            lambda: bare(H, W.T, c),
        ),
        "transform, one row 1000 times, 256 units, over that of PCA": (
            lambda: often(cae, X[:1]),
            lambda: often(pca, X[:1]),
        ),
    }
    rows = []
    for name, pair in pairs.items():
        times = np.array([[seconds(function) for function in pair] for _ in range(REPETITIONS)])
        rows.append(
            {
                "what": name,
                "seconds": round(np.median(times[:, 0]), 4),
                "ratio": round(np.median(times[:, 0] / times[:, 1]), 2),
            }
        )
    return rows


def often(transformer: object, x: np.ndarray) -> None:
    for _ in range(1000):
        transformer.transform(x)


def anonymous() -> float:
    """MiB of this process that no file backs: pages of a mapped file are the system's to take back."""
    status = Path("/proc/self/status").read_text()
    return (
        int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")))
        / 1024
    )


def growth_during(function: Callable[[], object]) -> float:
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


def memory(size: int) -> list[dict]:
    """What transform and fit add to the memory on so many mapped MiB."""
    n_rows = size * 2**20 // (4 * 784)
    with tempfile.TemporaryDirectory() as folder:
        X = np.memmap(Path(folder, "X"), dtype=np.float32, mode="w+", shape=(n_rows, 784))
        cae = ContractiveAutoencoder(64, loss="cross_entropy", **ONE_EPOCH).fit(X[:2000])
        output = n_rows * 64 * 4 / 2**20
        transform = growth_during(lambda: cae.transform(X)) - output
        fit = growth_during(lambda: ContractiveAutoencoder(64, **ONE_EPOCH).fit(X))
        about = {
            f"transform of {size} MiB, without its output": transform,
            f"fit of {size} MiB": fit,
        }
        return [{"what": what, "MiB": max(0, round(added))} for what, added in about.items()]


def main() -> None:
    """Measure both; memory is the host's."""
    arguments = parser(__doc__.splitlines()[0], device=True).parse_args()
    n_rows, size = (200, 16) if arguments.quick else (20000, 2048)
    save("transform", ratios(n_rows, arguments.device) + memory(size), arguments)


if __name__ == "__main__":
    main()
