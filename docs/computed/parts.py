"""What the parts of steps, of a fit of wide rows, or of denoising steps take, and what keeps them from an aim."""

import sys

import pandas as pd
from _table import measured, show, tell_source

found = measured("parts")
ALONE = ["products", "rows", "codes", "weights", "solver"]
PARTS = [*ALONE, "caches", "batches", "calls"]
WAY = ["products of rows", "eigenvectors", "axes", "weights turned back"]


def table(kind: pd.Series, parts: list[str]) -> pd.DataFrame:
    """A row for every fit, and a column for every part and for what is left."""
    some = found[kind]
    wide = some.pivot_table("ratio", "fit", "part", sort=False)
    if "one after another" in wide:
        wide["caches"] = wide["one after another"] - wide[ALONE].sum(axis=1)
    wide = wide.join(some.groupby("fit", sort=False)[["aim", "over"]].first())
    return wide.assign(rest=wide["whole"] - wide[parts].sum(axis=1))


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
            f"- {name}: {row['whole']:.2f}, {verdict}. The {needed} alone take {own:.2f}, so the aim of {row['aim']:.2f} {leaves} "
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
    tell(fits, PARTS, "products")
    tell_source("parts")


def wide() -> None:
    fits = table(found["over"] == "reduced rows", ["reduced rows", *WAY])
    tell(fits, ["reduced rows", *WAY], "reduced rows")


def masked() -> None:
    fits = table(found["over"] == "whole", [])
    gained = fits["five products"] - fits["four products"]
    said = [
        f"{gain:.2f} of a step at {name.partition(', ')[2]} (the batches alone take {batches:.2f})"
        for name, gain, batches in zip(fits.index, gained, fits["batches"], strict=True)
    ]
    print(
        f"Four products and G instead of five would save {'; '.join(said)}, before the passes that it adds. It is not "
        "used."
    )


{"steps": steps, "wide": wide, "masked": masked}[sys.argv[1]]()
