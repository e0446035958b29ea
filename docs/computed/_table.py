"""A table in reStructuredText, and what a benchmark wrote."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
SIZES = re.compile(r"(?<=\d)\s?-\s?(?=\d)")
"""Between the sizes of layers, such as 64-48-32, which a hyphen would break."""
OLD = "skcae 0.1.0"


def measured(name: str) -> pd.DataFrame:
    """What the benchmark of this name wrote."""
    return pd.read_csv(BENCHMARKS / f"{name}.csv")


def tell_source(name: str) -> None:
    """Print when and where it was measured, and how to do it again."""
    first = measured(name).iloc[0]
    old = (
        f" The defaults of {OLD} were others (:doc:`/changes`)." if OLD in first["machine"] else ""
    )
    print(
        f"Measured on {first['date']}; {first['machine']}.{old} The command: "
        f"``python docs/benchmarks/{name}.py``."
    )


def text(cell) -> str:
    """A number to three digits; what belongs to a number stays on its line."""
    if isinstance(cell, float):
        return f"{cell:#.3g}".rstrip(".")
    whole = str(cell).replace(" ± ", "\u00a0±\u00a0").replace(" %", "\u00a0%")
    return SIZES.sub("\u2011", whole)


def show(head: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Print a table."""
    print(".. list-table::\n   :header-rows: 1\n")
    for first, *others in [head, *rows]:
        print(f"   * - {text(first)}")
        print("".join(f"     - {text(cell)}\n" for cell in others), end="")
    print()
