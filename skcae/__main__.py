"""``python -m skcae``: what contraction is worth on a data set, beside its rivals."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skcae import _comparison, _files, _report
from skcae._comparison import Data, Result, tell
from skcae._validation import LARGEST_INT

DIGITS_LABELLED = 100
TRUSTED = '[*skcae.TRUSTED_TYPES, "numpy.dtype"]'
SHARE = f"{100 * _comparison.TRAINING_SHARE:g}%%"
NOISES = [0.1, 0.2, 0.3, 0.4, 0.5]


def number(kind: type, low: float, high: float = sys.float_info.max) -> Callable[[str], Any]:
    """An argument's type: a finite number of at least ``low`` and at most ``high``."""

    def parse(text: str) -> Any:
        if low <= (value := kind(text)) <= high:
            return value
        raise ValueError

    parse.__name__ = f"{kind.__name__} from {low} to {high:g}"  # argparse names it in errors
    return parse


N, SIZE = number(int, 1), number(int, 1, LARGEST_INT)
OPTIONS: dict[str, tuple[Any, str, Any, str]] = {
    "data": (Path, "FILE", None, f"your rows and labels: {', '.join(_files.READERS)}"),
    "target": (str, "TARGET", None, "labels: column (default: last), .npz array (y), or .npy file"),
    "labelled": (N, "N", None, f"labels (default: {DIGITS_LABELLED} of digits, all of a file)"),
    "train-rows": (N, "N", None, f"labelled rows to train on (default: {SHARE}), others held out"),
    "draws": (N, "N", 5, "number of draws of these labels"),
    "noise": (number(float, 0), "S", 0.2, "standard deviation of noise on features in [0, 1]"),
    "alphas": (number(float, 1e-9), "A", _comparison.ALPHAS, "contraction strengths to try"),
    "n-components": (SIZE, "N", 128, "size of the codes"),
    "max-iter": (SIZE, "N", 200, "maximum number of epochs"),
    "cv": (number(int, 2), "K", 5, "folds of the cross-validation"),
    "seed": (number(int, 0, 2**32 - 1), "S", 0, "seed of every draw"),
    "save": (Path, "FILE.skops", None, "save the winner's pipeline, from rows to labels"),
    "output": (Path, "FILE.npy", None, "save the contractive codes of all rows, in their order"),
    "plot": (Path, "FILE.png", None, "draw accuracy against number of labels and against noise"),
}
OUTPUTS = {
    "save": ("skops", (".skops",)),
    "output": ("numpy", (".npy",)),
    "plot": ("matplotlib", (".png", ".pdf", ".svg")),
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments, checked for all that would fail after the training."""
    parser = argparse.ArgumentParser(
        prog="python -m skcae",
        usage="%(prog)s [options]",
        description="Compare the codes of a contractive autoencoder with those of its rivals.",
        epilog="Without --data: scikit-learn's digits.",
    )
    for name, (kind, metavar, default, text) in OPTIONS.items():
        nargs = "+" if name == "alphas" else None
        text += "" if default is None else " (default: %(default)s)"
        parser.add_argument(
            f"--{name}", type=kind, nargs=nargs, metavar=metavar, default=default, help=text
        )
    args = parser.parse_args(argv)
    if args.target is not None and args.data is None:
        raise ValueError(f"--target {args.target} is for --data, which is not given; give it.")
    inputs = [os.path.realpath(name) for name in (args.data, args.target) if name is not None]
    for option, (module, suffixes) in OUTPUTS.items():
        if path := getattr(args, option):
            _files.check_writable(path, suffixes, inputs)
            import_module(module)
    return args


def outputs(
    args: argparse.Namespace, data: Data, curves: dict[int, list[Result]], n_labelled: int
) -> Iterator[tuple[Path, bytes, str]]:
    """What to write into which file, and what that is, of the first draw of labels."""
    best, ours = _report.winner(curves[n_labelled]), curves[n_labelled][-1]
    if args.save:
        chosen = best.choices[0]
        pipeline = make_pipeline(data.preparation, *chosen.pipeline)
        what = f"the pipeline of {best.method}, {chosen.settings}; load it with trusted={TRUSTED}"
        yield args.save, import_module("skops.io").dumps(pipeline), what
    if args.output:
        chosen = ours.choices[0]
        file = BytesIO()
        np.save(file, chosen.pipeline[:-1].transform(data.X), allow_pickle=False)
        yield args.output, file.getvalue(), f"contractive codes of all rows, {chosen.settings}"
    if args.plot:
        content = _report.picture(curves, n_labelled, args.plot)
        yield args.plot, content, "accuracy against labels and noise"


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, and only then write."""
    start = time.perf_counter()
    X, y = _files.read(args.data, args.target) if args.data else load_digits(return_X_y=True)
    data = _comparison.prepare(X, y, args.train_rows, args.seed)
    n_labelled = args.labelled or (len(data.train) if args.data else DIGITS_LABELLED)
    labelled = _comparison.draws(data, n_labelled, args)
    print(_report.describe(args, X, data, labelled), flush=True)
    sizes = [n_labelled, *(_comparison.other_sizes(data, n_labelled, args) if args.plot else [])]
    noises = [0.0, args.noise, *(NOISES if args.plot else [])]
    with _comparison.quick_and_quiet(data.X.shape[1]):
        encoders = _comparison.fitted(data, args)
        curves = {n: _comparison.compare(data, encoders, n, noises, args) for n in sizes}
    print(f"\n{_report.table(curves[n_labelled], args.noise)}\n", flush=True)
    print(_report.verdict(curves[n_labelled], args.noise), flush=True)
    for path, content, what in [*outputs(args, data, curves, n_labelled)]:
        _files.write(path, content)
        print(f"Wrote {path}: {what}.", flush=True)
    tell(f"{time.perf_counter() - start:.0f} s")


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; returns the exit status."""
    try:
        run(parse(argv))
    except (ValueError, OSError, ImportError, MemoryError) as error:
        remedy = "; pip install skcae[tables,plot,skops]" * isinstance(error, ImportError)
        tell(f"python -m skcae: {_report.one_line(str(error) or type(error).__name__)}{remedy}")
        try:
            sys.stdout.flush()
        except OSError:  # Python would try once more, and exit with a status of its own
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except (KeyboardInterrupt, UserWarning):
        tell("python -m skcae: interrupted.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
