"""Display of how a fit went."""

from typing import Any, Self

import numpy as np

from skcae.inspection._plotting import pyplot
from skcae.inspection._rows import check_estimator


class TrainingDisplay:
    """The terms of the objective over the epochs of a fit, on a logarithmic axis.

    The objective is ``reconstruction + alpha * contraction``, so the two parts are
    shown in its units. Make one with ``from_estimator``.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        The objective.
    reconstruction : array-like of shape (n_epochs,)
        Its reconstruction loss.
    contraction : array-like of shape (n_epochs,), default=None
        ``||J||_F^2``. None where the estimator has no such term.
    alpha : float, default=0.0
        Its factor in the objective.
    validation : array-like of shape (n_epochs,), default=None
        The objective on held-out rows.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        A curve for each term that is not zero.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure containing them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import TrainingDisplay
    >>> X = load_digits().data / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... ).fit(X)
    >>> display = TrainingDisplay.from_estimator(cae)
    >>> plt.show()
    """

    def __init__(
        self,
        loss: Any,
        reconstruction: Any,
        contraction: Any = None,
        *,
        alpha: float = 0.0,
        validation: Any = None,
    ) -> None:
        self.loss = loss
        self.reconstruction = reconstruction
        self.contraction = contraction
        self.alpha = alpha
        self.validation = validation

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves that a fit left.

        Parameters
        ----------
        estimator : ContractiveAutoencoder or DenoisingAutoencoder
            A fitted autoencoder.
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : TrainingDisplay
            The display, plotted.

        Raises
        ------
        TypeError
            If estimator is not one of our autoencoders.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        check_estimator(estimator)
        held_out = getattr(estimator, "validation_scores_", None)
        return cls(
            estimator.loss_curve_,
            estimator.reconstruction_curve_,
            getattr(estimator, "contraction_curve_", None),
            alpha=getattr(estimator, "alpha", 0.0),
            validation=None if held_out is None else np.negative(held_out),
        ).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : TrainingDisplay
            The display itself.
        """
        plt = pyplot(self)
        self.ax_ = plt.subplots()[1] if ax is None else ax
        self.figure_ = self.ax_.figure
        curves = [("Objective", "-", self.loss), ("Reconstruction", "--", self.reconstruction)]
        if self.contraction is not None and self.alpha:
            curves.append(("alpha * contraction", "-.", self.alpha * np.asarray(self.contraction)))
        if self.validation is not None:
            curves.append(("Objective, held out", ":", self.validation))
        self.lines_ = []
        for name, style, values in curves:
            marker = "o" if len(values) == 1 else None
            options = {"label": name, "linestyle": style, "marker": marker, **kwargs}
            self.lines_ += self.ax_.plot(np.arange(1, len(values) + 1), values, **options)
        self.ax_.set(xlabel="Epoch", ylabel="Mean over rows", yscale="log")
        self.ax_.legend()
        return self
