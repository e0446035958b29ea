"""Validation errors of what was tried for few labels, beside those of the settings chosen."""

from _table import measured, show

METHODS = {"tried without tangents": "CAE", "tried with tangents": "MTC"}
tables = {"papers": ["few labels"], "papers_tried": list(METHODS)}
found = [measured(name).query(f"table in {kept}") for name, kept in tables.items()]
papers, tried = (one.assign(labels=one["labels"].astype(int)) for one in found)
published = papers.groupby(["labels", "method"])["published error %"].first().unstack()
few = papers[papers["stage"] == "validation"]

rows, better = [], []
for (table, labels), changes in tried.groupby(["table", "labels"], sort=False):
    same = few[(few["method"] == METHODS[table]) & (few["labels"] == labels)]
    one_layer = same["setting"].str.count(" > ") == 1
    same = same[one_layer & same["draw"].isin(changes["draw"].unique())]
    lowest = same.groupby("setting")["validation error %"].mean().min()
    kind = table.removeprefix("tried ")
    rows.append(
        [f"{kind}, {labels} labels", "the lowest of the grid above, one layer", f"{lowest:.2f}"]
    )
    for name, part in changes.groupby("method", sort=False):
        error = part["validation error %"].mean()
        rows.append(["", name, f"{error:.2f} ({error - lowest:+.2f})"])
        if error < lowest:
            better.append(f"{name} ({kind}, {labels} labels)")
show(["", "tried", "validation error %"], rows)
print(
    f"Means over {tried['draw'].nunique()} draws of the labels, the same in every row, and in brackets the "
    f"difference to the lowest of the grid. Below it: {'; '.join(better) or 'none'}.\n"
)

one_layer = few[few["setting"].str.count(" > ") == 1]
lowest = one_layer.groupby(["labels", "method", "setting"])["validation error %"].mean()
lowest = lowest.groupby(["labels", "method"]).min().unstack()
gained, there = (errors["CAE"] - errors["MTC"] for errors in (lowest, published))
said = [
    f"{gained[labels]:.2f} with {labels} labels (published {there[labels]:.2f})"
    for labels in sorted(there.index)
]
print(
    "How far tangents are ahead of the best setting without them, here by the validation errors and "
    "with one layer: "
    f"{'; '.join(said)}.\n"
)
