"""Tables of what detectors found, and a sentence on what contraction changed, from what the script wrote."""

from _table import measured, show, tell_source

SMALL = 0.01
"""Differences of an area up to this count as none."""

found = measured("detect").dropna(subset="AUC")  # that of a detector that was not installed
areas = found.groupby(["detector", "data"], sort=False)["AUC"].agg(["mean", "std"])
precisions = found.groupby(["detector", "data"], sort=False)["average precision"].mean()
data, detectors = list(found["data"].unique()), list(found["detector"].unique())
rows = []
for detector in detectors:
    cells = []
    for name in data:
        mean, spread = areas.loc[(detector, name)]
        best = areas["mean"].xs(name, level="data").max()
        text = f"**{mean:.3f}**" if mean == best else f"{mean:.3f}"
        cells.append(f"{text} ± {spread:.3f}; {precisions[detector, name]:.2f}")
    rows.append([detector, *cells])
show(["detector", *data], rows)

pairs = found.pivot_table("AUC", ["data", "seed"], "detector")
changes = []
for size in ("d/4", "64"):
    plain = pairs[f"autoencoder, {size}, alpha 0"]
    for alpha in ("0.1", "1", "10"):
        difference = pairs[f"autoencoder, {size}, alpha {alpha}"] - plain
        for name in data:
            one = difference.xs(name, level="data")
            error = one.std() / len(one) ** 0.5
            if abs(one.mean()) > max(SMALL, 2 * error):
                what = f"{one.mean():+.3f} on {name} at alpha = {alpha} with a code of {size}"
                changes.append((what, one.mean() > 0))
n_compared = 2 * 3 * len(data)
better = [what for what, gains in changes if gains]
worse = [what for what, gains in changes if not gains]
print(
    f"Against no contraction, alpha = 0, the same autoencoder was compared in {n_compared} cases, "
    f"three alphas for each size of the code and data. In {n_compared - len(changes)} of them the "
    f"area changed by no more than {SMALL:g}, or than twice its standard error."
)
for said, which in (("It rose", better), ("It fell", worse)):
    print(f"{said} in {len(which)}" + (f": {'; '.join(which)}." if which else "."))
verdicts = {
    (False, False): "Contraction did not matter.",
    (True, False): "Contraction helped where it mattered.",
    (False, True): "Contraction did harm where it mattered.",
    (True, True): "Contraction can therefore help, and it can do harm.",
}
print(verdicts[bool(better), bool(worse)] + "\n")
tell_source("detect")
