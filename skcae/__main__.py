"""``python -m skcae``: what contraction is worth on a data set, beside its rivals."""

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

from skcae import _files
from skcae._comparison import (
    ALPHAS,
    MOST_CATEGORIES,
    TRAINING_SHARE,
    Data,
    Protocol,
    Result,
    compare,
    draws,
    fitted,
    mean_and_error,
    pipeline,
    prepare,
    quick_and_quiet,
    other_sizes,
    table,
    verdict,
    winner,
)
from skcae._validation import LARGEST_INT

DIGITS_LABELLED = 100
NOISES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
# Told apart by colour-blind eyes, as are the markers.
COLOURS = ("#000000", "#999999", "#E69F00", "#56B4E9", "#009E73", "#D55E00")
MARKERS = "osv^Dp"


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    print(text, file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """The text without line ends and characters by which a file could command a terminal."""
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


HELP_ROWS = f"rows with labels to train on (default: {TRAINING_SHARE:.0%}); others are held out"
NUMBERS: list[tuple[str, Any, Any, str]] = [
    ("draws", number(int, 1), 5, "draws of these labels"),
    ("noise", number(float, 0), 0.2, "standard deviation of noise, features being in [0, 1]"),
    ("n-components", number(int, 1, LARGEST_INT), 128, "size of the codes"),
    ("max-iter", number(int, 1, LARGEST_INT), 200, "maximum number of epochs"),
    ("cv", number(int, 2), 5, "folds of the cross-validation"),
    ("seed", number(int, 0, 2**32 - 1), 0, "of every draw"),
]
OUTPUTS = {
    "save": ((".skops",), "skops"),
    "output": ((".npy",), ""),
    "plot": ((".png", ".pdf", ".svg"), "matplotlib"),
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments, each checked by itself and for what the others say."""
    parser = Parser(
        prog="python -m skcae",
        description="Compare the codes of a contractive autoencoder with those of its rivals.",
        epilog="Without --data: scikit-learn's digits.",
    )
    add = parser.add_argument
    kinds = ", ".join(_files.READERS)
    add("--data", type=Path, metavar="FILE", help=f"your rows and labels: {kinds}")
    where = (
        "where the labels are. csv, tsv, parquet: name or number of the column; npy: number of the "
        "column, or a .npy file of labels (default: the last column); npz: name of the array "
        "(default: y). A row with an empty label is one without"
    )
    add("--target", help=where)
    n_labels = f"labels to learn from (default: {DIGITS_LABELLED} of digits, all of a file)"
    add("--labelled", type=number(int, 1), metavar="N", help=n_labels)
    add("--train-rows", type=number(int, 1), metavar="N", help=HELP_ROWS.replace("%", "%%"))
    alphas = " ".join(f"{alpha:g}" for alpha in ALPHAS)
    help_alphas = f"contraction strengths to choose from (default: {alphas})"
    add(
        "--alphas",
        type=number(float, 1e-9),
        nargs="+",
        default=ALPHAS,
        metavar="A",
        help=help_alphas,
    )
    for name, kind, default, text in NUMBERS:
        add(
            f"--{name}",
            type=kind,
            default=default,
            metavar="N",
            help=f"{text} (default: {default})",
        )
    add("--save", type=Path, metavar="FILE.skops", help="keep the winner, from rows to labels")
    help_output = "write the contractive codes of all rows, in their order"
    add("--output", type=Path, metavar="FILE.npy", help=help_output)
    help_plot = "draw accuracy against the number of labels and against noise"
    add("--plot", type=Path, metavar="FILE.png", help=help_plot)
    args = parser.parse_args(argv)
    _check(args)
    return args


def _check(args: argparse.Namespace) -> None:
    """Find what would fail after the training before it, without writing anything."""
    if len(set(args.alphas)) < len(args.alphas):
        given = " ".join(f"{alpha:g}" for alpha in args.alphas)
        raise ValueError(f"--alphas {given} names an alpha twice; give each once.")
    args.alphas = sorted(args.alphas)
    if args.target is not None and args.data is None:
        raise ValueError(
            f"--target {args.target} is for --data, which is not given; digits have their own "
            "labels."
        )
    inputs = [os.path.realpath(name) for name in (args.data, args.target) if name is not None]
    for option, (suffixes, module) in OUTPUTS.items():
        path = getattr(args, option)
        if path is None:
            continue
        _files.check_writable(path, suffixes)
        if os.path.realpath(path) in inputs:
            raise ValueError(f"--{option} {path} would replace the data; name another file.")
        if module:
            _files.require([module], f"--{option}", f"pip install {module}")


def picture(curves: dict[int, list[Result]], n_labelled: int, path: Path) -> bytes:
    """Accuracy of all methods against the number of labels, and against noise."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for k, (colour, marker) in enumerate(zip(COLOURS, MARKERS, strict=True)):
        of_size = [results[k] for results in curves.values()]
        chosen = curves[n_labelled][k]
        bars = {"color": colour, "marker": marker, "capsize": 2, "label": chosen.method}
        for axes, x, values in (
            (left, [*curves], [result.right[0.0] for result in of_size]),
            (right, [*chosen.right], [*chosen.right.values()]),
        ):
            means, errors = zip(*map(mean_and_error, values), strict=True)
            axes.errorbar(x, means, errors, **bars, linewidth=2.5 if k == 5 else 1.2)
    left.set(xscale="log", xlabel="labelled rows", ylabel="accuracy on held-out rows")
    left.set_xticks([*curves], map(str, curves))
    left.set_xticks([], minor=True)
    right.set(xlabel=f"noise on held-out rows, {n_labelled} labelled rows")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=6)
    content = BytesIO()
    figure.savefig(content, format=path.suffix[1:].lower(), dpi=150)
    return content.getvalue()


def describe(args: argparse.Namespace, X: Any, data: Data, labelled: list[np.ndarray]) -> str:
    """The protocol, and what was done to the file's columns."""
    n_learn, n_labelled = len(data.y) - len(data.held_out), len(labelled[0])
    known = data.y[np.concatenate([data.train, data.held_out])]
    lines = [
        f"Protocol: {args.data or 'digits'}, {len(data.y)} rows, {X.shape[1]} features, "
        f"{len(np.unique(known))} classes; {len(data.held_out)} rows are held out, stratified; "
        f"seed {args.seed}.",
        f"Encoders learn from the other {n_learn} rows without their labels, in at most "
        f"{args.max_iter} epochs; codes have size {args.n_components}, PCA's at most.",
        f"Each method's settings are chosen by {args.cv}-fold cross-validation of "
        f"LogisticRegression on {n_labelled} of them that have labels, in "
        f"{len(labelled)} {'draw' if len(labelled) == 1 else 'draws'}.",
    ]
    if len(data.others):
        lines.append(f"{len(data.others)} rows have no label; the encoders alone learn from them.")
    elif n_labelled == len(data.train):
        lines.append(
            "All these rows have labels, so encoders see no more rows than the classifier, where "
            "contraction has the least to give; --labelled N hides the labels of all but N."
        )
    lines.append("MinMaxScaler brings all features to [0, 1].")
    if hasattr(X, "columns"):
        texts = [str(name) for name in X if X[name].dtype.kind != "f"]
        named = ", ".join(texts[:5]) + (", ..." if len(texts) > 5 else "")
        lines.append(
            f"OneHotEncoder reads {len(texts)} of the columns as text: {named}; a missing one is "
            f"a category, and beyond {MOST_CATEGORIES} categories the rare ones are one."
        )
        X = X.drop(columns=texts).to_numpy(float)
    n_missing = int(np.isnan(X).sum())
    if n_missing:
        values = "1 number that is" if n_missing == 1 else f"{n_missing} numbers that are"
        lines.append(f"SimpleImputer replaces {values} missing by the column's median.")
    return "\n".join(map(one_line, lines))


def load(args: argparse.Namespace) -> tuple[Any, np.ndarray, int | None]:
    """Rows, labels and how many of these to learn from, None for all."""
    if args.data is None:
        X, y = load_digits(return_X_y=True)
        return X, y, args.labelled or DIGITS_LABELLED
    return *_files.read(args.data, args.target), args.labelled


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, and only then write."""
    start = time.perf_counter()
    X, y, n_labelled = load(args)
    data = prepare(X, y, args.train_rows, args.seed)
    shared = (args.alphas, args.n_components, args.max_iter, args.draws, args.cv, args.seed)
    protocol = Protocol(n_labelled or len(data.train), *shared)
    print(describe(args, X, data, draws(data, protocol)), flush=True)
    sizes = [protocol.n_labelled, *(other_sizes(data, protocol) if args.plot else [])]
    noises = [0.0, args.noise, *(NOISES if args.plot else [])]
    with quick_and_quiet(data.X.shape[1]):
        candidates = fitted(data, protocol, tell)
        curves = {
            size: compare(data, candidates, protocol._replace(n_labelled=size), noises, tell)
            for size in sizes
        }
    results = curves[protocol.n_labelled]
    print(f"\n{table(results, args.noise)}\n\n{verdict(results, args.noise)}", flush=True)
    for path, (content, what) in outputs(args, data, curves, protocol).items():
        _files.write(path, content)
        print(f"Wrote {path}: {what}.", flush=True)
    tell(f"{time.perf_counter() - start:.0f} s")


def outputs(
    args: argparse.Namespace, data: Data, curves: dict[int, list[Result]], protocol: Protocol
) -> dict[Path, tuple[bytes, str]]:
    """What to write into each file, and what that is."""
    results = curves[protocol.n_labelled]
    best = winner(results)
    first, ours = best.choices[0], results[-1].choices[0]
    found = {}
    if args.save:
        from skops.io import dumps

        what = f"{best.method}, {first.settings}, fitted on the labels of the first draw"
        found[args.save] = dumps(pipeline(data, first)), what
    if args.output:
        content = BytesIO()
        np.save(content, ours.encoder.codes.transform(data.X), allow_pickle=False)
        found[args.output] = (
            content.getvalue(),
            f"the codes of all rows by contractive, {ours.settings}",
        )
    if args.plot:
        what = "accuracy against labels and against noise"
        found[args.plot] = picture(curves, protocol.n_labelled, args.plot), what
    return found


def drop_what_cannot_be_printed() -> None:
    """Python would try to print it once more at its end, and exit with a status of its own."""
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
