"""``python -m skcae``: what contraction is worth on a data set, beside its rivals."""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skcae import _comparison, _files
from skcae._comparison import MOST_CATEGORIES, Data, Result, tell
from skcae._files import texts_of

COLOURS = ("#000000", "#999999", "#E69F00", "#56B4E9", "#009E73", "#D55E00")
MARKERS = "osv^Dp"  # told apart by colour-blind eyes, as are the colours
DIGITS_LABELLED = 100
TRUSTED = '[*skcae.TRUSTED_TYPES, "numpy.dtype"]'
SHARE = f"{100 * _comparison.TRAINING_SHARE:g}%%"


def number(kind: type, low: float, high: float = sys.float_info.max) -> Callable[[str], Any]:
    """An argument's type: a finite number of at least ``low`` and at most ``high``."""

    def parse(text: str) -> Any:
        if low <= (value := kind(text)) <= high:
            return value
        raise ValueError

    parse.__name__ = f"{kind.__name__} from {low} to {high:g}"  # argparse names it in errors
    return parse


N, SIZE = number(int, 1), number(int, 1, 2**63 - 1)
OPTIONS: dict[str, tuple[Any, str, Any, str]] = {
    "data": (Path, "FILE", None, f"your rows and labels: {', '.join(_files.READERS)}"),
    "target": (str, "TARGET", None, "labels: column (default: last), .npz array (y), or .npy file"),
    "labelled": (N, "N", None, f"labels (default: {DIGITS_LABELLED} of digits, all of a file)"),
    "train-rows": (N, "N", None, f"labelled rows to train on (default: {SHARE}), others held out"),
    "draws": (N, "N", 5, "number of draws of these labels"),
    "noise": (number(float, 0), "S", 0.2, "standard deviation of noise on features in [0, 1]"),
    "alphas": (number(float, 1e-9), "A", None, "contraction strengths (default: three that suit)"),
    "n-components": (SIZE, "N", 128, "size of the codes"),
    "max-iter": (SIZE, "N", 200, "maximum number of epochs"),
    "cv": (number(int, 2), "K", 5, "folds of the cross-validation"),
    "seed": (number(int, 0, 2**32 - 1), "S", 0, "seed of every draw"),
    "save": (Path, "FILE.skops", None, "save the winner's pipeline, from rows to labels"),
    "output": (Path, "FILE.npy", None, "save the contractive codes of all rows, in their order"),
    "plot": (Path, "FILE.png", None, "draw accuracy against number of labels and against noise"),
}
OUTPUTS = {
    "save": ("skops", [".skops"]),
    "output": ("numpy", [".npy"]),
    "plot": ("matplotlib", [".png", ".pdf", ".svg"]),
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments, checked for all that would fail after the training."""
    parser = argparse.ArgumentParser(
        prog="python -m skcae",
        usage="%(prog)s [options]",
        description="Compare contractive codes with their rivals; without --data, on digits.",
    )
    for name, (kind, metavar, default, text) in OPTIONS.items():
        more: dict[str, Any] = {"nargs": "+"} if name == "alphas" else {}
        more["help"] = text + (" (default: %(default)s)" if default is not None else "")
        parser.add_argument(f"--{name}", type=kind, metavar=metavar, default=default, **more)
    args = parser.parse_args(argv)
    if args.target is not None and args.data is None:
        parser.error(f"--target {args.target} is for --data, which is not given; give it")
    inputs = [os.path.realpath(name) for name in (args.data, args.target) if name is not None]
    for option, (module, suffixes) in OUTPUTS.items():
        if path := getattr(args, option):
            _files.check_writable(path, suffixes, inputs)
            import_module(module)
    return args


def one_line(text: str) -> str:
    """The text without line ends and without what could command a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def describe(args: argparse.Namespace, X: Any, data: Data, labelled: list[np.ndarray]) -> str:
    """The protocol, and what became of the file's columns."""
    n_rows, n_held_out, n_labels = len(data.y), len(data.held_out), len(labelled[0])
    n_classes = len(np.unique(data.y[np.r_[data.train, data.held_out]]))
    texts = texts_of(X)
    n_missing = np.isnan(np.asarray(X.drop(columns=texts) if texts else X, float)).sum()
    lines = {
        f"Protocol: {args.data or 'digits'}, {n_rows} rows, {X.shape[1]} features, {n_classes} "
        f"classes; {n_held_out} rows are held out, stratified; seed {args.seed}.": True,
        f"Encoders learn from the other {n_rows - n_held_out} rows, without labels, in at most "
        f"{args.max_iter} epochs; codes have size {args.n_components}, those of PCA at most.": True,
        f"Rows without a label in the file: {len(data.others)}.": len(data.others),
        f"{args.cv}-fold cross-validation on {n_labels} of these rows with labels chooses each "
        f"method's settings; draws of the labels: {len(labelled)}.": True,
        "All have labels, so encoders see no more than the classifier does: here contraction has "
        "least to give. --labelled N hides all labels but N.": n_labels + n_held_out == n_rows,
        "MinMaxScaler brings all features to [0, 1].": True,
        f"OneHotEncoder takes columns of text: {', '.join(texts)[:80]}; a missing one is a "
        f"category, and beyond {MOST_CATEGORIES} the rare ones are one.": texts,
        f"SimpleImputer replaces missing numbers by medians: {n_missing}.": n_missing,
    }
    return "\n".join(one_line(line) for line, holds in lines.items() if holds)


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """The mean over draws and rows, and its standard error over both."""
    means = [values.mean(axis=0), values.mean(axis=1)]
    spreads = [of.var(ddof=1) / len(of) for of in means if len(of) > 1]
    return float(values.mean()), math.sqrt(sum(spreads))


def percent(values: np.ndarray) -> str:
    """A mean with its standard error."""
    mean, error = mean_and_error(values)
    return f"{mean:.1%} ± {100 * error:.1f}"


def table(results: list[Result], noise: float) -> str:
    """The comparison, for reading."""
    lines = [["codes", "chosen", "CV", "held out", f"noise {noise:g}"]]
    for result in results:
        accuracies = [percent(result.right[level]) for level in (0.0, noise)]
        lines.append([result.method, result.settings, f"{result.cv_accuracy:.1%}", *accuracies])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    form = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<>>>", widths, strict=True))
    return "\n".join(form.format(*line) for line in lines)


def verdict(results: list[Result], first: Result, noise: float) -> str:
    """Who won by cross-validation, and what contraction is worth beside each rival."""
    ours = results[-1]
    lines = [
        f"Winner by cross-validation: {first.method}, {first.cv_accuracy:.1%}; it scores "
        f"{percent(first.right[0.0])} of held-out rows."
    ]
    for level in dict.fromkeys([0.0, noise]):
        what = f"with noise of {level:g}" if level else "as they are"
        lines.append(f"Held-out rows {what}: contraction scores {percent(ours.right[level])}.")
        for rival in results[:-1]:
            gain, error = mean_and_error(ours.right[level].astype(float) - rival.right[level])
            word = "better" if gain > 0 else "worse"
            word = word if abs(gain) > 2 * error else "no difference is shown"
            points = f"{100 * gain:+5.1f} points against {rival.method}"
            lines.append(f"  {points} (standard error {100 * error:.1f}): {word}")
    return "\n".join(lines)


def picture(curves: dict[int, list[Result]], n_labelled: int, path: Path) -> bytes:
    """Accuracy of all methods against the number of labels, and against noise."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes, noises = sorted(curves), sorted(curves[n_labelled][0].right)
    for k, (method, _, of_noise) in enumerate(curves[n_labelled]):
        by_size = [curves[size][k].right[0.0] for size in sizes]
        by_noise = [of_noise[noise] for noise in noises]
        style: dict[str, Any] = {"color": COLOURS[k], "marker": MARKERS[k], "label": method}
        for axes, x, rows in ((left, sizes, by_size), (right, noises, by_noise)):
            means, errors = zip(*map(mean_and_error, rows), strict=True)
            axes.errorbar(x, means, errors, capsize=2, linewidth=1.2 + (k == 5), **style)
    left.set(xscale="log", xlabel="labelled rows", ylabel="accuracy on held-out rows")
    left.set_xticks(sizes, map(str, sizes))
    left.set_xticks([], minor=True)
    right.set_xlabel(f"noise on held-out rows, {n_labelled} labelled rows")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=6)
    figure.savefig(content := BytesIO(), format=path.suffix[1:].lower(), dpi=150)
    return content.getvalue()


def run(args: argparse.Namespace) -> None:
    """Read, compare, print, and only then write, what is of the first draw of labels."""
    start = time.perf_counter()
    X, y = _files.read(args.data, args.target) if args.data else load_digits(return_X_y=True)
    data = _comparison.prepare(X, y, args.train_rows, args.seed)
    n_labelled = args.labelled or (len(data.train) if args.data else DIGITS_LABELLED)
    labelled = {n_labelled: _comparison.draws(data, n_labelled, args)}
    for size in (n_labelled // 2, 2 * n_labelled) if args.plot else ():
        with suppress(ValueError):  # too few for every fold, or more than there are
            labelled[size] = _comparison.draws(data, size, args)
    print(describe(args, X, data, labelled[n_labelled]), flush=True)
    with _comparison.quick_and_quiet(data.X.shape[1]):
        encoders = _comparison.fitted(data, args)
        curves = {n: _comparison.compare(data, encoders, labelled[n], args) for n in labelled}
    results = curves[n_labelled]
    print(f"\n{table(results, args.noise)}\n", flush=True)
    best = max(results, key=lambda result: result.cv_accuracy)  # of equals the first
    print(verdict(results, best, args.noise), flush=True)
    files: dict[Path, tuple[bytes, str]] = {}
    if args.save:
        settings, pipeline, _ = best.choices[0]
        what = f"the pipeline of {best.method}, {settings}; load it with trusted={TRUSTED}"
        pipeline = make_pipeline(data.preparation, *pipeline)
        files[args.save] = import_module("skops.io").dumps(pipeline), what
    if args.output:
        settings, pipeline, _ = results[-1].choices[0]
        np.save(file := BytesIO(), pipeline["codes"].transform(data.X), allow_pickle=False)
        files[args.output] = file.getvalue(), f"contractive codes of all rows, {settings}"
    if args.plot:
        files[args.plot] = picture(curves, n_labelled, args.plot), "accuracy by labels and noise"
    for path, (content, what) in files.items():
        _files.write(path, content)
        print(f"Wrote {path}: {what}.", flush=True)
    tell(f"{time.perf_counter() - start:.0f} s")


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; returns the exit status."""
    try:
        run(parse(argv))
    except (ValueError, OSError, ImportError, MemoryError) as error:
        remedy = f"; pip install {name}" if (name := getattr(error, "name", None)) else ""
        tell(f"python -m skcae: {one_line(str(error) or type(error).__name__)}{remedy}")
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
