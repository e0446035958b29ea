"""Validation errors of what was tried, beside those of the settings chosen."""

from math import sqrt

from _table import measured, show

OF = {
    "tried with all labels": ("supervised", "CAE"),
    **{
        f"tried with all labels, {method}": ("supervised", method)
        for method in ("DAE-g", "DAE-b", "AE+wd", "AE")
    },
    "tried without tangents": ("few labels", "CAE"),
    "tried with tangents": ("few labels", "MTC"),
    "tried on sets made here": ("variants", None),
}
"""The table and the method of papers.py that was changed; None for that of the set."""
OF_ALL = "tangent_rows='all'"
N_VARIANT = 2000
"""Rows that validate, of sets made by the script."""
CONTROL = "strength 0, 10 epochs of all rows"
papers, tried = measured("papers"), measured("papers_tried")
tried = tried[tried["table"].isin(OF)]
tried = tried.assign(labels=tried["labels"].astype(str).str.removesuffix(".0"))
validated = papers[papers["stage"] == "validation"]

rows, better = [], []
of_grid, found = {}, {}
for (table, data, labels), changes in tried.groupby(["table", "data", "labels"], sort=False):
    of_table, method = OF[table]
    same = validated[(validated["table"] == of_table) & (validated["method"] == (method or data))]
    same = same[(same["labels"] == labels) & same["draw"].isin(changes["draw"].unique())]
    kind, grid = table.removeprefix("tried "), "the lowest of the grid above"
    if method:
        one_layer = same["setting"].str.count(" > ") == 1
        same = same[one_layer & ~same["setting"].str.contains(OF_ALL)]
        grid += ", one layer, labelled rows" if labels != "all" else ""
    if method is None:
        kind = data
    elif labels != "all":
        kind = f"{kind}, {labels} labels"
    lowest = of_grid[kind] = same.groupby("setting")["validation error %"].mean().min()
    rows.append([kind, grid, f"{lowest:.2f}"])
    for name, part in changes.groupby("method", sort=False):
        error, name = part["validation error %"].mean(), name.removeprefix(f"{data}: ")
        rows.append(["", name, f"{error:.2f} ({error - lowest:+.2f})"])
        found.setdefault(kind, []).append((error, name))
        if error < lowest:
            better.append(f"{name} ({kind})")
show(["", "tried", "validation error %"], rows)
print(
    f"Means over {tried['draw'].nunique()} draws of few labels, the same in every row, and in brackets the "
    f"difference to the lowest of the grid. Below it: {'; '.join(better) or 'none'}.\n"
)

kind, n_validated = "with all labels", 10000
lowest, name = min(found[kind])
chance = 100 * sqrt(lowest / 100 / n_validated)
gain = of_grid[kind] - lowest
assert gain < chance
print(
    f"With all labels {len(found[kind])} changes were tried. The lowest, {name}, is {gain:.2f} below the grid, where "
    f"one standard error of an error over {n_validated} rows is {chance:.2f}: neither width, strength of contraction, higher-order "
    "contraction, tangents or standardised pixels nor lengths and rates of both trainings take it further.\n"
)

error_of = {name: error for error, name in found["bg-rand"]}
first, second = error_of["one layer, alpha 3, frozen"], error_of["alpha 3 and 0.1, frozen"]
assert second > first + 5
print(
    f"On bg-rand the frozen codes of one layer leave {first:.2f}, and those of a second layer on them {second:.2f}: the "
    "second layer there loses what tells the classes apart, and only fine-tuning makes up for it. One standard error of an "
    f"error over {N_VARIANT} rows is {100 * sqrt(of_grid['bg-rand'] / 100 / N_VARIANT):.2f} there.\n"
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
