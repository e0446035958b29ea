"""Objective and seconds of everybody, a column for every number of epochs."""

from pathlib import Path

import pandas as pd
from _table import show

csv = Path(__file__).parent.parent / "benchmarks" / "curve.csv"
if csv.exists():
    found = pd.read_csv(csv)
    found["cell"] = [f"{row.objective:.2f} in {row.seconds:.1f} s" for row in found.itertuples()]
    table = found.pivot(index="peer", columns="epochs", values="cell").loc[found["peer"].unique()]
    show(["", *(f"{epochs} epochs" for epochs in table.columns)], table.itertuples())
    print(f"Measured on {found['date'][0]}; {found['machine'][0]}. The command: ``python docs/benchmarks/curve.py``.")
else:
    print("Not measured yet: ``python docs/benchmarks/curve.py`` does it.")
