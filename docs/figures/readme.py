"""The picture of README: ``PYTHONPATH=docs/benchmarks python docs/figures/readme.py``."""

from pathlib import Path

import matplotlib.pyplot as plt
from worth import METHODS, against_labels, against_noise

SHOWN = METHODS[:7]
plt.switch_backend("agg")
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
against_labels(axes[0], "MNIST", SHOWN)
against_noise(axes[1], "MNIST", SHOWN)
axes[0].set(xlabel="labelled rows of 60000", ylabel="accuracy on test rows in percent")
axes[1].set_xlabel("standard deviation of noise on test rows")
for ax in axes:
    ax.grid(alpha=0.3)
figure.legend(
    *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=7, frameon=False
)
figure.savefig(Path(__file__).parent.parent / "_static" / "worth.png", dpi=110)
