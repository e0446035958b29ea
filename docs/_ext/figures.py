"""How figures look, in the pages and in the examples: small, with text for a phone."""

import matplotlib.pyplot as plt

STYLE = {
    "figure.figsize": (5, 3.4),
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "legend.fontsize": 10,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "image.cmap": "gray",
}


def reset(gallery_conf, name) -> None:
    """Give every example of the gallery the same start."""
    plt.rcdefaults()
    plt.rcParams.update(STYLE)
