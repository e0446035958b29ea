"""What the benchmarks share: their data, the machine they ran on, and where their results go."""

import csv
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, parallel_config

import skcae

HERE = Path(__file__).parent


def parser(
    description: str, data: bool = False, device: bool = False, jobs: bool = False
) -> ArgumentParser:
    """The arguments of a benchmark; of one on MNIST, with where its data are."""
    arguments = ArgumentParser(description=description)
    arguments.add_argument(
        "--quick", action="store_true", help="tiny sizes: does it work? The numbers mean nothing"
    )
    arguments.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="where the CSV goes; default: here, of --quick or a GPU nowhere",
    )
    if data:
        arguments.add_argument(
            "--data",
            metavar="PATH",
            help="an .npz with X_train, y_train, X_test, y_test; default: fetched",
        )
    if device:
        arguments.add_argument(
            "--device", default="cpu", choices=("cpu", "cuda"), help="what computes (default: cpu)"
        )
    if jobs:
        arguments.add_argument(
            "--jobs", type=int, default=1, metavar="N", help="how much at a time (default: 1)"
        )
    return arguments


def mnist(arguments: Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST as float32 pixels in [0, 1]: the first 60000 rows to train on, the last 10000 to test on; a few if it is quick."""
    if arguments.data:
        with np.load(arguments.data, allow_pickle=False) as file:
            X_train, y_train, X_test, y_test = (
                file[name] for name in ("X_train", "y_train", "X_test", "y_test")
            )
    else:
        from sklearn.datasets import fetch_openml

        X, y = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
        y = y.astype(int)
        X_train, y_train, X_test, y_test = X[:60000], y[:60000], X[60000:], y[60000:]
    if arguments.quick:
        X_train, y_train, X_test, y_test = (
            X_train[:1200],
            y_train[:1200],
            X_test[:200],
            y_test[:200],
        )
    X_train, X_test = ((X.reshape(len(X), -1) / 255).astype(np.float32) for X in (X_train, X_test))
    return X_train, y_train, X_test, y_test


def side_by_side(calls: Iterable[tuple], arguments: Namespace) -> list:
    """The results of joblib's delayed calls, ``--jobs`` at a time; they share the threads."""
    with parallel_config(
        "loky", inner_max_num_threads=max(1, torch.get_num_threads() // arguments.jobs)
    ):
        return Parallel(arguments.jobs)(calls)


def seconds(run: Callable[[], object]) -> float:
    """What run takes, on the GPU too."""
    start = perf_counter()
    run()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return perf_counter() - start


def peak(run: Callable[[], object]) -> float | None:
    """The most MiB that the process had more than before while it ran; None where the system does not tell."""
    reset, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")

    def resident(which: str) -> int:
        return next(
            int(line.split()[1])
            for line in status.read_text().splitlines()
            if line.startswith(which)
        )

    if not reset.exists():
        run()
        return None
    reset.write_text("5")  # forget the highest so far
    before = resident("VmRSS")
    run()
    return round((resident("VmHWM") - before) / 1024, 1)


def machine(device: str = "cpu") -> str:
    """The class of machine and the versions that results depend on."""
    cores, threads = len(os.sched_getaffinity(0)), os.environ.get("OMP_NUM_THREADS", "all")
    gpu = f"{torch.cuda.get_device_name()}, " if device == "cuda" else ""
    others = (f"{name} {version(name)}" for name in ("scikit-learn", "numpy", "torch"))
    packages = ", ".join([f"skcae {skcae.__version__}", *others])
    return f"{gpu}{platform.machine()}, {cores} CPUs, {threads} OpenMP threads, Python {platform.python_version()}, {packages}"


def save(name: str, rows: list[dict], arguments: Namespace) -> None:
    """Print rows, and write them."""
    columns = write(name, rows, arguments)
    for row in [dict(zip(columns, columns, strict=True)), *rows]:
        sys.stdout.write("  ".join(f"{row.get(column, '')!s:>14}" for column in columns) + "\n")


def write(name: str, rows: list[dict], arguments: Namespace) -> list[str]:
    """Write rows to ``name``.csv, beside the scripts by default, and return the columns.

    The machine and the date are added to rows that have none yet.
    """
    device = getattr(arguments, "device", None) or "cpu"
    where = {"machine": machine(device), "date": date.today().isoformat()}
    every = (column for row in rows for column in row if column not in where)
    columns = list(dict.fromkeys(every))
    folder = arguments.out or (HERE if device == "cpu" and not arguments.quick else None)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, [*columns, *where], lineterminator="\n")
            writer.writeheader()
            writer.writerows(where | row for row in rows)
    return columns
