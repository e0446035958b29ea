"""The table of the comparison of codes, from what its script wrote."""

from _table import measured, show, tell_source

TITLES = {"digits": "Digits", "mnist": "MNIST"}
LINEAR = ["logistic regression", "linear SVM"]

found = measured("science")
for data, part in found.groupby("data"):
    families = list(part["codes"].unique())
    groups = (
        part.groupby(["labels", "classifier", "codes"], sort=False)["accuracy"]
        .agg(["mean", "std"])
        .mul(100)
    )
    print(f"**{TITLES[data]}**, accuracy in percent\n")
    rows = []
    for (labels, classifier), line in groups.groupby(level=[0, 1], sort=False):
        means, spreads = (line[name].droplevel([0, 1]) for name in ("mean", "std"))
        cells = [f"{means[family]:.1f} ± {spreads[family]:.1f}" for family in families]
        best = families.index(means.idxmax())
        cells[best] = f"**{cells[best].split()[0]}** ± {cells[best].split()[2]}"
        rows.append([str(labels), classifier, *cells])
    show(["labels", "classifier", *families], rows)
    wins = [
        families[cells.index(next(cell for cell in cells if "**" in cell))] for _, _, *cells in rows
    ]
    tally = "; ".join(f"{family}: {wins.count(family)}" for family in families)
    print(f"Number of best means: {tally}. Seeds: {part['seed'].nunique()}.\n")
    linear = groups["mean"].unstack("codes").query("classifier in @LINEAR")
    gains = [linear["contractive"] - linear[other] for other in ("raw", "autoencoder, alpha = 0")]
    print(
        f"With a linear classifier, the mean of contractive codes is {gains[0].min():+.1f} to "
        f"{gains[0].max():+.1f} points from that of raw pixels, and {gains[1].min():+.1f} to "
        f"{gains[1].max():+.1f} points from that of the plain autoencoder."
    )
    means = groups["mean"].unstack("codes")
    gain = (means["contractive"] - means["raw"]).unstack("classifier")
    others = gain.drop(columns=LINEAR).max(axis=1)
    assert (gain[LINEAR].min(axis=1) > others).all()
    assert gain[LINEAR].iloc[0].mean() > gain[LINEAR].iloc[-1].mean()
    print(
        "The gain over raw pixels is larger with linear classifiers than with nearest neighbours, "
        f"whatever the number of labels. With linear classifiers it is {gain[LINEAR].iloc[0].mean():.1f} "
        f"points with {gain.index[0]} labels and {gain[LINEAR].iloc[-1].mean():.1f} with {gain.index[-1]}.\n"
    )
tell_source("science")
