"""What products of lower precision gain, and a sentence on it."""

from _table import measured, show, tell_source

found = measured("precision")
columns = [column for column in found if column not in ("machine", "date")]
show(columns, found[columns].itertuples(index=False))
for _, fits in found.groupby("problem"):
    for column in ("objective", "||J||^2", "accuracy in %"):
        means, spreads = (fits[column].str.split(" ± ").str[part].astype(float) for part in (0, 1))
        assert means.max() - means.min() <= spreads.max() * 2
times = found.set_index(["products", "problem"])["time over float32"]
allowed, rounded = times["medium"], times["bfloat16"]
said = [f"{allowed[name]:.2f} and {rounded[name]:.2f} on {name}" for name in allowed.index]
print(
    "Objective, contraction and accuracy do not change by more than twice what they vary between seeds. The time over that in "
    f"float32, as allowed and in bfloat16, is {'; '.join(said)}. Small layers lose, as their cost is the number of calls.\n"
)
assert allowed.max() > 1 > allowed.min()
tell_source("precision")
