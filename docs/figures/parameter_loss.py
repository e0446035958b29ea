"""Reconstructed pixels under both losses."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder

X = load_digits().data / 16
figure, ax = plt.subplots(figsize=(5.2, 3))
for loss, color in (("squared_error", "#D55E00"), ("cross_entropy", "#0072B2")):
    cae = ContractiveAutoencoder(
        32, loss=loss, max_iter=60, n_iter_no_change=None, random_state=0
    ).fit(X)
    pixels = cae.reconstruct(X).ravel()
    outside = np.mean((pixels < 0) | (pixels > 1))
    assert (outside == 0) == (loss == "cross_entropy"), outside
    ax.hist(
        pixels, np.linspace(-0.4, 1.4, 91), histtype="step", linewidth=2, color=color, label=loss
    )
ax.axvspan(-0.4, 0, color="0.9")
ax.axvspan(1, 1.4, color="0.9")
ax.set(xlim=(-0.4, 1.4), xlabel="reconstructed pixel", yscale="log", ylabel="number of pixels")
ax.legend()
