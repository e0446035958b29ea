"""Frozen codes, fine-tuned ones, and tangents on MNIST, by the number of labels."""

from _table import measured, show

found = measured("papers")
found = found[(found["stage"] == "validation") & (found["table"] == "few labels")]
found = found[found["setting"].str.count(" > ") == 1]
setting = found["setting"]
kinds = {
    "codes": setting.str.contains("fine_tune=False"),
    "fine-tuned": (found["method"] == "CAE") & ~setting.str.contains("fine_tune=False"),
    "with tangents": (found["method"] == "MTC") & ~setting.str.contains("tangent_rows"),
    "with tangents of all rows": setting.str.contains("tangent_rows='all'"),
}
errors = {
    kind: found[which].groupby(["labels", "setting"])["validation error %"].mean()
    for kind, which in kinds.items()
}
best = {kind: means.groupby("labels").min() for kind, means in errors.items()}
labels = sorted(best["with tangents of all rows"].index, key=int)
show(
    ["labels", *kinds],
    [[count, *(f"{best[kind][count]:.2f}" for kind in kinds)] for count in labels],
)
codes, tuned, tangents, of_all = best.values()
tuning = [100 * (1 - tuned[count] / codes[count]) for count in labels]
gained = [tangents[count] - of_all[count] for count in labels]
assert tuning == sorted(tuning)
assert tuning[0] < 1
assert max(abs(tangents[count] - tuned[count]) for count in labels) < 0.3
assert min(gained) > 0.3
print(
    "Errors in percent on 10000 rows that validate, means over five draws of the labels, one layer that 50000 "
    "rows have trained; of each kind the setting of lowest error. With the fewest labels frozen codes suffice: "
    f"fine-tuning makes {tuning[0]:.0f} percent fewer errors with {labels[0]} labels, and {tuning[-1]:.0f} percent "
    f"fewer with {labels[-1]}. Tangents of the labelled rows change little with one layer; those of all rows lower "
    f"the error by {min(gained):.1f} to {max(gained):.1f} points more. :doc:`/benchmarks/papers` has the settings, "
    "the test errors, and more labels.\n"
)
