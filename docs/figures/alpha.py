"""Accuracy and the terms of the objective against alpha."""

import matplotlib.pyplot as plt
from _few import ALL, ALPHAS, FEW, N_FEW, NOISY, PATH, test

from skcae.inspection import AlphaPathDisplay, contraction

curves = {
    f"accuracy\n{N_FEW} labels": FEW,
    "accuracy\nnoisy rows": NOISY,
    "accuracy\n1200 labels": ALL,
    "reconstruction\nloss": [-cae.score(test) for cae in PATH],
    "mean $\\|J\\|_F^2$": [contraction(cae, test).mean() for cae in PATH],
}
_, axes = plt.subplots(len(curves), sharex=True, figsize=(5, 8.5))
display = AlphaPathDisplay(ALPHAS, curves).plot(axes)
for ax, name in zip(axes, curves, strict=True):
    ax.set_ylabel(name)
axes[-1].set_yscale("log")
