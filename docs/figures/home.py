"""The Jacobian at points of a curve, drawn as ellipses: how far the code moves for a step in each direction."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse

from skcae import contractive_path
from skcae.inspection import singular_values, tangents

rng = np.random.RandomState(0)
t = rng.uniform(-3, 3, size=1000)
X = 3 * np.column_stack([t, np.sin(t)]) + 0.15 * rng.standard_normal((1000, 2))
shown = X[np.argsort(t)[25::50]]

figure, axes = plt.subplots(2, sharex=True, sharey=True, figsize=(7, 6.2))
path = contractive_path(
    X, [0, 3], n_components=50, max_iter=300, n_iter_no_change=None, random_state=0
)
for ax, cae in zip(axes, path, strict=True):
    ax.plot(*X.T, ".", color="0.6", markersize=2)
    directions = tangents(cae, shown, k=1)[:, 0]
    for center, (dx, dy), (long, short) in zip(
        shown, directions, singular_values(cae, shown), strict=True
    ):
        shape = {"width": 4 * long, "height": 4 * short, "angle": np.degrees(np.arctan2(dy, dx))}
        ax.add_patch(Ellipse(center, **shape, facecolor="#E69F0055", edgecolor="#D55E00"))
    ax.set(title=f"alpha = {cae.alpha:g}", ylabel="second feature", aspect="equal", ylim=(-5, 5))
axes[-1].set_xlabel("first feature")
