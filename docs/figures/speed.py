"""What the benchmarks measured, a figure for each; narrow, so that it can be read on a phone."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

OURS, IDIOM, FLOOR, OTHER = "#0072B2", "#E69F00", "0.6", "#009E73"
"""Colours that stay apart for the colour-blind, in lightness too."""
WIDTH = 4.6


def measured(name: str) -> pd.DataFrame:
    return pd.read_csv(Path("benchmarks", f"{name}.csv"))


def bars(ax, names, values, texts, colors) -> None:
    """Horizontal bars, from the top down, each with its number."""
    ax.barh(range(len(values)), values, color=colors)
    for place, (value, text) in enumerate(zip(values, texts, strict=True)):
        ax.annotate(text, (value, place), (4, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(names)), names)
    ax.set_axisbelow(True)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.margins(x=0.25)


def logarithmic(axis) -> None:
    """Ticks at 1, 2 and 5, with numbers as people write them."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def steps() -> None:
    """Ours and the floor over the idiom."""
    found = measured("steps").dropna(subset="over idiom")
    _, ax = plt.subplots(figsize=(WIDTH, 3.4))
    places = np.arange(len(found))
    for shift, name, column, color in (
        (-0.2, "floor", "floor over idiom", FLOOR),
        (0.2, "skcae", "over idiom", OURS),
    ):
        ax.bar(places + shift, found[column], 0.38, color=color, label=name)
        for place, value in zip(places, found[column], strict=True):
            ax.text(place + shift, value + 0.02, f"{value:.2f}", ha="center")
    ax.axhline(1, color=IDIOM, linewidth=2, label="idiom")
    ax.set_xticks(
        places,
        [
            shape.replace(", wide", "").replace(", ", "\n").replace(" ", "\n", 1)
            for shape in found["shape"]
        ],
    )
    ax.set(ylabel="time of a step over the idiom's", ylim=(0, 1.3), axisbelow=True)
    ax.grid(axis="x", visible=False)
    ax.legend(ncols=3, loc="upper center")


def peers() -> None:
    """Seconds and objective of whole fits; what was not installed is said to be missing."""
    found = measured("peers")
    colors = (
        found["version"]
        .str.partition(" ")[0]
        .map({"skcae": OURS, "scikit-learn": OTHER})
        .fillna(IDIOM)
    )
    names = (
        found["peer"]
        .str.replace("Autoencoder", "\u2026")
        .str.replace("(closed form, |Adam )(?=DataLoader|at)", "", regex=True)
    )
    _, axes = plt.subplots(2, figsize=(WIDTH, 6.2))
    for ax, column, label in zip(
        axes, ("seconds", "objective"), ("seconds of a fit", "objective reached"), strict=True
    ):
        none = np.where(found["version"] == "missing", "missing", "has none")
        texts = [
            f"{value:.2f}" if value == value else text
            for value, text in zip(found[column], none, strict=True)
        ]
        bars(ax, names, found[column].fillna(0), texts, colors)
        ax.set_xlabel(label)


def curve() -> None:
    """Objective against seconds; the idiom at 0.001, and at whichever of its rates is best at each point."""
    found = measured("curve")
    idiom = found[found["peer"].str.startswith("torch")]
    lines = {
        "skcae, defaults": (found[found["peer"] == "skcae, defaults"], OURS, "o-"),
        "skcae, constant 0.001": (found[found["peer"] == "skcae, constant 0.001"], OURS, "s--"),
        "idiom, best constant rate": (
            idiom.loc[idiom.groupby("epochs")["objective"].idxmin()],
            IDIOM,
            "o-",
        ),
        "idiom, constant 0.001": (idiom[idiom["peer"].str.endswith(" 0.001")], IDIOM, "s--"),
    }
    _, ax = plt.subplots(figsize=(WIDTH, 3.8))
    for name, (line, color, style) in lines.items():
        ax.plot(line["seconds"], line["objective"], style, color=color, label=name)
    ax.set(xscale="log", xlabel="seconds of training", ylabel="objective")
    logarithmic(ax.xaxis)
    ax.legend()


def transform() -> None:
    """Ratios to the bare product and activation, and of one row to PCA."""
    found = measured("transform").dropna(subset="ratio")
    names = ["transform", "inverse_transform", "transform, one row"]
    _, ax = plt.subplots(figsize=(WIDTH, 2))
    bars(ax, names, found["ratio"], found["ratio"].map("{:.2f}".format), OURS)
    ax.axvline(1, color="0.7", linewidth=1, zorder=0)
    ax.set_xlabel("ratio of times")


def memory() -> None:
    """What is added to the process, beside the size of the input."""
    found = measured("transform").dropna(subset="MiB")
    size = float(found["what"].str.extract(r"of (\d+) MiB")[0].iloc[0])
    names, values = ["the input", *found["what"].str.partition(" ")[0]], [size, *found["MiB"]]
    _, ax = plt.subplots(figsize=(WIDTH, 2))
    bars(ax, names, values, [f"{value:.0f}" for value in values], [FLOOR, OURS, OURS])
    ax.set_xlabel("MiB")


def growth() -> None:
    """Seconds of an epoch against its multiplications, on logarithmic axes."""
    found = measured("growth")
    found["size"] = (
        found["shape"].str.split("x").map(lambda numbers: np.prod(np.array(numbers, dtype=float)))
        / 1e9
    )
    _, ax = plt.subplots(figsize=(WIDTH, 3.6))
    for (grows, part), color, marker in zip(
        found.groupby("grows", sort=False), (OURS, OTHER), "os", strict=True
    ):
        label = f"{grows.replace('x', chr(215))}: slope {part['slope'].iloc[0]:.2f}"
        ax.plot(part["size"], part["seconds"], marker=marker, color=color, label=label)
    ends = found["size"].agg(["min", "max"])
    ax.plot(
        ends,
        found["seconds"].max() * ends / ends["max"],
        ":",
        color="black",
        label="slope 1, linear",
    )
    ax.set(
        xscale="log",
        yscale="log",
        ylabel="seconds of an epoch",
        ylim=(found["seconds"].min() / 3, None),
    )
    ax.set_xlabel("rows \u00d7 features \u00d7 components, in 10$^9$")
    logarithmic(ax.xaxis)
    logarithmic(ax.yaxis)
    ax.legend(loc="lower right")
