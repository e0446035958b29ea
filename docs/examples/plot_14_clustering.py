"""
Clustering codes
================

Whether k-means finds digits better in codes than in pixels.
"""

# %%
# Ten clusters of digits. The labels serve at the end only, to measure how well
# clusters and digits agree: the adjusted Rand index is 1 if they are the same,
# and 0 on average for random clusters.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from skcae import ContractiveAutoencoder, contractive_path
from skcae.model_selection import alpha_grid

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)


def agreement(features):
    """The adjusted Rand index of k-means, the best of ten runs."""
    clusters = KMeans(10, n_init=10, random_state=0).fit_predict(features)
    return adjusted_rand_score(y, clusters)


# %%
# Codes of 128 components at six strengths of contraction, from three seeds
# each. k-means measures distances between codes, and contraction shortens them
# along directions in which the data do not vary.

alphas = [0, *alpha_grid(ContractiveAutoencoder(128), X, n_alphas=5)]
found = {alpha: [] for alpha in alphas}
for seed in range(3):
    path = contractive_path(
        X,
        alphas,
        n_components=128,
        loss="cross_entropy",
        max_iter=100,
        n_iter_no_change=None,
        random_state=seed,
    )
    for cae in path:
        found[cae.alpha].append(agreement(cae.transform(X)))
pixels = agreement(X)
components = agreement(PCA(32, random_state=0).fit_transform(X))

# %%
# One dot for each seed:

figure, ax = plt.subplots()
for place, values in enumerate(found.values()):
    ax.plot([place] * 3, values, "o", color="C0")
ax.axhline(pixels, color="C1", label="pixels")
ax.axhline(components, color="C2", linestyle="--", label="PCA, 32 components")
ax.set_xticks(range(len(alphas)), [f"{alpha:g}" for alpha in alphas])
ax.set(xlabel="alpha", ylabel="adjusted Rand index")
ax.legend()

for alpha, values in found.items():
    print(f"alpha = {alpha:g}: {np.mean(values):.3f} ± {np.std(values):.3f}")
print(f"pixels: {pixels:.3f}, PCA: {components:.3f}")
# sphinx_gallery_start_ignore
alt = "Adjusted Rand index at six alphas, and lines for pixels and PCA."
# sphinx_gallery_end_ignore

# %%
# The best of five alphas is better than none and than pixels here, and the
# highest is worse than both. Another way to cluster changes more than other
# features do: Ward's method on pixels.

none, *contracted = map(np.mean, found.values())
best = max(contracted)
assert best > max(pixels, none)
assert contracted[-1] < min(pixels, none)
ward = AgglomerativeClustering(10).fit_predict(X)
found_by_ward = adjusted_rand_score(y, ward)
assert found_by_ward > best
print(f"Ward's method on pixels: {found_by_ward:.3f}")

# %%
# Without labels nothing tells which of these is the best. Codes are worth a
# try where they help for another reason too: they are smaller than the rows,
# or the same codes serve a classifier.
