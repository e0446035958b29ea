"""How much faster two processes fit than one: an epoch over the same rows, one thread per process, gloo on one machine.

Run ``python docs/benchmarks/distributed.py``, with nothing else on the machine; it
writes distributed.csv beside itself. What is compared are ratios of one run: each size
is timed in turn, several times, and the fastest epochs count. The processes add
``batch_size`` rows each to a step, so two of them take half as many steps of twice as
many rows.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import torch.distributed
from _common import parser, save

from skcae import ContractiveAutoencoder
from skcae.distributed import sharded

FEATURES, EPOCHS, REPEATS = 784, 3, 3
CODES, BATCHES = (100, 1000), (200, 1000)


def fastest_epoch(n_rows: int, n_components: int, batch_size: int) -> None:
    """Print the fastest of the later epochs of this process's part of a fit; the first also allocates."""
    rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    X = np.random.default_rng(rank).random((n_rows // size, FEATURES), dtype=np.float32)
    times = [perf_counter()]
    cae = ContractiveAutoencoder(
        n_components,
        batch_size=batch_size,
        max_iter=EPOCHS,
        n_iter_no_change=None,
        verbose=1,
        random_state=0,
    )
    cae._report = lambda epoch: times.append(perf_counter())  # type: ignore[method-assign]
    if size == 1:
        cae.fit(X)
    else:
        with sharded():
            cae.fit(X)
    if rank == 0:
        sys.stdout.write(f"{np.diff(times)[1:].min()}\n")


def timed(processes: int, *sizes: int) -> float:
    """The seconds of an epoch with so many processes."""
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={processes}",
    ]
    script = [str(Path(__file__)), *map(str, sizes)]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    return float(
        subprocess.run(
            [*launch, *script], env=one_thread, capture_output=True, text=True, check=True
        ).stdout
    )


def main() -> None:
    """Time one and two processes for each size."""
    arguments, rows = parser(__doc__.splitlines()[0]).parse_args(), []
    n_rows, codes, batches, repeats = (
        (1000, (10,), (100,), 1) if arguments.quick else (20_000, CODES, BATCHES, REPEATS)
    )
    for n_components in codes:
        for batch_size in batches:
            times = [
                timed(processes, n_rows, n_components, batch_size) for processes in [1, 2] * repeats
            ]
            one, two = (min(times[start::2]) for start in range(2))
            rows.append(
                {
                    "codes": n_components,
                    "batch_size": batch_size,
                    "one process (s)": f"{one:.2f}",
                    "two processes (s)": f"{two:.2f}",
                    "speedup": f"{one / two:.2f}",
                    "efficiency": f"{one / two / 2:.2f}",
                }
            )
    save("distributed", rows, arguments)


if __name__ == "__main__":
    if "RANK" in os.environ:
        torch.distributed.init_process_group("gloo")
        fastest_epoch(*map(int, sys.argv[1:]))
        torch.distributed.destroy_process_group()
    else:
        main()
