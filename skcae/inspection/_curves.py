"""Displays of what the code follows as curves: its spectrum, and its contraction at a distance."""

from typing import Any, Self

import numpy as np
from sklearn.utils.extmath import row_norms

from skcae.inspection._codes import contraction_curve
from skcae.inspection._plotting import next_style, pyplot
from skcae.inspection._rows import check
from skcae.inspection._spectrum import singular_values as spectra


class SpectrumDisplay:
    """Mean spectrum of the Jacobian: each singular value, averaged over rows, on a logarithmic axis.

    The band holds the middle 80 percent of the rows. A contractive code's spectrum
    falls off sharply: few directions are followed. Make one with ``from_estimator``;
    plot several on one axes to compare.

    Parameters
    ----------
    singular_values : ndarray of shape (n_samples, k)
        Singular values of each row in decreasing order, as
        ``skcae.inspection.singular_values`` gives them.
    name : str, default=None
        Name in the legend. None makes no legend.

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
        estimator : ContractiveAutoencoder or DenoisingAutoencoder
            A fitted autoencoder.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to average over; a few hundred are enough.
        k : int, default=None
            How many of the largest singular values, from 1 to
            ``min(n_components, n_features)``. None is all.
        name : str, default=None
            Name in the legend. None is the class of the estimator.
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : SpectrumDisplay
            The display, plotted.

        Raises
        ------
        TypeError
            If estimator is not one of our autoencoders.
        ValueError
            If k is out of range, or X is not as transform takes it.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        return cls(spectra(estimator, X, k), name=name or type(estimator).__name__).plot(
            ax, **kwargs
        )

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the mean spectrum.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : SpectrumDisplay
            The display itself.
        """
        plt = pyplot(self)
        self.ax_ = plt.subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        values = np.asarray(self.singular_values)
        order = np.arange(1, values.shape[1] + 1)
        (self.line_,) = self.ax_.plot(
            order,
            values.mean(0),
            **{"label": self.name, "linestyle": next_style(self.ax_), **kwargs},
        )
        low, high = np.quantile(values, [0.1, 0.9], axis=0)
        self.fill_between_ = self.ax_.fill_between(
            order, low, high, color=self.line_.get_color(), alpha=0.2, linewidth=0
        )
        self.ax_.set(xlabel="Rank", ylabel="Singular value of the Jacobian", yscale="log")
        if self.line_.get_label() and not self.line_.get_label().startswith("_"):
            self.ax_.legend()
        return self


class ContractionCurveDisplay:
    """Contraction ratio against distance: how much closer the code brings points that are r apart.

    Make one with ``from_estimator``; plot several on one axes to compare.

    Parameters
    ----------
    radii : ndarray of shape (n_radii,)
        Radii of the spheres.
    ratios : ndarray of shape (n_radii,)
        Mean ratio of code distance to input distance, as
        ``skcae.inspection.contraction_curve`` gives it.
    name : str, default=None
        Name in the legend. None makes no legend.

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
        estimator : ContractiveAutoencoder or DenoisingAutoencoder
            A fitted autoencoder.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows at the centres of the spheres.
        radii : array-like of shape (n_radii,), default=None
            Radii, finite and at least 0. None is 41 from 0 to twice the mean norm of
            the rows.
        n_directions : int, default=1
            Directions drawn for each row.
        random_state : int, RandomState instance or None, default=None
            Seed of the directions.
        name : str, default=None
            Name in the legend. None is the class of the estimator.
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : ContractionCurveDisplay
            The display, plotted.

        Raises
        ------
        TypeError
            If estimator is not one of our autoencoders.
        ValueError
            If radii or n_directions is out of range, or X is not as transform takes it.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        if radii is None:
            radii = np.linspace(0, 2 * row_norms(check(estimator, X)).mean(), 41)
        ratios = contraction_curve(
            estimator, X, radii, n_directions=n_directions, random_state=random_state
        )
        return cls(radii, ratios, name=name or type(estimator).__name__).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : ContractionCurveDisplay
            The display itself.
        """
        plt = pyplot(self)
        self.ax_ = plt.subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        (self.line_,) = self.ax_.plot(
            self.radii,
            self.ratios,
            **{"label": self.name, "linestyle": next_style(self.ax_), **kwargs},
        )
        self.ax_.set(
            xlabel="Distance in input space", ylabel="Distance of codes / distance of inputs"
        )
        self.ax_.set_ylim(bottom=0)
        if self.line_.get_label() and not self.line_.get_label().startswith("_"):
            self.ax_.legend()
        return self
