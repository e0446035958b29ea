"""Fewer epochs by centred coordinates, and codes that are worth less."""

from _table import measured, show, tell_source

found = measured("centred")
labels = [column for column in found if column.endswith("labels")]
columns = ["objective", "contraction", *labels]
groups = found.groupby(["steps", "alpha", "epochs"], sort=False)[columns]
mean, error = groups.mean(), groups.std() / groups.size().iloc[0] ** 0.5
show(
    ["steps", "alpha", "epochs", *columns],
    (
        [*keys, *(f"{mean.loc[keys, name]:.1f} ± {error.loc[keys, name]:.1f}" for name in columns)]
        for keys in mean.index
    ),
)
usual, other = (mean.loc[way] for way in found["steps"].unique())
gain = usual["objective"] - other["objective"]
assert (gain > 0).all()
lost = (usual[labels] - other[labels]).stack()
weak, strong = usual.index.get_level_values("alpha")[[0, -1]]
print(
    f"With alpha={weak:g} the objective is at {other.loc[(weak, 15), 'objective']:.1f} after 15 "
    f"epochs and at {other.loc[(weak, 40), 'objective']:.1f} after 40, instead of "
    f"{usual.loc[(weak, 15), 'objective']:.1f} and {usual.loc[(weak, 40), 'objective']:.1f}. "
    f"Yet a classifier loses {lost.mean():.1f} points on average by it, and up to "
    f"{lost.max():.1f}; with alpha={strong:g}, the better of both, "
    f"{lost.xs(strong, level='alpha').mean():.1f}. So it is not the default.\n"
)
assert lost.mean() > 0
assert lost.xs(strong, level="alpha").mean() > 0
tell_source("centred")
