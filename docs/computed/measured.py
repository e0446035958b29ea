"""The table of what a benchmark wrote, named by the argument, and where and when it ran."""

import sys

import pandas as pd
from _table import BENCHMARKS, show, tell_source

name = sys.argv[1]
table = (
    pd.read_csv(BENCHMARKS / f"{name}.csv", dtype=str).fillna("").drop(columns=["machine", "date"])
)
show(list(table), table.itertuples(index=False))
tell_source(name)
