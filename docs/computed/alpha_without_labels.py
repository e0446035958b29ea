"""The table of alphas chosen without labels, from what the script wrote."""

from _table import measured

found = measured("alpha_without_labels")
print(
    '.. csv-table::\n   :header: "data", "loss", "units", "alpha chosen", "accuracy", "best alpha", "its accuracy", "alpha=0"\n'
)
for (data, loss, units), curve in found.groupby(["data", "loss", "n_components"], sort=False):
    chosen, best = curve[curve["chosen"] == 1].iloc[0], curve.loc[curve["accuracy"].idxmax()]
    plain = curve[curve["alpha"] == 0].iloc[0]
    accuracies = [f"{row['alpha']:g}, {row['accuracy']:.3f}" for row in (chosen, best)]
    print(
        f'   "{data}", "{loss}", {units}, {accuracies[0]}, {accuracies[1]}, {plain["accuracy"]:.3f}'
    )
print(f"\nMeasured on {found['date'][0]}; {found['machine'][0]}.")
