"""
Walks along the data
====================

A random walk that follows the Jacobian of the code, with contraction and without.
"""

# %%
# Two autoencoders of the digits, which differ in contraction alone.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from skcae import contractive_path
from skcae.inspection import WalksDisplay
from skcae.sampling import walk

X, y = load_digits(return_X_y=True)
X = X / 16
plain, contractive = contractive_path(
    X,
    [0, 0.3],
    n_components=128,
    loss="cross_entropy",
    max_iter=100,
    n_iter_no_change=None,
    random_state=0,
)

# %%
# In each step of :func:`skcae.sampling.walk` the code moves by ``J J^T e``, where e is
# normal noise with standard deviation sigma. The Jacobian of the plain autoencoder is much
# larger. To compare like with like, each gets the sigma with which its first step moves
# the reconstruction by 1, about the distance between a digit and its nearest neighbour.

nearest = NearestNeighbors().fit(X)
apart = nearest.kneighbors(n_neighbors=1)[0].mean()
starts = X[::9]


def first_step(cae, sigma):
    moved, still = (walk(cae, starts, 1, deviation, 0)[:, 0] for deviation in (sigma, 0))
    return np.linalg.norm(moved - still, axis=1).mean()


sigmas = np.logspace(-4, 1, 51)
chosen = {
    cae.alpha: min(sigmas, key=lambda sigma: abs(first_step(cae, sigma) - 1))
    for cae in (plain, contractive)
}

# %%
# The distance from a walk to the nearest digit of the data tells whether it is still
# near them, and the label of that digit whether it has moved on.

print(f"from a digit to its nearest neighbour: {apart:.2f}")
for cae in (plain, contractive):
    visited = walk(cae, starts, 50, chosen[cae.alpha], 0)
    distances = [nearest.kneighbors(visited[:, step - 1], 1)[0].mean() for step in (1, 10, 50)]
    reached = y[nearest.kneighbors(visited[:, -1], 1)[1][:, 0]]
    print(
        f"alpha = {cae.alpha}, sigma = {chosen[cae.alpha]:.2g}: "
        "after 1, 10 and 50 steps {:.2f}, {:.2f}, {:.2f};".format(*distances),
        f"{np.mean(reached != y[::9]):.0%} of the walks are nearest to another class",
    )

# %%
# In pictures: without contraction a walk leaves the data within 10 steps. With it, a walk
# passes from digit to digit, and visits slim ones such as 1 and 8 more often than others.

for cae in (plain, contractive):
    display = WalksDisplay.from_estimator(cae, X[:5], 50, chosen[cae.alpha], 0, thin=5)
    display.ax_.set_title(f"alpha = {cae.alpha}")
