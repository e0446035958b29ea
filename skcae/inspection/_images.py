"""Displays of an autoencoder of images: its filters, and images moved along the directions that the code follows."""

from typing import Any, Self

import numpy as np
from scipy import sparse

from skcae.inspection._plotting import image_shape as checked_shape
from skcae.inspection._plotting import mosaic, pyplot
from skcae.inspection._rows import check, check_estimator
from skcae.inspection._spectrum import tangents


class FiltersDisplay:
    """Filters: the weights of the first layer, each as an image.

    All share one colour scale, symmetric about zero, which is white. Make one with
    ``from_estimator``.

    Parameters
    ----------
    filters : ndarray of shape (n_filters, height, width)
        Weights of each unit.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        The filters in reading order.
    colorbar_ : matplotlib Colorbar
        The scale of the weights.
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
        estimator : ContractiveAutoencoder or DenoisingAutoencoder
            A fitted autoencoder; of a deep one the first layer is shown.
        image_shape : tuple of (height, width), default=None
            Shape of the images that the features are. None is square.
        n_filters : int, default=100
            The most filters to show, the first ones.
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : FiltersDisplay
            The display, plotted.

        Raises
        ------
        TypeError
            If estimator is not one of our autoencoders.
        ValueError
            If image_shape does not fit the features.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        check_estimator(estimator)
        filters = estimator.coefs_[0].T
        return cls(
            filters.reshape(-1, *checked_shape(image_shape, filters.shape[1]))[:n_filters]
        ).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the filters.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : FiltersDisplay
            The display itself.
        """
        plt = pyplot(self)
        self.ax_ = plt.subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
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


class TangentsDisplay:
    """Images, each moved both ways along the directions that its code follows most.

    A row is one image and one tangent v: ``x + t v`` for t from ``-distance`` to
    ``distance``, x itself in the middle. Where the autoencoder has learned how its
    images vary, the rows look like small deformations; v otherwise looks like noise.
    Make one with ``from_estimator``.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        Images at which the tangents were taken.
    tangents : ndarray of shape (n_images, n_tangents, height, width)
        Their tangents, of unit length.
    distance : float
        How far the outermost images are moved, in units of X.
    n_steps : int, default=5
        Images per row, odd so that x is one of them.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        The moved images.
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
        estimator : ContractiveAutoencoder or DenoisingAutoencoder
            A fitted autoencoder.
        X : {array-like, sparse matrix} of shape (n_images, n_features)
            A few images.
        k : int, default=3
            Tangents per image, from 1 to ``min(n_components, n_features)``.
        distance : float, default=None
            How far the outermost images are moved. None is half the mean norm of the
            images.
        n_steps : int, default=5
            Images per row.
        image_shape : tuple of (height, width), default=None
            Shape of the images. None is square.
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : TangentsDisplay
            The display, plotted.

        Raises
        ------
        TypeError
            If estimator is not one of our autoencoders.
        ValueError
            If k is out of range, image_shape does not fit the features, or X is not as
            transform takes it.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        checked = check(estimator, X)
        rows = checked.toarray() if sparse.issparse(checked) else checked
        shape = checked_shape(image_shape, rows.shape[1])
        directions = tangents(estimator, X, k).reshape(len(rows), k, *shape)
        if distance is None:
            distance = float(np.linalg.norm(rows, axis=1).mean()) / 2
        return cls(rows.reshape(-1, *shape), directions, distance=distance, n_steps=n_steps).plot(
            ax, **kwargs
        )

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the moved images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : TangentsDisplay
            The display itself.
        """
        plt = pyplot(self)
        images, directions = np.asarray(self.images), np.asarray(self.tangents)
        (n_images, n_tangents, height, width), steps = (
            directions.shape,
            np.linspace(-self.distance, self.distance, self.n_steps),
        )
        n_rows = n_images * n_tangents
        if ax is None:
            _, ax = plt.subplots(figsize=(2 + self.n_steps, 1 + n_rows), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        moved = images[:, None, None] + steps[:, None, None] * directions[:, :, None]
        options = {
            "cmap": "gray",
            "vmin": images.min(),
            "vmax": images.max(),
            "interpolation": "nearest",
            **kwargs,
        }
        self.image_ = ax.imshow(mosaic(moved.reshape(-1, height, width), self.n_steps), **options)
        ax.set_facecolor("C0")
        ax.set_xticks(
            (width + 1) * np.arange(self.n_steps) + (width - 1) / 2,
            [f"{step:.2g}" for step in steps],
        )
        names = [
            f"{image}, {tangent}" for image in range(n_images) for tangent in range(n_tangents)
        ]
        ax.set_yticks((height + 1) * np.arange(n_rows) + (height - 1) / 2, names)
        ax.set(xlabel="Distance along the tangent", ylabel="Image, tangent")
        return self
