"""Validation errors of what was tried, beside those of the settings chosen."""

from _table import measured, show

OF = {
    "tried with all labels": ("supervised", "CAE"),
    "tried without tangents": ("few labels", "CAE"),
    "tried with tangents": ("few labels", "MTC"),
}
"""The table and the method of papers.py that was changed."""
OF_ALL = "tangent_rows='all'"
CONTROL = "strength 0, 10 epochs of all rows"
papers, tried = measured("papers"), measured("papers_tried")
tried = tried[tried["table"].isin(OF)]
tried = tried.assign(labels=tried["labels"].astype(str).str.removesuffix(".0"))
validated = papers[papers["stage"] == "validation"]

rows, better = [], []
for (table, labels), changes in tried.groupby(["table", "labels"], sort=False):
    of_table, method = OF[table]
    same = validated[(validated["table"] == of_table) & (validated["method"] == method)]
    same = same[same["labels"] == labels]
    one_layer = same["setting"].str.count(" > ") == 1
    labelled = ~same["setting"].str.contains(OF_ALL)
    same = same[one_layer & labelled & same["draw"].isin(changes["draw"].unique())]
    lowest = same.groupby("setting")["validation error %"].mean().min()
    kind = table.removeprefix("tried ")
    if labels != "all":
        kind = f"{kind}, {labels} labels"
    rows.append([kind, "the lowest of the grid above, one layer, labelled rows", f"{lowest:.2f}"])
    for name, part in changes.groupby("method", sort=False):
        error = part["validation error %"].mean()
        rows.append(["", name, f"{error:.2f} ({error - lowest:+.2f})"])
        if error < lowest:
            better.append(f"{name} ({kind})")
show(["", "tried", "validation error %"], rows)
print(
    f"Means over {tried['draw'].nunique()} draws of few labels, the same in every row, and in brackets the "
    f"difference to the lowest of the grid. Below it: {'; '.join(better) or 'none'}.\n"
)

few = papers[papers["table"] == "few labels"]
published = few.groupby(["labels", "method"])["published error %"].first().unstack()
few = few[few["stage"] == "validation"]
one_layer = few[few["setting"].str.count(" > ") == 1]
lowest = one_layer.groupby(["labels", "method", "setting"])["validation error %"].mean()
lowest = lowest.groupby(["labels", "method"]).min().unstack()
gained, there = (errors["CAE"] - errors["MTC"] for errors in (lowest, published))
said = [
    f"{gained[labels]:.2f} with {labels} labels (published {there[labels]:.2f})"
    for labels in sorted(there.index, key=int)
]
print(
    "How far tangents, of the labelled rows or of all, are ahead of the best setting without them, here by the validation errors and "
    "with one layer: "
    f"{'; '.join(said)}.\n"
)

control = tried[tried["method"].str.contains(CONTROL)]
chosen = few[few["setting"].str.contains(OF_ALL) & few["draw"].isin(control["draw"])]
chosen = chosen[chosen["labels"] == control["labels"].iloc[0]]
without, along = (part["validation error %"].mean() for part in (control, chosen))
assert chosen["setting"].nunique() == 1
assert along < without - 1
print(
    f"With the tangents of all rows and {control['labels'].iloc[0]} labels the error is {along:.2f}. The same passes over all "
    f"rows without the tangent term leave {without:.2f}: it is what the tangents of rows without a label say, not "
    "the greater number of steps.\n"
)
