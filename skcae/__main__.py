"""``python -m skcae``: what the contraction is worth on a data set, beside the alternatives under one protocol."""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline

from skcae import _files
from skcae._comparison import (
    Protocol,
    Row,
    best,
    quick_and_quiet,
    search,
    split,
    table,
    title,
    verdict,
)
from skcae._validation import LARGEST_INT

ALPHAS = [0.0, 1.0, 3.0, 10.0]
DIGITS_TRAINING_ROWS = 300
TRAINING_SHARE = 0.75
PICTURES = (".png", ".pdf", ".svg")
BLUE, VERMILION = "#0072B2", "#D55E00"  # told apart by colour-blind eyes, as are the markers


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    print(text, file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """The text without line ends and without the characters by which a file's content could command a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


class Parser(argparse.ArgumentParser):
    """argparse, without the usage lines before an error."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see python -m skcae --help")


def number(kind: type, low: float, high: float = math.inf) -> Callable[[str], Any]:
    """An argument's type: a finite number of at least ``low`` and at most ``high``."""

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high or value == math.inf:
            limits = f"at least {low}" + (f" and at most {high}" if high < math.inf else "")
            sort = "an integer" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text} is not {sort} of {limits}, as it must be")
        return value

    return parse


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments, each checked by itself and for what the others say."""
    parser = Parser(
        prog="python -m skcae", description=__doc__, epilog="Without --data: scikit-learn's digits."
    )
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        metavar="FILE",
        help=f"your rows and labels: {', '.join(_files.READERS)}",
    )
    where = "csv, parquet: name or number of the column of labels; npy: number of the column, or a .npy file of labels"
    add(
        "--target",
        help=f"where the labels are. {where} (default: the last column); npz: name of the array (default: y)",
    )
    add(
        "--n-components",
        type=number(int, 1, LARGEST_INT),
        default=64,
        metavar="N",
        help="size of the codes (default: 64)",
    )
    alphas = " ".join(f"{alpha:g}" for alpha in ALPHAS)
    help_alphas = (
        f"contraction strengths; 0, the plain autoencoder, is always tried (default: {alphas})"
    )
    add("--alphas", type=number(float, 0), nargs="+", default=ALPHAS, metavar="A", help=help_alphas)
    add(
        "--cv",
        type=number(int, 2),
        default=5,
        metavar="K",
        help="folds of the cross-validation (default: 5)",
    )
    help_rows = f"rows to train on (default: {DIGITS_TRAINING_ROWS} of digits, {TRAINING_SHARE:.0%} of a file); others are held out"
    add("--train-rows", type=number(int, 1), metavar="N", help=help_rows.replace("%", "%%"))
    add(
        "--max-iter",
        type=number(int, 1, LARGEST_INT),
        default=50,
        metavar="N",
        help="most epochs of a fit (default: 50)",
    )
    add(
        "--seed",
        type=number(int, 0, 2**32 - 1),
        default=0,
        metavar="S",
        help="of split, folds and autoencoders (default: 0)",
    )
    help_output = (
        "write the codes of all rows, in their order, by the printed pipeline of the best alpha"
    )
    add("--output", type=Path, metavar="FILE.npy", help=help_output)
    add(
        "--plot",
        type=Path,
        metavar="FILE.png",
        help='draw accuracy and contraction against alpha; pip install "skcae[plot]"',
    )
    args = parser.parse_args(argv)
    _check(args)
    return args


def _check(args: argparse.Namespace) -> None:
    """Find what would fail after the training before it, without writing anything."""
    if len(set(args.alphas)) < len(args.alphas):
        given = " ".join(f"{alpha:g}" for alpha in args.alphas)
        raise ValueError(f"--alphas {given} names an alpha twice; give each once.")
    args.alphas = sorted({0.0, *args.alphas})
    if args.target is not None and args.data is None:
        raise ValueError(
            f"--target {args.target} is for --data, which is not given; digits have their own labels."
        )
    for path, suffixes in ((args.output, (".npy",)), (args.plot, PICTURES)):
        if path is not None:
            _files.check_writable(path, suffixes)
    inputs = [os.path.realpath(name) for name in (args.data, args.target) if name is not None]
    if args.output is not None and os.path.realpath(args.output) in inputs:
        raise ValueError(f"--output {args.output} would replace the data; name another file.")
    if args.plot is not None:
        _files.require(["matplotlib"], "--plot", 'pip install "skcae[plot]"')


def picture(rows: list[Row], path: Path) -> bytes:
    """Accuracy and contraction against alpha, on an axis that is linear up to the smallest alpha above 0."""
    from matplotlib.figure import Figure

    rows = [row for row in rows if row.alpha is not None]
    alphas = [row.codes.alpha for row in rows]
    figure = Figure(figsize=(6, 6), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=[3, 2])
    bars = {"marker": "o", "capsize": 3, "color": BLUE, "label": "held out, ± 1 standard error"}
    above.errorbar(
        alphas, [row.accuracy for row in rows], [row.standard_error for row in rows], **bars
    )
    above.plot(
        alphas, [row.cv_accuracy for row in rows], "s--", color=VERMILION, label="cross-validation"
    )
    above.set_ylabel("accuracy")
    figure.legend(loc="outside upper center", ncols=2)
    below.plot(alphas, [row.contraction for row in rows], "o-", color=BLUE)
    below.set(xlabel="contraction strength alpha", ylabel="mean $\\|J\\|_F^2$ of held-out rows")
    below.set_ylim(bottom=0)
    smallest = min((alpha for alpha in alphas if alpha), default=1)
    below.set_xscale("symlog", linthresh=smallest)
    below.set_xlim(-smallest / 4, 1.5 * max(alphas[-1], smallest))
    below.set_xticks(alphas, [f"{alpha:g}" for alpha in alphas])
    below.set_xticks([], minor=True)
    content = BytesIO()
    figure.savefig(content, format=path.suffix[1:].lower(), dpi=150)
    return content.getvalue()


def features(pipeline: Pipeline, X: np.ndarray) -> bytes:
    """The codes of all rows as the content of a .npy file."""
    content = BytesIO()
    np.save(content, pipeline[:-1].transform(X), allow_pickle=False)
    return content.getvalue()


def load(args: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows, labels and how many rows to train on."""
    if args.data is None:
        X, y = load_digits(return_X_y=True)
        return X, y, args.train_rows or DIGITS_TRAINING_ROWS
    X, y = _files.read(args.data, args.target)
    return X, y, args.train_rows or int(TRAINING_SHARE * len(y))


