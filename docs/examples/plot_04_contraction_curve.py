"""
Contraction at a distance
=========================

A contractive code is flat where the data are, and not everywhere.
"""

# %% A code that is small everywhere would be contractive and useless. The contraction
# curve tells the difference: the distance of two codes over the distance of their rows,
# averaged over spheres around the data. Where it is below its value further out, the
# code separates rows better than it follows small changes of them.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from skcae import contractive_path
from skcae.inspection import ContractionCurveDisplay

X = load_digits().data / 16
path = contractive_path(
    X, [0, 0.1, 1], n_components=128, loss="cross_entropy", max_iter=60, tol=1e-3, random_state=0
)

figure, ax = plt.subplots()
for cae in path:
    ContractionCurveDisplay.from_estimator(
        cae, X, np.linspace(0, 15, 31), random_state=0, name=f"alpha = {cae.alpha:g}", ax=ax
    )
nearest, _ = NearestNeighbors(n_neighbors=1).fit(X).kneighbors()
ax.axvline(np.median(nearest), color="black", linestyle=":", linewidth=1)
ax.text(np.median(nearest), 1, " nearest\n neighbour", va="top")
ax.set_ylim(top=1.05)

# %% The curves start at the distances that noise has, and pass the distance between
# neighbours (dotted). Without contraction the curve only falls, as saturation sets in
# at large distances. With it, the curve rises first: the code is at its flattest at the
# data.
