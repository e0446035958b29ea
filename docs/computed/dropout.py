"""What dropout of the fine-tuning does to validation errors on MNIST, by the number of labels."""

from _table import measured, show

found = measured("papers")
found = found[(found["stage"] == "validation") & (found["table"] == "few labels")]
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
