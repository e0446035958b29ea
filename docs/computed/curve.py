"""Objective and seconds of everybody, a column for every number of epochs."""

from _table import measured, show, tell_source

found = measured("curve")
found["cell"] = [f"{row.objective:.2f} in {row.seconds:.1f}\u00a0s" for row in found.itertuples()]
table = found.pivot(index="peer", columns="epochs", values="cell").loc[found["peer"].unique()]
show(["", *(f"{epochs} epochs" for epochs in table.columns)], table.itertuples())
tell_source("curve")
