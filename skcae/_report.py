"""What the command prints and draws of a comparison."""

import math
from argparse import Namespace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from skcae._comparison import MOST_CATEGORIES, Data, Result
from skcae._files import texts_of

# Told apart by colour-blind eyes, as are the markers.
COLOURS = ("#000000", "#999999", "#E69F00", "#56B4E9", "#009E73", "#D55E00")
MARKERS = "osv^Dp"


def one_line(text: str) -> str:
    """The text without line ends and without what could command a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def describe(args: Namespace, X: Any, data: Data, labelled: list[np.ndarray]) -> str:
    """The protocol, and what became of the file's columns."""
    n_rows, n_held_out, n_labels = len(data.y), len(data.held_out), len(labelled[0])
    n_classes = len(np.unique(data.y[np.r_[data.train, data.held_out]]))
    texts = texts_of(X)
    n_missing = np.isnan(np.asarray(X.drop(columns=texts) if texts else X, float)).sum()
    lines = {
        f"Protocol: {args.data or 'digits'}, {n_rows} rows, {X.shape[1]} features, {n_classes} "
        f"classes; {n_held_out} rows are held out, stratified; seed {args.seed}.": True,
        f"Encoders learn from the other {n_rows - n_held_out} rows without labels, in at most "
        f"{args.max_iter} epochs; codes have size {args.n_components}, those of PCA at most.": True,
        f"Rows without a label in the file: {len(data.others)}.": len(data.others),
        f"{args.cv}-fold cross-validation on {n_labels} of these rows with labels chooses each "
        f"method's settings; draws of the labels: {len(labelled)}.": True,
        "All have labels, so encoders see no more than the classifier does: here contraction has "
        "least to give. --labelled N hides all labels but N.": n_labels == len(data.y) - n_held_out,
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


def winner(results: list[Result]) -> Result:
    """The best by cross-validation; of equals the first, which is the simpler."""
    return max(results, key=lambda result: result.cv_accuracy)


def verdict(results: list[Result], noise: float) -> str:
    """Who won by cross-validation, and what contraction is worth beside each rival."""
    first = winner(results)
    *rivals, ours = results
    lines = [
        f"Winner by cross-validation: {first.method}, {first.cv_accuracy:.1%}; it scores "
        f"{percent(first.right[0.0])} of held-out rows."
    ]
    for level in dict.fromkeys([0.0, noise]):
        what = f"with noise of {level:g}" if level else "as they are"
        lines.append(f"Held-out rows {what}: contraction scores {percent(ours.right[level])}.")
        for rival in rivals:
            gain, error = mean_and_error(ours.right[level].astype(float) - rival.right[level])
            word = "better" if gain > 0 else "worse"
            word = "no difference is shown" if abs(gain) <= 2 * error else word
            lines.append(
                f"  {100 * gain:+5.1f} points against {rival.method} (standard error "
                f"{100 * error:.1f}): {word}"
            )
    return "\n".join(lines)


def picture(curves: dict[int, list[Result]], n_labelled: int, path: Path) -> bytes:
    """Accuracy of all methods against the number of labels, and against noise."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes, noises = sorted(curves), sorted(curves[n_labelled][0].right)
    for k, result in enumerate(curves[n_labelled]):
        by_size = [curves[size][k].right[0.0] for size in sizes]
        by_noise = [result.right[noise] for noise in noises]
        style: dict[str, Any] = {"color": COLOURS[k], "marker": MARKERS[k], "label": result.method}
        for axes, x, rows in ((left, sizes, by_size), (right, noises, by_noise)):
            means, errors = zip(*map(mean_and_error, rows), strict=True)
            axes.errorbar(x, means, errors, capsize=2, linewidth=1.2 + (k == 5), **style)
    left.set(xscale="log", xlabel="labelled rows", ylabel="accuracy on held-out rows")
    left.set_xticks(sizes, map(str, sizes))
    left.set_xticks([], minor=True)
    right.set_xlabel(f"noise on held-out rows, {n_labelled} labelled rows")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=6)
    content = BytesIO()
    figure.savefig(content, format=path.suffix[1:].lower(), dpi=150)
    return content.getvalue()
