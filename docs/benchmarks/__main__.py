"""Run every benchmark, each in a process of its own: ``python docs/benchmarks --data mnist.npz``.

Each script writes its CSV beside itself. One that fails is reported at the end, and the
others run all the same.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from time import perf_counter

from _common import save

SCRIPTS = {path.stem: path for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}
TAKES = {
    "data": {
        "alpha_without_labels",
        "centred",
        "curve",
        "defaults",
        "mnist",
        "papers",
        "papers_tried",
        "precision",
        "science",
        "tried",
        "warm_path",
        "worth",
    },
    "device": {"steps", "transform"},
    "jobs": {"defaults", "detect", "papers", "papers_tried", "science"},
}
"""Which scripts have the arguments that not all have."""


def command(name: str, arguments: Namespace) -> list[str]:
    """How a script is run."""
    options = [
        f"--{key}={value}"
        for key in ("out", *TAKES)
        if (value := getattr(arguments, key)) is not None
    ]
    taken = [one for one in options if name in TAKES.get(one[2:].partition("=")[0], SCRIPTS)]
    return [sys.executable, str(SCRIPTS[name]), *taken, *(["--quick"] if arguments.quick else [])]


def main() -> None:
    """Run what was asked for; the status is 1 if something failed."""
    parser = ArgumentParser(
        prog="python docs/benchmarks", description=__doc__.splitlines()[0].partition(":")[0]
    )
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", choices=SCRIPTS, help=f"some of: {', '.join(SCRIPTS)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: do they work? The numbers mean nothing"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="where CSVs go; default: beside the scripts, of --quick or a GPU nowhere",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="MNIST, an .npz with X_train, y_train, X_test, y_test; default: fetched",
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), help=f"for {' and '.join(sorted(TAKES['device']))}"
    )
    parser.add_argument(
        "--jobs", metavar="N", help=f"at a time, of {' and '.join(sorted(TAKES['jobs']))}"
    )
    arguments, rows = parser.parse_args(), []
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    for name in arguments.only or SCRIPTS:
        print(f"\n{name}:", flush=True)
        start = perf_counter()
        status = subprocess.run(command(name, arguments)).returncode
        rows.append(
            {
                "script": name,
                "seconds": round(perf_counter() - start),
                "status": "failed" if status else "done",
            }
        )
    if arguments.only is None or arguments.out:  # the times of some do not replace those of all
        print()
        save("suite", rows, arguments)
    if failed := [row["script"] for row in rows if row["status"] == "failed"]:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
