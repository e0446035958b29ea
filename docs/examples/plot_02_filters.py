"""
Filters at three strengths of contraction
=========================================

What the units look for, without contraction, with some, and with much.
"""

# %%
# :func:`skcae.contractive_path` fits all three at once.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from skcae import contractive_path
from skcae.inspection import FiltersDisplay, contraction

X = load_digits().data / 16
path = contractive_path(
    X,
    [0, 0.1, 1],
    n_components=64,
    loss="cross_entropy",
    max_iter=60,
    tol=1e-3,
    random_state=0,
)

# %% Each image is a row of ``components_``: the weights of one unit, blue where it is
# inhibited. Without contraction, most units look at a pixel or two, with large weights.
# Contracted, weights are several times smaller, and filters are strokes and blobs.

figure, axes = plt.subplots(3, 1, figsize=(5, 12), layout="constrained")
for ax, cae in zip(axes, path, strict=True):
    FiltersDisplay.from_estimator(cae, ax=ax)
    ax.set_title(f"alpha = {cae.alpha:g}")

# %%
# What it costs is reconstruction, and what it buys is a smaller Jacobian.

for cae in path:
    print(
        f"alpha = {cae.alpha:g}: loss {-cae.score(X):.1f}, mean ||J||_F^2 {contraction(cae, X).mean():.2f}"
    )
