"""Displays of the spectrum of the Jacobian and of the contraction at a distance."""

from typing import Any, Self

import numpy as np
from sklearn.utils.extmath import row_norms

from skcae._holders import carry_checked, find_autoencoder
from skcae.inspection._codes import contraction_curve
from skcae.inspection._plotting import Display
from skcae.inspection._spectrum import singular_values as spectra


class SpectrumDisplay(Display):
    """Mean over rows of each singular value of the Jacobian, on a logarithmic axis.

    The band holds the middle 80 percent of the rows. With strong contraction the
    spectrum falls off sharply, since the code follows few directions [1]_. Use
    ``from_estimator`` to create a display. Plot several on the same axes to compare
    them.

    Parameters
    ----------
    singular_values : ndarray of shape (n_samples, k)
        Singular values of each row in decreasing order, as
        :func:`skcae.inspection.singular_values` returns them.
    name : str, default=None
        Name in the legend. If None, there is no legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The mean spectrum.
    fill_between_ : matplotlib PolyCollection
        The band.
    ax_ : matplotlib Axes
        Axes with the spectrum.
    figure_ : matplotlib Figure
        Figure containing it.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Figure 2.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import SpectrumDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = SpectrumDisplay.from_estimator(cae, X[:100])
    >>> plt.show()
    """

    def __init__(self, singular_values: Any, *, name: str | None = None) -> None:
        self.singular_values = singular_values
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        k: int | None = None,
        *,
        name: str | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the mean spectrum of a fitted autoencoder.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside. The steps before it are applied first.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to average over; a few hundred are enough.
        k : int, default=None
            Number of the largest singular values to plot, from 1 to
            ``min(n_components, n_features)``. None plots all.
        name : str, default=None
            Name in the legend. None is the class of the autoencoder.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : SpectrumDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ValueError
            If k is out of range, or X is not valid input for estimator.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        autoencoder, _ = find_autoencoder(estimator)
        values = spectra(estimator, X, k)
        return cls(values, name=name or type(autoencoder).__name__).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the mean spectrum.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : SpectrumDisplay
            The display itself.
        """
        self._open(ax)
        values = np.asarray(self.singular_values)
        order = np.arange(1, values.shape[1] + 1)
        self.line_ = self._curve(order, values.mean(0), self.name, **kwargs)
        low, high = np.quantile(values, [0.1, 0.9], axis=0)
        self.fill_between_ = self.ax_.fill_between(
            order, low, high, color=self.line_.get_color(), alpha=0.2, linewidth=0
        )
        self.ax_.set(xlabel="Rank", ylabel="Singular value of the Jacobian", yscale="log")
        return self


class ContractionCurveDisplay(Display):
    """Contraction ratio against distance: how much closer the code brings points.

    Use ``from_estimator`` to create a display. Plot several on the same axes to compare
    them. Figure 1 of [1]_ has such curves.

    Parameters
    ----------
    radii : ndarray of shape (n_radii,)
        Radii of the spheres.
    ratios : ndarray of shape (n_radii,)
        Mean ratio of code distance to input distance, as
        :func:`skcae.inspection.contraction_curve` returns it.
    name : str, default=None
        Name in the legend. If None, there is no legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure containing it.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. ICML. Figure 1.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import ContractionCurveDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = ContractionCurveDisplay.from_estimator(cae, X, random_state=0)
    >>> plt.show()
    """

    def __init__(self, radii: Any, ratios: Any, *, name: str | None = None) -> None:
        self.radii = radii
        self.ratios = ratios
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        radii: Any = None,
        *,
        n_directions: int = 1,
        random_state: Any = None,
        name: str | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the contraction curve of a fitted autoencoder.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside. The steps before it are applied first.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Centres of the spheres.
        radii : array-like of shape (n_radii,), default=None
            Radii, finite and at least 0. None is 41 radii from 0 to twice the mean norm
            of the rows that the autoencoder encodes.
        n_directions : int, default=1
            Number of directions drawn for each row, at least 1.
        random_state : int, RandomState instance or None, default=None
            Seed of the directions.
        name : str, default=None
            Name in the legend. None is the class of the autoencoder.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : ContractionCurveDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ValueError
            If radii or n_directions is out of range, or X is not valid input for
            estimator.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        autoencoder, rows = carry_checked(estimator, X)
        if radii is None:
            radii = np.linspace(0, 2 * row_norms(rows).mean(), 41)
        ratios = contraction_curve(
            estimator, X, radii, n_directions=n_directions, random_state=random_state
        )
        return cls(radii, ratios, name=name or type(autoencoder).__name__).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : ContractionCurveDisplay
            The display itself.
        """
        self._open(ax)
        self.line_ = self._curve(self.radii, self.ratios, self.name, **kwargs)
        self.ax_.set(
            xlabel="Distance in input space", ylabel="Distance of codes / distance of inputs"
        )
        self.ax_.set_ylim(bottom=0)
        return self
