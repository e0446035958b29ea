"""Displays of an autoencoder of images: its filters and its tangents."""

from typing import Any, Self

import numpy as np
from scipy import sparse

from skcae._holders import carry_checked, find_autoencoder
from skcae.inspection._plotting import Display, mosaic
from skcae.inspection._plotting import image_shape as checked_shape
from skcae.inspection._spectrum import tangents


class FiltersDisplay(Display):
    """Filters: the weights of each unit of the first layer, as an image.

    All filters share one colour scale, symmetric about zero, with zero in white. Use
    ``from_estimator`` to create a display.

    Parameters
    ----------
    filters : ndarray of shape (n_filters, height, width)
        Weights of each unit.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        Filters in reading order.
    colorbar_ : matplotlib Colorbar
        Scale of the weights.
    ax_ : matplotlib Axes
        Axes with the filters.
    figure_ : matplotlib Figure
        Figure containing them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import FiltersDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = FiltersDisplay.from_estimator(cae)
    >>> plt.show()
    """

    def __init__(self, filters: Any) -> None:
        self.filters = filters

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        image_shape: Any = None,
        n_filters: int = 100,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the filters of a fitted autoencoder.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside. The first layer of a deep autoencoder
            is shown.
        image_shape : tuple of (height, width), default=None
            Shape of the images in the rows. None is square.
        n_filters : int, default=100
            Maximum number of filters to show.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : FiltersDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ValueError
            If image_shape does not fit the features.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        autoencoder, _ = find_autoencoder(estimator)
        filters = autoencoder.coefs_[0].T
        shape = checked_shape(image_shape, filters.shape[1])
        return cls(filters.reshape(-1, *shape)[:n_filters]).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the filters.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : FiltersDisplay
            The display itself.
        """
        self._open(ax)
        filters = np.asarray(self.filters)
        highest = np.quantile(np.abs(filters), 0.99)
        options = {
            "cmap": "RdBu_r",
            "vmin": -highest,
            "vmax": highest,
            "interpolation": "nearest",
            **kwargs,
        }
        self.image_ = self.ax_.imshow(mosaic(filters), **options)
        self.colorbar_ = self.figure_.colorbar(
            self.image_, ax=self.ax_, label="Weight", extend="both"
        )
        self.ax_.set(xticks=[], yticks=[], xlabel=f"Filters of {len(filters)} units")
        self.ax_.set_facecolor("0.6")
        return self


class TangentsDisplay(Display):
    """Images moved both ways along the directions that their codes follow most.

    A row shows one image x and one tangent v: ``x + t v`` for t from ``-distance`` to
    ``distance``, with x in the middle. If the autoencoder has learned how its images
    vary, the images of a row look like small deformations of x. Otherwise, v looks like
    noise. Use ``from_estimator`` to create a display.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        Images at which the tangents were taken.
    tangents : ndarray of shape (n_images, n_tangents, height, width)
        Tangents of unit length at each image.
    distance : float
        Distance by which the outermost images are moved, in the units of the images.
    n_steps : int, default=5
        Number of images per row, odd so that x is one of them.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        Moved images.
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure containing them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import TangentsDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = TangentsDisplay.from_estimator(cae, X[:2], k=3)
    >>> plt.show()
    """

    def __init__(self, images: Any, tangents: Any, *, distance: float, n_steps: int = 5) -> None:
        self.images = images
        self.tangents = tangents
        self.distance = distance
        self.n_steps = n_steps

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        k: int = 3,
        *,
        distance: float | None = None,
        n_steps: int = 5,
        image_shape: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot images moved along the k leading tangents of a fitted autoencoder.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside. The steps before it are applied first.
        X : {array-like, sparse matrix} of shape (n_images, n_features)
            A few images, shown as they reach the autoencoder.
        k : int, default=3
            Number of tangents per image, from 1 to ``min(n_components, n_features)``.
        distance : float, default=None
            Distance by which the outermost images are moved. None is half the mean norm
            of the images.
        n_steps : int, default=5
            Number of images per row.
        image_shape : tuple of (height, width), default=None
            Shape of the images. None is square.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : TangentsDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ValueError
            If k is out of range, image_shape does not fit the features, or X is not
            valid input for estimator.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        _, checked = carry_checked(estimator, X)
        rows = checked.toarray() if sparse.issparse(checked) else checked
        shape = checked_shape(image_shape, rows.shape[1])
        directions = tangents(estimator, X, k).reshape(len(rows), k, *shape)
        if distance is None:
            distance = float(np.linalg.norm(rows, axis=1).mean()) / 2
        display = cls(rows.reshape(-1, *shape), directions, distance=distance, n_steps=n_steps)
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the moved images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : TangentsDisplay
            The display itself.
        """
        images = np.asarray(self.images)
        directions = np.asarray(self.tangents)
        n_images, n_tangents, height, width = directions.shape
        n_rows = n_images * n_tangents
        steps = np.linspace(-self.distance, self.distance, self.n_steps)
        self._open(ax, figsize=(2 + self.n_steps, 1 + n_rows), layout="constrained")
        moved = images[:, None, None] + steps[:, None, None] * directions[:, :, None]
        options = {
            "cmap": "gray",
            "vmin": images.min(),
            "vmax": images.max(),
            "interpolation": "nearest",
            **kwargs,
        }
        tiles = mosaic(moved.reshape(-1, height, width), self.n_steps)
        self.image_ = self.ax_.imshow(tiles, **options)
        self.ax_.set_facecolor("C0")
        columns = (width + 1) * np.arange(self.n_steps) + (width - 1) / 2
        self.ax_.set_xticks(columns, [f"{step:.2g}" for step in steps])
        names = [f"{image}, {tangent}" for image, tangent in np.ndindex(n_images, n_tangents)]
        self.ax_.set_yticks((height + 1) * np.arange(n_rows) + (height - 1) / 2, names)
        self.ax_.set(xlabel="Distance along the tangent", ylabel="Image, tangent")
        return self
