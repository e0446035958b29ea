"""
Filters at three strengths of contraction
=========================================

The weights of the units without contraction, with some, and with much.
"""

# %%
# :func:`skcae.contractive_path` fits all three autoencoders at once.

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skcae import contractive_path
from skcae.inspection import FiltersDisplay, contraction

X = load_digits().data / 16
path = contractive_path(
    X,
    [0, 0.1, 1],
    n_components=36,
    loss="cross_entropy",
    max_iter=60,
    random_state=0,
)

# %%
# Each image is a row of ``components_``: the weights of one unit, blue where
# they are negative.

# sphinx_gallery_start_ignore
plt.rcParams["axes.grid"] = False
alt = "The weights of 36 units as small images"
# sphinx_gallery_end_ignore
for cae in path:
    figure, ax = plt.subplots(figsize=(5, 4))
    FiltersDisplay.from_estimator(cae, ax=ax)
    ax.set_title(f"alpha = {cae.alpha:g}")

# %%
# Contraction makes the weights smaller and spreads them over more pixels. It
# lowers the norm of the Jacobian, at the cost of reconstruction. The effective
# number of pixels of a unit is ``sum(|w|) ** 2 / sum(w ** 2)``; it is 64 if
# all weights are equal.

for cae in path:
    W = np.abs(cae.components_)
    n_pixels = np.mean(W.sum(axis=1) ** 2 / (W**2).sum(axis=1))
    print(f"alpha = {cae.alpha:g}")
    print(f"  largest weight of a unit: {np.median(W.max(axis=1)):.2f}")
    print(f"  effective number of pixels: {n_pixels:.0f}")
    print(f"  mean ||J||_F^2: {contraction(cae, X).mean():.2f}")
    print(f"  reconstruction loss: {-cae.score(X):.1f}")

# sphinx_gallery_start_ignore
weights = [np.abs(cae.components_) for cae in path]
pixels = [(W.sum(1) ** 2 / (W**2).sum(1)).mean() for W in weights]
largest = [np.median(W.max(axis=1)) for W in weights]
losses = [-cae.score(X) for cae in path]
assert pixels[0] < pixels[1] < pixels[2]
assert largest[0] > largest[1] > largest[2]
assert losses[0] < losses[1] < losses[2]
# sphinx_gallery_end_ignore
