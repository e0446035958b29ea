"""
Anomalies
=========

An autoencoder reconstructs rows badly that are unlike its training rows.
"""

# %%
# One digit is normal: half of its images are the training rows. The task is
# to distinguish the other half from all other digits. This is repeated for
# each of the ten digits. ``score_samples`` is minus the reconstruction loss
# of each row. As in the outlier detectors of scikit-learn, it is higher for
# normal rows.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from skcae import contractive_path

X, y = load_digits(return_X_y=True)
X = X / 16
areas: dict[str, list[float]] = {}
for digit in range(10):
    normal = np.flatnonzero(y == digit)
    train, test = normal[::2], np.setdiff1d(np.arange(len(y)), normal[::2])
    path = contractive_path(
        X[train],
        [0, 0.1, 1, 10],
        n_components=64,
        batch_size=20,
        max_iter=60,
        n_iter_no_change=None,
        random_state=0,
    )
    models = {f"alpha = {cae.alpha:g}": cae for cae in path}
    models["forest"] = IsolationForest(random_state=0).fit(X[train])
    for name, model in models.items():
        area = roc_auc_score(y[test] == digit, model.score_samples(X[test]))
        areas.setdefault(name, []).append(area)

# %%
# The area under the ROC curve is 1 at best, and 1/2 for random scores. The
# forest is an isolation forest.

figure, ax = plt.subplots()
black = {"color": "black"}
ax.boxplot(list(areas.values()), orientation="horizontal", medianprops=black)
ax.set_yticks(range(1, len(areas) + 1), list(areas))
ax.set(xlabel="area under the ROC curve, for each digit")

means = {name: np.mean(values) for name, values in areas.items()}
for name, mean in means.items():
    print(f"{name}: {mean:.3f}")

# sphinx_gallery_start_ignore
alt = (
    "Box plots of the area under the ROC curve, for four alphas and a forest."
)
plain, some, more, much, forest = means.values()
assert max(abs(some - plain), abs(more - plain)) < 0.01
assert much < min(plain, some, more)
# sphinx_gallery_end_ignore

# %%
# Up to alpha = 1, contraction changes the mean by less than 0.01. The reason
# may be that a plain autoencoder that has seen only ninety images of one digit
# cannot reconstruct other digits either. With alpha = 10 the mean is lower.
#
# The last path was fitted to the nines. Other digits that its autoencoder with
# alpha = 1 finds most and least similar to a nine:

scores = path[2].score_samples(X)
order = np.argsort(np.where(y == 9, np.inf, scores))
others = order[: np.sum(y != 9)]
figure, axes = plt.subplots(2, 6, figsize=(5, 1.9))
rows = {"most": others[::-1], "least": others}
for row, (label, chosen) in zip(axes, rows.items(), strict=True):
    row[0].set_ylabel(label)
    for ax, image in zip(row, X[chosen], strict=False):
        ax.imshow(image.reshape(8, 8))
        ax.set(xticks=[], yticks=[])
# sphinx_gallery_start_ignore
alt = "Six digits that are most like a nine, and six that are least like one."
# sphinx_gallery_end_ignore

# %%
# :class:`skcae.AutoencoderDetector` adds a threshold to the scores; the page
# :doc:`../guide/anomalies` of the user guide shows it.
