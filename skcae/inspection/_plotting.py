"""What the displays share: matplotlib, imported when it is needed, and images side by side in one array."""

from math import ceil, isqrt, prod, sqrt
from numbers import Integral
from typing import Any

import numpy as np


def pyplot(caller: Any) -> Any:
    """Matplotlib's pyplot, or an error that says how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(caller).__name__ if not isinstance(caller, type) else caller.__name__} needs matplotlib, which is not "
            'installed. Install it with: pip install "skcae[plot]"'
        ) from error
    return plt


def next_style(ax: Any) -> str:
    """A line style for the next curve on ax, so that curves differ by more than their colour."""
    return ("-", "--", "-.", ":")[len(ax.lines) % 4]


def image_shape(shape: Any, n_features: int) -> tuple[int, int]:
    """Height and width of rows that are images: square unless told."""
    if shape is None:
        side = isqrt(n_features)
        if side * side != n_features:
            raise ValueError(
                f"{n_features} features do not make a square image; give image_shape=(height, width) with a product of "
                f"{n_features}."
            )
        return side, side
    sides = np.atleast_1d(np.asarray(shape, dtype=object)).tolist()
    whole = all(isinstance(side, Integral) and int(side) > 0 for side in sides)
    if not whole or len(sides) != 2 or prod(sides) != n_features:
        raise ValueError(
            f"image_shape={shape!r} must be (height, width), integers with a product of {n_features}, the number of features."
        )
    return int(sides[0]), int(sides[1])


def mosaic(images: np.ndarray, n_columns: int | None = None) -> np.ndarray:
    """Images, (n, height, width), in reading order in one array, with lines of NaN, one pixel wide, between them."""
    n_images, height, width = images.shape
    n_columns = n_columns or ceil(sqrt(n_images))
    n_rows = ceil(n_images / n_columns)
    padded = np.full((n_rows * n_columns, height + 1, width + 1), np.nan)
    padded[:n_images, :-1, :-1] = images
    tiles = padded.reshape(n_rows, n_columns, height + 1, width + 1).swapaxes(1, 2)
    return tiles.reshape(n_rows * (height + 1), n_columns * (width + 1))[:-1, :-1]
