"""
Walks along the data
====================

A random walk follows the Jacobian of the code, with and without contraction.
"""

# %%
# Two autoencoders of digits differ only in their contraction.

# sphinx_gallery_thumbnail_number = 2

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from skcae import contractive_path
from skcae.inspection import WalksDisplay
from skcae.sampling import walk

X, y = load_digits(return_X_y=True)
X = X / 16
path = contractive_path(
    X,
    [0, 0.3],
    n_components=128,
    loss="cross_entropy",
    max_iter=100,
    n_iter_no_change=None,
    random_state=0,
)

# %%
# In each step of :func:`skcae.sampling.walk` the code moves by ``J J^T e``,
# where e is normal noise with standard deviation sigma. The Jacobian of the
# plain autoencoder is much larger. For a fair comparison, each autoencoder
# has the sigma with which the first step moves the reconstruction by 1, about
# the distance between a digit and its nearest neighbour.

nearest = NearestNeighbors(n_neighbors=1).fit(X)
apart = nearest.kneighbors()[0].mean()
starts = X[::9]


def first_step(cae, sigma):
    moved, still = (walk(cae, starts, 1, s, 0)[:, 0] for s in (sigma, 0))
    return np.linalg.norm(moved - still, axis=1).mean()


sigmas = np.logspace(-4, 1, 51)
chosen = [
    min(sigmas, key=lambda sigma: abs(first_step(cae, sigma) - 1))
    for cae in path
]

# %%
# The distance from a walk to the nearest digit shows whether the walk is still
# near the data. The label of that digit shows whether it has moved on.

print(f"from a digit to its nearest neighbour: {apart:.2f}")
far = []
for cae, sigma in zip(path, chosen, strict=True):
    visited = walk(cae, starts, 50, sigma, 0)
    found = [nearest.kneighbors(visited[:, step]) for step in (0, 9, 49)]
    distances = [distance.mean() for distance, _ in found]
    far.append(distances)
    moved = np.mean(y[found[-1][1][:, 0]] != y[::9])
    print(f"alpha = {cae.alpha}, sigma = {sigma:.2g}")
    print(
        "  after 1, 10 and 50 steps: {:.2f}, {:.2f}, {:.2f}".format(*distances)
    )
    print(f"  nearest to another class at the end: {moved:.0%}")

# sphinx_gallery_start_ignore
assert far[0][1] > 1.5 * apart
assert max(far[1]) < 1.5 * apart
# sphinx_gallery_end_ignore

# %%
# Without contraction a walk leaves the data within 10 steps. With contraction
# a walk passes from digit to digit.

# sphinx_gallery_start_ignore
import matplotlib.pyplot as plt

plt.rcParams["axes.grid"] = False
alt = "Five walks as rows of images"
# sphinx_gallery_end_ignore
for cae, sigma in zip(path, chosen, strict=True):
    display = WalksDisplay.from_estimator(cae, X[:5], 50, sigma, 0, thin=10)
    display.ax_.set_title(f"alpha = {cae.alpha}")
