"""The table of what a benchmark wrote, named by the argument, and where and when it ran."""

import sys
from pathlib import Path

import pandas as pd
from _table import show

name = sys.argv[1]
csv = Path(__file__).parent.parent / "benchmarks" / f"{name}.csv"
command = f"python docs/benchmarks/{name}.py" if csv.with_suffix(".py").exists() else "python docs/benchmarks"
if csv.exists():
    found = pd.read_csv(csv, dtype=str).fillna("")
    show(list(table := found.drop(columns=["machine", "date"])), table.itertuples(index=False))
    print(f"Measured on {found['date'][0]}; {found['machine'][0]}. The command: ``{command}``.")
else:
    print(f"Not measured yet: ``{command}`` does it.")
