"""Rows of small images side by side, for the figures of the parameters."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np


def show_rows(rows: Mapping[str, np.ndarray], n_columns: int = 7) -> None:
    """Each value is (n_images, 64); its name stands at the left."""
    size = 0.5
    shape = {"figsize": (size * (n_columns + 2.4), size * len(rows)), "layout": "compressed"}
    _, axes = plt.subplots(len(rows), n_columns, **shape)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=11)
        for ax, image in zip(row, images, strict=False):
            ax.imshow(image.reshape(8, 8), cmap="gray", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
