"""The figure that the argument names, and a sentence on what it shows, for and against."""

import sys
from collections.abc import Callable

import pandas as pd
from _table import measured

AIMS = [0.4, 0.55, 0.85]
"""Of the idiom's time, for the three shapes."""


def steps(found: pd.DataFrame) -> str:
    found = found.dropna(subset="over idiom")
    missed = [
        f"{aim:.2f} by {ratio - aim:.2f}"
        for aim, ratio in zip(AIMS, found["over idiom"], strict=True)
        if ratio > aim
    ]
    least, most, slowest = (
        found["over idiom"].min(),
        found["over idiom"].max(),
        found.loc[found["over floor"].idxmax()],
    )
    return (
        f"A step takes {least:.2f} to {most:.2f} of the idiom's time. Against us: the least is gained where the products alone "
        f"take {found['floor over idiom'].max():.2f} of it, and a step of {slowest['shape']} still takes "
        f"{slowest['over floor']:.1f} times its floor. Aims missed: {', '.join(missed) or 'none'}."
    )


def peers(found: pd.DataFrame) -> str:
    found = found.set_index("peer")
    ours, idiom, pca = (
        found.loc[name] for name in ("ContractiveAutoencoder", "torch, closed form", "PCA")
    )
    return (
        f"The defaults reach {ours['objective']:.2f} in {ours['seconds']:.2f} s; the closed form in torch, at Adam's usual "
        f"rate of 0.001, {idiom['objective']:.2f} in {idiom['seconds']:.2f} s. Against us: {ours['peak MiB']:.1f} MiB more at "
        f"the highest to torch's {idiom['peak MiB']:.1f}; and PCA, which minimises the error alone, reconstructs with "
        f"{pca['error']:.2f} to the defaults' {ours['error']:.2f}, in {pca['seconds']:.2g} s."
    )


def curve(found: pd.DataFrame) -> str:
    ours = found[found["peer"] == "skcae, defaults"].set_index("epochs")
    idiom = found[found["peer"].str.startswith("torch")]
    best = idiom.loc[idiom.groupby("epochs")["objective"].idxmin()].set_index("epochs")
    last, behind = ours.index[-1], ours.index[ours["objective"] > best["objective"]]
    against = (
        f"after {', '.join(map(str, behind))} epochs the best rate is ahead"
        if len(behind)
        else "nothing here"
    )
    return (
        f"{last} epochs by the defaults take {ours['seconds'][last]:.0f} s and reach {ours['objective'][last]:.2f}; the idiom "
        f"takes {best['seconds'][last]:.0f} s to {best['objective'][last]:.2f} at the best of {idiom['peer'].nunique()} "
        f"constant rates, which nobody knows beforehand. Against us: {against}."
    )


def transform(found: pd.DataFrame) -> str:
    there, back, one = found["ratio"].dropna()
    return (
        f"With all checks, transform takes {there:.2f} and inverse_transform {back:.2f} times the bare operations. Of one row, "
        f"checks are nearly all there is: {one:.2f} times PCA's."
    )


def memory(found: pd.DataFrame) -> str:
    there, fit = found["MiB"].dropna()
    return (
        f"transform adds {there:.0f} MiB to its output, and fit {fit:.0f} MiB: rows mapped from a file are never in memory "
        "as a whole."
    )


def growth(found: pd.DataFrame) -> str:
    rows, sizes = found.groupby("grows", sort=False)["slope"].first()
    return (
        f"The slope is {rows:.2f} in rows and {sizes:.2f} in features times components; 1 is linear. Against us: below 1 means "
        "that small fits pay for parts that do not grow."
    )


FIGURES: dict[str, tuple[str, str, Callable[[pd.DataFrame], str]]] = {
    "steps": (
        "steps",
        "Time of a step and of its matrix products over that of the idiom, for three shapes.",
        steps,
    ),
    "peers": ("peers", "Seconds and objective of a whole fit by each peer.", peers),
    "curve": (
        "curve",
        "Objective against seconds, of skcae and of the idiom, at default and constant rates.",
        curve,
    ),
    "transform": (
        "transform",
        "Time of both transforms over the bare operations, and of one row over PCA.",
        transform,
    ),
    "memory": (
        "transform",
        "Memory added by transform and fit beside the size of the input.",
        memory,
    ),
    "growth": ("growth", "Seconds of an epoch against its size, on logarithmic axes.", growth),
}
"""The CSV, what the picture is, in words, and the sentence."""

figure = sys.argv[1]
name, alt, sentence = FIGURES[figure]
print(f".. plot:: figures/speed.py {figure}\n   :alt: {alt}\n\n   {sentence(measured(name))}")
