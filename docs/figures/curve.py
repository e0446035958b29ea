"""Contraction at a distance, at three strengths of contraction."""

import matplotlib.pyplot as plt
import numpy as np
from _digits import PATH, X
from sklearn.neighbors import NearestNeighbors

from skcae.inspection import ContractionCurveDisplay

_, ax = plt.subplots()
rises = {}
for cae in PATH:
    display = ContractionCurveDisplay.from_estimator(
        cae, X, np.linspace(0, 20, 41), random_state=0, name=f"alpha = {cae.alpha:g}", ax=ax
    )
    rises[cae.alpha] = display.ratios.max() > 1.1 * display.ratios[0]
nearest = NearestNeighbors(n_neighbors=1).fit(X).kneighbors()[0]
ax.axvline(np.median(nearest), color="black", linestyle=":", linewidth=1)
assert rises == {0: False, 0.1: True, 1: True}
