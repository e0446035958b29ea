"""Units of a plain and of a contractive autoencoder of patches of a photograph."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.feature_extraction.image import extract_patches_2d

from skcae import contractive_path

N_ROWS, N_COLUMNS, SIDE, GAP = 4, 6, 12, 1
grey = load_sample_image("china.jpg").mean(axis=2)[:426] / 255
grey = grey.reshape(213, 2, 320, 2).mean(axis=(1, 3))
patches = extract_patches_2d(grey, (SIDE, SIDE), max_patches=6000, random_state=0)
X = patches.reshape(len(patches), -1)
X = X - X.mean(axis=1, keepdims=True)
contrast = X.std(axis=1)
X = (X / contrast[:, None])[contrast > 0.05].astype(np.float32)
path = contractive_path(
    X, [0, 10], n_components=64, max_iter=40, n_iter_no_change=None, random_state=0
)
spread = []
for cae in path:
    squares = np.sort(cae.components_**2, axis=1)[:, ::-1].cumsum(axis=1)
    spread.append(np.median((squares < squares[:, -1:] / 2).sum(axis=1)))
assert spread[1] < 0.8 * spread[0], spread


def draw(at: int) -> None:
    """Some units, with no background."""
    weights = path[at].components_.reshape(-1, SIDE, SIDE)
    weights = weights / np.abs(weights).max(axis=(1, 2), keepdims=True)
    cells = SIDE + GAP
    picture = np.full((N_ROWS * cells - GAP, N_COLUMNS * cells - GAP), np.nan)
    for unit in range(N_ROWS * N_COLUMNS):
        top, left = cells * (unit // N_COLUMNS), cells * (unit % N_COLUMNS)
        picture[top : top + SIDE, left : left + SIDE] = weights[unit]
    figure, ax = plt.subplots(figsize=(3.3, 2.2))
    figure.patch.set_alpha(0)
    ax.imshow(picture, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.axis("off")


def plain() -> None:
    """Without contraction."""
    draw(0)


def contractive() -> None:
    """With it."""
    draw(1)
