"""The table of what a benchmark wrote, named by the argument, and where and when it ran."""

import sys
from pathlib import Path

import pandas as pd
from _table import show

name = sys.argv[1]
csv = Path(__file__).parent.parent / "benchmarks" / f"{name}.csv"
if csv.exists():
    found = pd.read_csv(csv, dtype=str).fillna("")
    show(list(table := found.drop(columns=["machine", "date"])), table.itertuples(index=False))
    print(f"Measured on {found['date'][0]}; {found['machine'][0]}. The script: ``docs/benchmarks/{name}.py``.")
else:
    print(f"Not measured yet: ``docs/benchmarks/{name}.py`` does it.")
