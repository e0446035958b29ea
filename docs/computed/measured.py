"""The table of what a benchmark wrote, named by the argument, and where and when it ran."""

import sys
from pathlib import Path

import pandas as pd
from _table import show

name = sys.argv[1]
found = pd.read_csv(Path(__file__).parent.parent / "benchmarks" / f"{name}.csv", dtype=str).fillna("")
where, when = found["machine"][0], found["date"][0]
table = found.drop(columns=["machine", "date"])
show(list(table), table.itertuples(index=False))
print(f"Measured on {when}; {where}. The script: ``docs/benchmarks/{name}.py``.")
