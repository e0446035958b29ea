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

from skcae import _comparison, _files
from skcae._comparison import Data, Protocol, Result
from skcae._validation import LARGEST_INT

DIGITS_LABELLED = 100
NOISES = [0.1, 0.2, 0.3, 0.4, 0.5]
# Told apart by colour-blind eyes, as are the markers.
COLOURS = ("#000000", "#999999", "#E69F00", "#56B4E9", "#009E73", "#D55E00")
MARKERS = "osv^Dp"


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    print(text, file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """The text without line ends and without what could command a terminal."""
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


N = number(int, 1)
SIZE = number(int, 1, LARGEST_INT)
SEED = number(int, 0, 2**32 - 1)
SHARE = f"{_comparison.TRAINING_SHARE:.0%}".replace("%", "%%")
ALPHAS = " ".join(f"{alpha:g}" for alpha in _comparison.ALPHAS)
TARGET = (
    "where the labels are. csv, tsv, parquet: name or number of the column; npy: number of the "
    "column, or a .npy file of labels (default: the last column); npz: name of the array (default: "
    "y). A row whose label is empty has none"
)
OPTIONS: dict[str, tuple[Any, str, Any, str]] = {
    "data": (Path, "FILE", None, f"your rows and labels: {', '.join(_files.READERS)}"),
    "target": (str, "TARGET", None, TARGET),
    "labelled": (
        N,
        "N",
        None,
        f"labels to use (default: {DIGITS_LABELLED} of digits, all of a file)",
    ),
    "train-rows": (
        N,
        "N",
        None,
        f"labelled rows to train on (default: {SHARE}); others are held out",
    ),
    "draws": (N, "N", 5, "draws of the labels to use (default: 5)"),
    "noise": (
        number(float, 0),
        "S",
        0.2,
        "standard deviation of noise, features being in [0, 1] (default: 0.2)",
    ),
    "alphas": (
        number(float, 1e-9),
        "A",
        _comparison.ALPHAS,
        f"contraction strengths to choose from (default: {ALPHAS})",
    ),
    "n-components": (SIZE, "N", 128, "size of the codes (default: 128)"),
    "max-iter": (SIZE, "N", 200, "maximum number of epochs (default: 200)"),
    "cv": (number(int, 2), "K", 5, "folds of the cross-validation (default: 5)"),
    "seed": (SEED, "S", 0, "seed of every draw (default: 0)"),
    "save": (Path, "FILE.skops", None, "keep the winner's pipeline, from rows to labels"),
    "output": (Path, "FILE.npy", None, "write the contractive codes of all rows, in their order"),
    "plot": (
        Path,
        "FILE.png",
        None,
        "draw accuracy against the number of labels and against noise",
    ),
}
OUTPUTS = {
    "save": ((".skops",), ["skops"], "skops"),
    "output": ((".npy",), ["numpy"], ""),
    "plot": ((".png", ".pdf", ".svg"), ["matplotlib"], "plot"),
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments, each checked by itself and for what the others say."""
    parser = Parser(
        prog="python -m skcae",
        description="Compare the codes of a contractive autoencoder with those of its rivals.",
        epilog="Without --data: scikit-learn's digits.",
    )
    for name, (kind, metavar, default, text) in OPTIONS.items():
        several: dict[str, Any] = {"nargs": "+"} if name == "alphas" else {}
        parser.add_argument(
            f"--{name}", type=kind, metavar=metavar, default=default, help=text, **several
        )
    args = parser.parse_args(argv)
    _check(args)
    return args


def _check(args: argparse.Namespace) -> None:
    """Find what would fail after the training before it, without writing anything."""
    if len(set(args.alphas)) < len(args.alphas):
        given = " ".join(f"{alpha:g}" for alpha in args.alphas)
        raise ValueError(f"--alphas {given} names an alpha twice; give each once.")
    if args.target is not None and args.data is None:
        raise ValueError(
            f"--target {args.target} is for --data, which is not given; digits have labels."
        )
    inputs = [os.path.realpath(name) for name in (args.data, args.target) if name is not None]
    for option, (suffixes, modules, extra) in OUTPUTS.items():
        path = getattr(args, option)
        if path is not None:
            _files.check_writable(path, suffixes)
            if os.path.realpath(path) in inputs:
                raise ValueError(f"--{option} {path} would replace the data; name another file.")
            _files.require(modules, f"--{option}", f'pip install "skcae[{extra}]"')


def load(args: argparse.Namespace) -> tuple[Any, np.ndarray, int | None]:
    """Rows, labels and how many of these to use, None for all."""
    if args.data is None:
        return *load_digits(return_X_y=True), args.labelled or DIGITS_LABELLED
    return *_files.read(args.data, args.target), args.labelled


def describe(args: argparse.Namespace, X: Any, data: Data, labelled: list[np.ndarray]) -> str:
    """The protocol, and what became of the file's columns."""
    n_held_out, n_labels, n_draws = len(data.held_out), len(labelled[0]), len(labelled)
    classes = np.unique(data.y[np.concatenate([data.train, data.held_out])])
    lines = [
        f"Protocol: {args.data or 'digits'}, {len(data.y)} rows, {X.shape[1]} features, "
        f"{len(classes)} classes; {n_held_out} rows are held out, stratified; seed {args.seed}.",
        f"Encoders learn from the other {len(data.y) - n_held_out} rows without labels, in at most "
        f"{args.max_iter} epochs; codes have size {args.n_components}, PCA's at most.",
        f"{args.cv}-fold cross-validation on {n_labels} of these rows with labels chooses each "
        f"method's settings, with {n_draws} {'draw' if n_draws == 1 else 'draws'} of the labels.",
        "MinMaxScaler brings all features to [0, 1].",
    ]
    if len(data.others):
        lines[1] += f" {_comparison.n_rows(len(data.others))} have no label in the file."
    elif n_labels == len(data.train):
        lines[2] += (
            " All have labels, so encoders see no more than the classifier does: here contraction "
            "has least to give. --labelled N hides all labels but N."
        )
    if hasattr(X, "columns"):
        texts = [name for name in X if X[name].dtype.kind != "f"]
        lines[3] += (
            f" OneHotEncoder takes {len(texts)} as text: {', '.join(texts[:5])}"
            f"{', ...' if len(texts) > 5 else ''}; a missing one is a category, and beyond "
            f"{_comparison.MOST_CATEGORIES} the rare ones are one."
        )
        X = X.drop(columns=texts).to_numpy(float)
    n_missing = int(np.isnan(X).sum())
    if n_missing:
        values = "1 number that is" if n_missing == 1 else f"{n_missing} numbers that are"
        lines[3] += f" SimpleImputer replaces {values} missing by the median of the feature."
    return "\n".join(map(one_line, lines))


def picture(curves: dict[int, list[Result]], n_labelled: int, path: Path) -> bytes:
    """Accuracy of all methods against the number of labels, and against noise."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = sorted(curves)
    for k, style in enumerate(zip(COLOURS, MARKERS, strict=True)):
        chosen = curves[n_labelled][k]
        noises = sorted(chosen.right)
        against_labels = [curves[size][k].right[0.0] for size in sizes]
        against_noise = [chosen.right[noise] for noise in noises]
        options = dict(zip(("color", "marker"), style, strict=True), capsize=2, label=chosen.method)
        for axes, x, right_rows in ((left, sizes, against_labels), (right, noises, against_noise)):
            means, errors = zip(*map(_comparison.mean_and_error, right_rows), strict=True)
            axes.errorbar(x, means, errors, linewidth=2.5 if k == 5 else 1.2, **options)
    left.set(xscale="log", xlabel="labelled rows", ylabel="accuracy on held-out rows")
    left.set_xticks(sizes, map(str, sizes))
    left.set_xticks([], minor=True)
    right.set_xlabel(f"noise on held-out rows, {n_labelled} labelled rows")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=6)
    content = BytesIO()
    figure.savefig(content, format=path.suffix[1:].lower(), dpi=150)
    return content.getvalue()


def outputs(
    args: argparse.Namespace, data: Data, curves: dict[int, list[Result]], n_labelled: int
) -> dict[Path, tuple[bytes, str]]:
    """What to write into each file, and what that is, of the first draw of labels."""
    best, ours = _comparison.winner(curves[n_labelled]), curves[n_labelled][-1].choices[0]
    found = {}
    if args.save:
        pipeline = _comparison.pipeline(data, best.choices[0])
        skops = _files.require(["skops.io"], "--save", 'pip install "skcae[skops]"')
        what = f"the pipeline of {best.method}, {best.choices[0].settings}"
        found[args.save] = skops.dumps(pipeline), what
    if args.output:
        content = BytesIO()
        np.save(content, ours.encoder.codes.transform(data.X), allow_pickle=False)
        found[args.output] = content.getvalue(), f"contractive codes of all rows, {ours.settings}"
    if args.plot:
        what = "accuracy against labels and noise"
        found[args.plot] = picture(curves, n_labelled, args.plot), what
    return found


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, and only then write."""
    start = time.perf_counter()
    X, y, n_labelled = load(args)
    data = _comparison.prepare(X, y, args.train_rows, args.seed)
    n_labelled = n_labelled or len(data.train)
    shared = (args.alphas, args.n_components, args.max_iter, args.draws, args.cv, args.seed)
    protocol = Protocol(n_labelled, *shared)
    print(describe(args, X, data, _comparison.draws(data, protocol)), flush=True)
    sizes = [n_labelled, *(_comparison.other_sizes(data, protocol) if args.plot else [])]
    noises = [0.0, args.noise, *(NOISES if args.plot else [])]
    with _comparison.quick_and_quiet(data.X.shape[1]):
        encoders = _comparison.fitted(data, protocol, tell)
        curves = {
            n: _comparison.compare(data, encoders, protocol._replace(n_labelled=n), noises, tell)
            for n in sizes
        }
    results = curves[n_labelled]
    print(f"\n{_comparison.table(results, args.noise)}\n", flush=True)
    print(_comparison.verdict(results, args.noise), flush=True)
    for path, (content, what) in outputs(args, data, curves, n_labelled).items():
        _files.write(path, content)
        print(f"Wrote {path}: {what}.", flush=True)
    tell(f"{time.perf_counter() - start:.0f} s")


def drop_what_cannot_be_printed() -> None:
    """Python would try once more at its end, and exit with a status of its own."""
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
