"""Code that the displays share: axes, curves and images, with matplotlib on demand."""

from math import ceil, isqrt, prod, sqrt
from numbers import Integral
from typing import Any

import numpy as np

LINE_STYLES = ("-", "--", "-.", ":")


class Display:
    """Base class of the displays: opens the axes and draws curves."""

    ax_: Any
    figure_: Any

    @classmethod
    def _pyplot(cls) -> Any:
        """Matplotlib's pyplot, or an error that says how to install it."""
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                f"{cls.__name__} needs matplotlib, which is not installed; pip install matplotlib."
            ) from error
        return plt

    def _open(self, ax: Any, **figure: Any) -> np.ndarray:
        """Set ax_ and figure_; return the axes given, or those of a new figure."""
        plt = self._pyplot()
        axes = np.ravel(plt.subplots(**figure)[1] if ax is None else ax)
        self.ax_ = axes[-1]
        self.figure_ = self.ax_.figure
        return axes

    def _curve(self, x: Any, y: Any, label: str | None, /, **kwargs: Any) -> Any:
        """Draw a curve in the next line style, with its label in the legend."""
        style = LINE_STYLES[len(self.ax_.lines) % len(LINE_STYLES)]
        (line,) = self.ax_.plot(x, y, **{"label": label, "linestyle": style, **kwargs})
        if line.get_label() and not line.get_label().startswith("_"):
            self.ax_.legend()
        return line


def title(name: str) -> str:
    """A name such as ``"mean_error"`` as it stands in a figure."""
    return name.replace("_", " ").capitalize()


def image_shape(shape: Any, n_features: int) -> tuple[int, int]:
    """Height and width of rows that are images, square if shape is None."""
    if shape is None:
        side = isqrt(n_features)
        if side * side != n_features:
            raise ValueError(
                f"{n_features} features do not make a square image; give "
                f"image_shape=(height, width) with a product of {n_features}."
            )
        return side, side
    sides = np.atleast_1d(np.asarray(shape, dtype=object)).tolist()
    whole = all(isinstance(side, Integral) and int(side) > 0 for side in sides)
    if not whole or len(sides) != 2 or prod(sides) != n_features:
        raise ValueError(
            f"image_shape={shape!r} must be (height, width), integers with a product of "
            f"{n_features}, the number of features."
        )
    return int(sides[0]), int(sides[1])


def mosaic(images: np.ndarray, n_columns: int | None = None) -> np.ndarray:
    """Images, (n, height, width), as one array in reading order.

    Lines of NaN, 1 pixel wide, separate them.
    """
    n_images, height, width = images.shape
    n_columns = n_columns or ceil(sqrt(n_images))
    n_rows = ceil(n_images / n_columns)
    padded = np.full((n_rows * n_columns, height + 1, width + 1), np.nan)
    padded[:n_images, :-1, :-1] = images
    tiles = padded.reshape(n_rows, n_columns, height + 1, width + 1).swapaxes(1, 2)
    return tiles.reshape(n_rows * (height + 1), n_columns * (width + 1))[:-1, :-1]
