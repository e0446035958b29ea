"""What dropout of the fine-tuning does to validation errors on MNIST, by the number of labels."""

from _table import measured, show

validated = measured("papers")
validated = validated[validated["stage"] == "validation"]
found = validated[validated["table"] == "few labels"]
found = found[(found["method"] == "CAE") & found["setting"].str.contains("n_components=2000")]
kinds = {
    "fine-tuned": found["setting"].str.contains("learning_rate_init=0.0001"),
    "with dropout": found["setting"].str.contains("dropout=0.5"),
}
errors = {
    kind: part.pivot(index="labels", columns="draw", values="validation error %")
    for kind, part in ((kind, found[which]) for kind, which in kinds.items())
}
without, dropped = (
    errors[kind].sort_index(key=lambda labels: labels.astype(int)) for kind in kinds
)
rows = [
    [
        labels,
        f"{without.loc[labels].mean():.2f}",
        f"{dropped.loc[labels].mean():.2f}",
        f"{(dropped.loc[labels] < without.loc[labels]).sum()} of {dropped.shape[1]}",
    ]
    for labels in dropped.index
]
show(["labels", *kinds, "lower in"], rows)
print(
    "Errors in percent on 10000 rows of MNIST that validate, means over draws of the labels; one layer "
    "of 2000 units that 50000 rows have trained. Settings are in :doc:`/benchmarks/papers`.\n"
)

every = validated[validated["table"] == "supervised"]
dropped = every["setting"].str.contains("dropout=")
lowest = every.groupby([dropped, "method"])["validation error %"].min().unstack(0)
apart = lowest.max() - lowest.min()
assert apart[True] < apart[False] / 2
print(
    f"With all 50000 labels and 1000 units the lowest errors of {len(lowest)} encoders, among them one without "
    f"contraction and noise, lie between {lowest[False].min():.2f} and {lowest[False].max():.2f} without dropout, and "
    f"between {lowest[True].min():.2f} and {lowest[True].max():.2f} with dropout of 0.25. So many labels leave little to "
    "the encoder.\n"
)
