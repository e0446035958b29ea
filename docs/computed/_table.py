"""A table in reStructuredText, and what a benchmark wrote."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def measured(name: str) -> pd.DataFrame:
    """What the benchmark of this name wrote."""
    return pd.read_csv(BENCHMARKS / f"{name}.csv")


def tell_source(name: str) -> None:
    """Print when and where it was measured, and how to do it again."""
    first = measured(name).iloc[0]
    print(
        f"Measured on {first['date']}; {first['machine']}. The command: ``python docs/benchmarks/{name}.py``."
    )


def show(head: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Print a table; numbers are given to three digits."""
    print(".. list-table::\n   :header-rows: 1\n")
    for row in [head, *rows]:
        cells = [
            f"{cell:#.3g}".rstrip(".") if isinstance(cell, float) else str(cell) for cell in row
        ]
        print(
            "\n".join(
                f"   {'-' if number else '* -'} {cell}".replace("   -", "     -")
                for number, cell in enumerate(cells)
            )
        )
    print()
