"""What was tried as a default: a row each, a column for every problem, in percent over the objective of the defaults."""

from pathlib import Path

import pandas as pd
from _table import show

csv = Path(__file__).parent.parent / "benchmarks" / "tried.csv"
if csv.exists():
    found = pd.read_csv(csv)
    table = found.pivot_table("over defaults in %", "tried", "problem", sort=False).drop(index="defaults")
    cells = [["" if value != value else f"{value:+.1f}" for value in row] for row in table.to_numpy()]
    show(["tried", *table.columns], [[name, *row] for name, row in zip(table.index, cells, strict=True)])
    print(f"Measured on {found['date'][0]}; {found['machine'][0]}. The command: ``python docs/benchmarks/tried.py``.")
else:
    print("Not measured yet: ``python docs/benchmarks/tried.py`` does it.")
