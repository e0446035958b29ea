"""
Anomalies
=========

Rows that the autoencoder cannot reconstruct are unlike what it was trained on.
"""

# %% One digit is normal: half of its images train, without labels. The other half are
# to be told from all other digits. This is done for each of the ten in turn.
# ``score_samples`` is minus the reconstruction loss of each row, higher for rows that
# are normal, as in scikit-learn's outlier detectors.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from skcae import contractive_path

X, y = load_digits(return_X_y=True)
X = X / 16
alphas, areas = [0, 0.1, 1, 10], {}
for digit in range(10):
    normal = np.flatnonzero(y == digit)
    train, test = normal[::2], np.setdiff1d(np.arange(len(y)), normal[::2])
    shared = {
        "n_components": 64,
        "batch_size": 20,
        "max_iter": 60,
        "n_iter_no_change": None,
        "random_state": 0,
    }
    path = contractive_path(X[train], alphas, **shared)
    models = {f"alpha = {cae.alpha:g}": cae for cae in path}
    models["isolation forest"] = IsolationForest(random_state=0).fit(X[train])
    for name, model in models.items():
        areas.setdefault(name, []).append(
            roc_auc_score(y[test] == digit, model.score_samples(X[test]))
        )

# %%
# Area under the ROC curve, 1 at best and 1/2 for guesses.

figure, ax = plt.subplots(layout="constrained")
ax.boxplot(list(areas.values()), orientation="horizontal", medianprops={"color": "black"})
ax.set_yticks(range(1, len(areas) + 1), list(areas))
ax.set(xlabel="area under the ROC curve, one value for each digit")

for name, values in areas.items():
    print(f"{name}: {np.mean(values):.3f}")

# %% Here contraction changes nothing until there is too much of it: ninety images of
# one digit are few, and a plain autoencoder that has seen no others does not
# reconstruct others either.

# %% The last path is that of the nines. The digits that are most and least like a nine
# to it, nines left out:

scores = path[2].score_samples(X)
order = np.argsort(np.where(y == 9, np.inf, scores))
others = order[: np.sum(y != 9)]
figure, axes = plt.subplots(2, 8, figsize=(8, 2.4), layout="constrained")
for row, chosen, label in zip(axes, (others[::-1][:8], others[:8]), ("most", "least"), strict=True):
    row[0].set_ylabel(label)
    for ax, image in zip(row, X[chosen], strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray")
        ax.set(xticks=[], yticks=[])
