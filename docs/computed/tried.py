"""What was tried as a default: a row each, a column for every problem, in percent over the objective of the defaults."""

from _table import measured, show, tell_source

table = (
    measured("tried")
    .pivot_table("over defaults in %", "tried", "problem", sort=False)
    .drop(index="defaults")
)
cells = [["" if value != value else f"{value:+.1f}" for value in row] for row in table.to_numpy()]
show(
    ["tried", *table.columns], [[name, *row] for name, row in zip(table.index, cells, strict=True)]
)
tell_source("tried")