def describe(args: argparse.Namespace, X: np.ndarray, y: np.ndarray, n_train: int) -> str:
    """The protocol in two lines."""
    return (
        f"Protocol: {args.data or 'digits'}, {len(y)} rows, {X.shape[1]} features, {len(np.unique(y))} classes; {n_train} "
        f"labelled rows to train on, {len(y) - n_train} held out, stratified; seed {args.seed}.\n"
        f"StandardScaler, codes of size {args.n_components} (squared error, at most {args.max_iter} epochs) and "
        f"LogisticRegression see the labelled rows only; {args.cv}-fold cross-validation on these."
    )


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, and only then write."""
    start = time.perf_counter()
    X, y, n_train = load(args)
    train, held_out = split(X, y, n_train, args.cv, args.seed)
    print(describe(args, X, y, n_train), flush=True)
    protocol = Protocol(args.alphas, args.n_components, args.max_iter, args.cv, args.seed)
    with quick_and_quiet(X.shape[1]):
        rows = search(protocol, train, held_out, tell)
    print(f"\n{table(rows)}\n\n{verdict(rows)}", flush=True)
    chosen, contents = best(rows, "plain", "contractive"), {}
    if args.output:
        contents[args.output] = features(chosen.pipeline, X)
    if args.plot:
        contents[args.plot] = picture(rows, args.plot)
    for path, content in contents.items():
        _files.write(path, content)
        what = f": the codes of all rows by {title(chosen.codes)}" if path == args.output else ""
        print(f"Wrote {path}{what}.", flush=True)
    tell(f"{time.perf_counter() - start:.0f} s")


def drop_what_cannot_be_printed() -> None:
    """Python would try to print it once more at its end, and exit with a status and words of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; returns the exit status."""
    try:
        run(parse(argv))
    except (ValueError, OSError, ImportError, MemoryError) as error:
        tell(f"python -m skcae: {one_line(str(error) or type(error).__name__)}")
        drop_what_cannot_be_printed()
        return 2
    except (KeyboardInterrupt, UserWarning):
        tell("python -m skcae: interrupted.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
