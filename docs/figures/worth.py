"""Accuracy of all methods against the number of labels, and against noise."""

import matplotlib.pyplot as plt
import numpy as np
from _findings import METHODS, OURS, of_all, read_rows

ROWS = read_rows()
COLOURS = (
    "#000000",
    "#999999",
    "#E69F00",
    "#F0E442",
    "#56B4E9",
    "#009E73",
    "#D55E00",
    "#CC79A7",
)
"""Colours that the colour-blind can tell apart, as they can the markers."""
MARKERS = "osv<^Dp*"
NOISES = ["clean", "noise 0.1", "noise 0.2", "noise 0.3", "noise 0.4", "noise 0.5"]
N_LABELS = 300


def draw(ax, xs: list, found: list) -> None:
    """A curve for every method, with standard errors."""
    for name, colour, marker in zip(METHODS, COLOURS, MARKERS, strict=True):
        if all(name in line.accuracies for line in found):
            values = [line.accuracies[name] for line in found]
            means = [value.mean() for value in values]
            errors = [value.std(ddof=1) / np.sqrt(len(value)) for value in values]
            ours = name == OURS
            style = {"linewidth": 2.2 if ours else 1.2, "zorder": 3 if ours else 2}
            ax.errorbar(
                xs, means, errors, color=colour, marker=marker, markersize=4, label=name, **style
            )


def against_labels(ax, name: str) -> None:
    """Of one set, on clean test rows."""
    found = [line for line in of_all(ROWS, ["clean"]) if line.set == name]
    labels = [line.labels for line in found]
    draw(ax, labels, found)
    ax.set(xscale="log", title=name)
    ax.set_xticks(labels, map(str, labels))
    ax.set_xticks([], minor=True)


def against_noise(ax, name: str) -> None:
    """Of one set, at 300 labels, or as many as there are below that."""
    clean = [
        line.labels
        for line in of_all(ROWS, ["clean"])
        if line.set == name and line.labels <= N_LABELS
    ]
    found = [
        line
        for condition in NOISES
        for line in of_all(ROWS, [condition])
        if (line.set, line.labels) == (name, max(clean))
    ]
    draw(ax, [0, 0.1, 0.2, 0.3, 0.4, 0.5], found)
    ax.set_title(f"{name}, {max(clean)} labels")


def grid(against, xlabel: str) -> None:
    """A panel for every set."""
    names = list(dict.fromkeys(line.set for line in of_all(ROWS, ["clean"])))
    n_rows = -(-len(names) // 2)
    figure, axes = plt.subplots(n_rows, 2, figsize=(7.4, 2.6 * n_rows), squeeze=False)
    for ax, name in zip(axes.flat, names, strict=False):
        against(ax, name)
    for ax in axes.flat[len(names) :]:
        ax.remove()
    figure.supylabel("accuracy on test rows in percent")
    figure.supxlabel(xlabel)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)


def labels() -> None:
    """Of every set."""
    grid(against_labels, "labelled rows")


def noise() -> None:
    """Of every set."""
    grid(against_noise, "standard deviation of the noise")
