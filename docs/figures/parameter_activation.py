"""Where the code moves, for six activations, around five clusters of points."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.preprocessing import scale

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction

N, LIMIT = 60, 2.2
centers = [[0, 0], [2.2, 1], [-2, 1.5], [1, -2.2], [-1.5, -1.8]]
X = scale(make_blobs(300, centers=np.array(centers), cluster_std=0.25, random_state=0)[0])
sides = np.linspace(-LIMIT, LIMIT, N)
grid = np.stack(np.meshgrid(sides, sides), -1).reshape(-1, 2)
between = np.abs(grid).max(1) < np.abs(X).max()

figure, axes = plt.subplots(2, 3, sharex=True, sharey=True, figsize=(5, 3.6))
ratios = {}
for ax, activation in zip(
    axes.flat, ("logistic", "tanh", "identity", "softplus", "elu", "relu"), strict=True
):
    cae = ContractiveAutoencoder(
        50, alpha=0.3, activation=activation, max_iter=150, n_iter_no_change=None, random_state=0
    ).fit(X)
    norm = contraction(cae, grid)
    ratios[activation] = np.median(contraction(cae, X)) / np.median(norm[between])
    picture = np.sqrt(norm).reshape(N, N)
    ax.imshow(picture, extent=(-LIMIT, LIMIT) * 2, origin="lower", cmap="cividis", vmin=0)
    ax.plot(*X.T, ".", color="white", markersize=1)
    ax.set(title=activation, xticks=[], yticks=[])
    ax.grid(visible=False)
bounded = {"logistic", "tanh"}
assert max(ratios[name] for name in bounded) < 0.8, ratios
assert min(ratios[name] for name in ratios.keys() - bounded) > 0.95, ratios
