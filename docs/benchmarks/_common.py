"""What the benchmarks share: their data, the machine they ran on, and where their results go."""

import csv
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def parser(description: str, data: bool = False) -> ArgumentParser:
    """The arguments of a benchmark; of one on MNIST, with where its data are."""
    arguments = ArgumentParser(description=description)
    if data:
        arguments.add_argument("--data", metavar="PATH", help="an .npz with X_train, y_train, X_test, y_test; default: fetched")
    return arguments


def mnist(arguments: Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST as float32 pixels in [0, 1]: the first 60000 rows to train on, the last 10000 to test on."""
    if arguments.data:
        with np.load(arguments.data, allow_pickle=False) as file:
            X_train, y_train, X_test, y_test = (file[name] for name in ("X_train", "y_train", "X_test", "y_test"))
    else:
        from sklearn.datasets import fetch_openml

        X, y = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
        y = y.astype(int)
        X_train, y_train, X_test, y_test = X[:60000], y[:60000], X[60000:], y[60000:]
    X_train, X_test = ((X.reshape(len(X), -1) / 255).astype(np.float32) for X in (X_train, X_test))
    return X_train, y_train, X_test, y_test


def machine() -> str:
    """The class of machine and the versions that results depend on."""
    cores, threads = len(os.sched_getaffinity(0)), os.environ.get("OMP_NUM_THREADS", "all")
    packages = ", ".join(f"{name} {version(name)}" for name in ("skcae", "scikit-learn", "numpy", "torch"))
    return f"{platform.machine()}, {cores} CPUs, {threads} OpenMP threads, Python {platform.python_version()}, {packages}"


def save(name: str, rows: list[dict]) -> None:
    """Write rows to ``name``.csv beside the scripts, with the machine and the date, and print them."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (HERE / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*columns, "machine", "date"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "machine": machine(), "date": date.today().isoformat()} for row in rows)
    for row in [dict(zip(columns, columns, strict=True)), *rows]:
        sys.stdout.write("  ".join(f"{row.get(column, '')!s:>14}" for column in columns) + "\n")
