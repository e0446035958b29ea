"""The Jacobian at points of a curve, drawn as ellipses: how far the code moves for a step in each direction."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse

from skcae import contractive_path
from skcae.inspection import singular_values, tangents

rng = np.random.RandomState(0)
t = rng.uniform(-3, 3, size=1000)
X = 3 * np.column_stack([t, np.sin(t)]) + 0.15 * rng.standard_normal((1000, 2))
shown = X[np.argsort(t)[40::70]]
path = contractive_path(
    X, [0, 3], n_components=50, max_iter=300, n_iter_no_change=None, random_state=0
)
spectra = [singular_values(cae, shown) for cae in path]
ratios = [np.median(values[:, 0] / values[:, 1]) for values in spectra]
assert ratios[0] < 2
assert ratios[1] > 4


def draw(at: int) -> None:
    """Legible on white and on black, since the figure has no background."""
    figure, ax = plt.subplots(figsize=(3.4, 1.8))
    figure.patch.set_alpha(0)
    ax.plot(*X.T, ".", color="0.6", markersize=1)
    directions = tangents(path[at], shown, k=1)[:, 0]
    for center, (dx, dy), (long, short) in zip(shown, directions, spectra[at], strict=True):
        shape = {"width": 5 * long, "height": 5 * short, "angle": np.degrees(np.arctan2(dy, dx))}
        colors = {"facecolor": "#E69F0080", "edgecolor": "#D55E00", "linewidth": 1.5}
        ax.add_patch(Ellipse(center, **shape, **colors, zorder=3))
    ax.set(aspect="equal", xlim=(-10, 10), ylim=(-5, 5))
    ax.axis("off")


def plain() -> None:
    """Without contraction."""
    draw(0)


def contractive() -> None:
    """With it."""
    draw(1)
