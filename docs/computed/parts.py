"""What the parts of steps and of a fit of wide rows take, what keeps them from an aim, and what masked rows gain."""

import sys

import pandas as pd
from _table import measured, show, tell_source

found = measured("parts")
PARTS = ["products alone", "slower in the fit", "passes", "solver", "batches", "Python"]
PARTS = [*PARTS, "start and end"]
WAY = ["products of rows", "eigenvectors", "axes", "weights turned back"]


def table(kind: pd.Series, parts: list[str]) -> pd.DataFrame:
    """A row for every fit, and a column for every part and for what is left."""
    some = found[kind]
    fits = some.pivot_table("ratio", "fit", "part", sort=False).rename(columns={"python": "Python"})
    if "products alone" in fits:
        fits["slower in the fit"] = fits["products"] - fits["products alone"]
    fits = fits.join(some.groupby("fit", sort=False)[["aim", "over"]].first())
    return fits.assign(rest=fits["whole"] - fits[parts].sum(axis=1))


def tell(fits: pd.DataFrame, parts: list[str], needed: str) -> None:
    """Print a line for every fit: the aim, what it leaves, and what takes it."""
    rest = [part for part in [*parts, "rest"] if part != needed]
    for name, row in fits.iterrows():
        own, left = row[needed], row["aim"] - row[needed]
        largest = row[rest].astype(float).sort_values(ascending=False).head(3)
        most = ", ".join(f"{part} {share:.2f}" for part, share in largest.items())
        missed = row["whole"] > row["aim"]
        verdict = f"missed by {row['whole'] - row['aim']:.2f}" if missed else "reached"
        leaves = f"leaves {left:.2f}" if left > 0 else "leaves nothing"
        print(
            f"- {name}: {row['whole']:.2f}, {verdict}. The {needed} take {own:.2f}, so the aim of {row['aim']:.2f} {leaves} "
            f"for the rest, which takes {row['whole'] - own:.2f}: {most}."
        )
    print()


def steps() -> None:
    fits = table(found["over"].isin(["floor", "idiom"]), PARTS)
    columns = ["whole", *PARTS, "rest"]
    rows = [
        [name, row["over"], *row[columns].map("{:.2f}".format)] for name, row in fits.iterrows()
    ]
    show(["fit", "over", *columns], rows)
    tell(fits, PARTS, "products alone")
    tell_source("parts")


def wide() -> None:
    fits = table(found["over"] == "reduced rows", ["reduced rows", *WAY])
    tell(fits, ["reduced rows", *WAY], "reduced rows")


def masked() -> None:
    fits = table(found["over"] == "whole", [])
    said = [f"{row['reconstructed']:.2f} times as long at {name}" for name, row in fits.iterrows()]
    print(f"With a reconstruction, a whole fit to masked rows takes {'; '.join(said)}.")


{"steps": steps, "wide": wide, "masked": masked}[sys.argv[1]]()
