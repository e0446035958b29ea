"""Display of random walks of an autoencoder of images."""

from typing import Any, Self

import numpy as np
from scipy import sparse

from skcae._holders import carry_checked
from skcae.inspection._plotting import Display, mosaic
from skcae.inspection._plotting import image_shape as checked_shape
from skcae.sampling import walk


class WalksDisplay(Display):
    """Images that random walks pass through.

    A row is one walk, with the image that it starts from on the left. If the
    autoencoder has learned how its images vary, all visited images look like those of
    the data. Use ``from_estimator`` to create a display.

    Parameters
    ----------
    walks : ndarray of shape (n_walks, n_images, height, width)
        Images of each walk, in order.
    steps : array-like of shape (n_images,), default=None
        Number of steps after which each image was reached. None counts from 0.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        Images of all walks.
    ax_ : matplotlib Axes
        Axes with the images.
    figure_ : matplotlib Figure
        Figure containing them.

    See Also
    --------
    skcae.sampling.walk : The walks as arrays.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import WalksDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = WalksDisplay.from_estimator(cae, X[:4], random_state=0)
    >>> plt.show()
    """

    def __init__(self, walks: Any, steps: Any = None) -> None:
        self.walks = walks
        self.steps = steps

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        n_steps: int = 100,
        sigma: float = 1.0,
        random_state: Any = None,
        *,
        thin: int = 10,
        image_shape: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot walks of a fitted autoencoder.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside. The steps before it are applied first.
        X : {array-like, sparse matrix} of shape (n_walks, n_features)
            A few images to start from, shown as they reach the autoencoder.
        n_steps : int, default=100
            Number of steps, at least 1.
        sigma : float, default=1.0
            Standard deviation of the noise, at least 0; see
            :func:`skcae.sampling.walk`.
        random_state : int, RandomState instance or None, default=None
            Seed of the noise.
        thin : int, default=10
            Every ``thin``-th image is shown, from 1 to ``n_steps``.
        image_shape : tuple of (height, width), default=None
            Shape of the images. None is square.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : WalksDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ValueError
            If n_steps, sigma or thin is out of range, image_shape does not fit the
            features, or X is not valid input for estimator.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        _, checked = carry_checked(estimator, X)
        starts = checked.toarray() if sparse.issparse(checked) else checked
        shape = checked_shape(image_shape, starts.shape[1])
        visited = walk(estimator, X, n_steps, sigma, random_state, thin=thin)
        walks = np.concatenate([starts[:, None], visited], axis=1)
        display = cls(walks.reshape(*walks.shape[:2], *shape), thin * np.arange(walks.shape[1]))
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the walks.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``imshow``.

        Returns
        -------
        display : WalksDisplay
            The display itself.
        """
        walks = np.asarray(self.walks)
        n_walks, n_images, height, width = walks.shape
        steps = range(n_images) if self.steps is None else self.steps
        self._open(ax, figsize=(1 + 0.7 * n_images, 1 + 0.7 * n_walks), layout="constrained")
        starts = walks[:, 0]
        options = {
            "cmap": "gray",
            "vmin": starts.min(),
            "vmax": starts.max(),
            "interpolation": "nearest",
            **kwargs,
        }
        tiles = mosaic(walks.reshape(-1, height, width), n_images)
        self.image_ = self.ax_.imshow(tiles, **options)
        self.ax_.set_facecolor("C0")
        self.ax_.set_xticks((width + 1) * np.arange(n_images) + (width - 1) / 2, steps)
        self.ax_.set_yticks((height + 1) * np.arange(n_walks) + (height - 1) / 2, range(n_walks))
        self.ax_.set(xlabel="Steps", ylabel="Walk")
        return self
