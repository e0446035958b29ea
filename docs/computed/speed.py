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
        f"A step takes {least:.2f} to {most:.2f} of the time of the idiom. The gain is smallest where the products alone "
        f"take {found['floor over idiom'].max():.2f} of that time. A step of {slowest['shape']} takes "
        f"{slowest['over floor']:.1f} times its floor. Missed targets: {', '.join(missed) or 'none'}."
    )


def peers(found: pd.DataFrame) -> str:
    found = found.set_index("peer")
    ours, idiom, pca = (
        found.loc[name] for name in ("ContractiveAutoencoder", "torch, closed form", "PCA")
    )
    return (
        f"The defaults reach an objective of {ours['objective']:.2f} in {ours['seconds']:.2f} s. The closed form in torch, "
        f"at Adam's usual rate of 0.001, reaches {idiom['objective']:.2f} in {idiom['seconds']:.2f} s. The defaults add up to "
        f"{ours['peak MiB']:.1f} MiB to the process, the closed form in torch {idiom['peak MiB']:.1f} MiB. PCA, which "
        f"minimises the error alone, reaches an error of {pca['error']:.2f} in {pca['seconds']:.2g} s; that of the defaults "
        f"is {ours['error']:.2f}."
    )


def curve(found: pd.DataFrame) -> str:
    ours = found[found["peer"] == "skcae, defaults"].set_index("epochs")
    idiom = found[found["peer"].str.startswith("torch")]
    best = idiom.loc[idiom.groupby("epochs")["objective"].idxmin()].set_index("epochs")
    last, behind = ours.index[-1], ours.index[ours["objective"] > best["objective"]]
    against = (
        f"After {', '.join(map(str, behind))} epochs the best constant rate is ahead of the defaults."
        if len(behind)
        else "The defaults are ahead at every number of epochs."
    )
    return (
        f"{last} epochs with the defaults take {ours['seconds'][last]:.0f} s and reach {ours['objective'][last]:.2f}. The "
        f"idiom takes {best['seconds'][last]:.0f} s and reaches {best['objective'][last]:.2f} at the best of "
        f"{idiom['peer'].nunique()} constant rates, which is not known beforehand. {against}"
    )


def transform(found: pd.DataFrame) -> str:
    there, back, one = found["ratio"].dropna()
    return (
        f"Including validation, transform takes {there:.2f} and inverse_transform {back:.2f} times as long as the bare "
        f"operations. For one row, validation takes most of the time: {one:.2f} times as long as PCA."
    )


def memory(found: pd.DataFrame) -> str:
    there, fit = found["MiB"].dropna()
    return (
        f"transform adds {there:.0f} MiB beside its output, and fit adds {fit:.0f} MiB: rows mapped from a file are never in "
        "memory as a whole."
    )


def growth(found: pd.DataFrame) -> str:
    rows, sizes = found.groupby("grows", sort=False)["slope"].first()
    return (
        f"The slope is {rows:.2f} in rows and {sizes:.2f} in features times components; 1 is linear. A slope below 1 means "
        "that small fits have costs that do not grow with the data."
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
