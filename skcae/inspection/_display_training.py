"""Display of the course of a fit."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from skcae import _validation
from skcae._codes import Codes
from skcae._holders import find_autoencoder
from skcae.inspection._plotting import Display, title

CURVE = "_curve_"
"""Ending of the fitted attributes that hold a term of the objective in each epoch."""


class TrainingDisplay(Display):
    """The terms of the objective over the epochs of a fit, on a logarithmic axis.

    The objective is ``reconstruction + alpha * contraction``, and its terms are drawn
    with their factors. Use ``from_estimator`` to create a display.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Objective in each epoch.
    reconstruction : array-like of shape (n_epochs,), default=None
        Reconstruction loss.
    contraction : array-like of shape (n_epochs,), default=None
        ``||J||_F^2``, without its factor.
    alpha : float, default=0.0
        Factor of the contraction in the objective.
    validation : array-like of shape (n_epochs,), default=None
        Objective on held-out rows.
    curves : dict of {str: array-like of shape (n_epochs,)}, default=None
        More terms of the objective by label, with their factors.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        Curves of the objective and its terms, without those that are zero throughout.
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
        reconstruction: Any = None,
        contraction: Any = None,
        *,
        alpha: float = 0.0,
        validation: Any = None,
        curves: Mapping[str, Any] | None = None,
    ) -> None:
        self.loss = loss
        self.reconstruction = reconstruction
        self.contraction = contraction
        self.alpha = alpha
        self.validation = validation
        self.curves = curves

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves that a fit has recorded.

        These are ``loss_curve_`` and every other fitted attribute whose name ends in
        ``_curve_``.

        Parameters
        ----------
        estimator : autoencoder, or estimator that holds one
            A fitted autoencoder, or a fitted Pipeline, search, FrozenEstimator or
            other meta-estimator with one inside.
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : TrainingDisplay
            The plotted display.

        Raises
        ------
        TypeError
            If estimator neither is nor holds an autoencoder of this package.
        sklearn.exceptions.NotFittedError
            If the autoencoder, or the estimator that holds it, is not fitted.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        autoencoder, _ = find_autoencoder(estimator)
        fitted = vars(autoencoder)
        curves = {name.removesuffix(CURVE): fitted[name] for name in fitted if name.endswith(CURVE)}
        alpha = getattr(autoencoder, "alpha_", getattr(autoencoder, "alpha", 0.0))
        held_out = getattr(autoencoder, "validation_scores_", None)
        return cls(
            curves.pop("loss"),
            curves.pop("reconstruction", None),
            curves.pop("contraction", None),
            alpha=alpha,
            validation=None if held_out is None else np.negative(held_out),
            curves=dict(
                (f"alpha * {name}", alpha * np.asarray(values))
                if name in _penalised(autoencoder)
                else (title(name), values)
                for name, values in curves.items()
            ),
        ).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : TrainingDisplay
            The display itself.
        """
        self._open(ax)
        self.lines_ = []
        for label, values in self._labelled().items():
            epochs = np.arange(1, len(values) + 1)
            marker = "o" if len(values) == 1 else None
            self.lines_.append(self._curve(epochs, values, label, **{"marker": marker, **kwargs}))
        self.ax_.set(xlabel="Epoch", ylabel="Mean over rows", yscale="log")
        return self

    def _labelled(self) -> dict[str, np.ndarray]:
        """The curves to draw, without those that are zero throughout."""
        curves = {"Objective": self.loss}
        if self.reconstruction is not None:
            curves["Reconstruction"] = self.reconstruction
        if self.contraction is not None:
            curves["alpha * contraction"] = self.alpha * np.asarray(self.contraction)
        curves |= self.curves or {}
        if self.validation is not None:
            curves["Objective, held out"] = self.validation
        return {label: np.asarray(values) for label, values in curves.items() if np.any(values)}


def _penalised(autoencoder: Codes) -> tuple[str, ...]:
    """The names of the terms that alpha multiplies."""
    penalty = getattr(autoencoder, "penalty", None)
    if penalty is None:
        return ()
    return _validation.resolve_penalty(penalty, autoencoder._depth).part_names
