"""Display of what changes with the contraction strength."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from skcae.inspection._plotting import pyplot


class AlphaPathDisplay:
    """Curves against alpha, a panel for each, over one axis that is logarithmic and has zero on it.

    Accuracy, reconstruction and contraction have different units and share nothing but
    alpha; one above the other they show what an alpha buys and what it costs. Make one
    with ``from_cv_results``, or from curves of your own.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, increasing, at least 0.
    curves : dict of {str: array-like of shape (n_alphas,) or (n_alphas, n_repeats)}
        Values at each alpha by name; of repeated values, as over the splits of a
        cross-validation, the mean is drawn with a band of one standard deviation on
        each side.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_curves,)
        A panel for each curve.
    lines_ : list of matplotlib Line2D
        The curves.
    ax_ : matplotlib Axes
        The lowest panel, whose x-axis is alpha.
    figure_ : matplotlib Figure
        Figure containing them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import AlphaPathDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> cae = ContractiveAutoencoder(
    ...     16, max_iter=5, n_iter_no_change=None, random_state=0
    ... )
    >>> pipe = make_pipeline(cae, LogisticRegression(max_iter=1000))
    >>> search = GridSearchCV(
    ...     pipe, {"contractiveautoencoder__alpha": [0, 0.1, 1]}, cv=2
    ... ).fit(X[:200] / 16, y[:200])
    >>> display = AlphaPathDisplay.from_cv_results(search)
    >>> plt.show()
    """

    def __init__(self, alphas: Any, curves: Mapping[str, Any]) -> None:
        self.alphas = alphas
        self.curves = curves

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Any,
        *,
        param_name: str | None = None,
        curves: Mapping[str, Any] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot what a search over alpha found.

        Parameters
        ----------
        cv_results : fitted search, or its cv_results_
            Results of a GridSearchCV or another search. Every test score in it becomes
            a curve. If other parameters varied as well, each alpha is represented by
            its candidate with the highest mean of the first score.
        param_name : str, default=None
            Name of the parameter in the search, such as
            ``"contractiveautoencoder__alpha"``. None is the one called alpha.
        curves : dict of {str: array-like of shape (n_alphas,) or (n_alphas, n_repeats)}, default=None
            More curves by name, at the alphas of the search in increasing order.
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to plot on, one for each curve. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : AlphaPathDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If the results have no parameter of that name, or several that could be
            meant, or a curve has another length.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls)
        results = getattr(cv_results, "cv_results_", cv_results)
        searched = np.asarray(
            results["param_" + _find_parameter(results, param_name)], dtype=np.float64
        )
        scores = {
            key.removeprefix("mean_test_"): _split_scores(results, key.removeprefix("mean_test_"))
            for key in results
            if key.startswith("mean_test_")
        }
        first = next(iter(scores.values())).mean(1)
        alphas = np.unique(searched)
        best = [
            max(np.flatnonzero(searched == alpha), key=lambda candidate: first[candidate])
            for alpha in alphas
        ]
        named = {_title(name): values[best] for name, values in scores.items()}
        return cls(alphas, {**named, **(curves or {})}).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to plot on, one for each curve. None makes a figure.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : AlphaPathDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is not one axes and one value per alpha for each curve.
        """
        plt = pyplot(self)
        alphas, curves = np.asarray(self.alphas, dtype=np.float64), self._checked_curves()
        if ax is None:
            size = (6.4, 1 + 1.9 * len(curves))
            _, ax = plt.subplots(
                len(curves), sharex=True, squeeze=False, figsize=size, layout="constrained"
            )
        self.axes_ = np.ravel(ax)
        if len(self.axes_) != len(curves):
            raise ValueError(
                f"ax has {len(self.axes_)} axes for {len(curves)} curves; give one axes per curve, or ax=None."
            )
        self.ax_, self.figure_, self.lines_ = self.axes_[-1], self.axes_[-1].figure, []
        for panel, (name, values) in zip(self.axes_, curves.items(), strict=True):
            mean, spread = values.mean(1), values.std(1)
            self.lines_ += panel.plot(alphas, mean, **{"marker": "o", "markersize": 4, **kwargs})
            if values.shape[1] > 1:
                color = self.lines_[-1].get_color()
                panel.fill_between(
                    alphas, mean - spread, mean + spread, color=color, alpha=0.2, linewidth=0
                )
            panel.set_ylabel(name)
            _scale_alpha(panel, alphas)
        self.ax_.set_xlabel("alpha")
        return self

    def _checked_curves(self) -> dict[str, np.ndarray]:
        curves = {
            name: np.asarray(values, dtype=np.float64) for name, values in self.curves.items()
        }
        for name, values in curves.items():
            if values.ndim not in (1, 2) or len(values) != len(self.alphas):
                raise ValueError(
                    f"curve {name!r} has shape {values.shape}; its first axis must be the {len(self.alphas)} alphas, and a "
                    "second, if any, repeats."
                )
        return {name: values.reshape(len(values), -1) for name, values in curves.items()}


def _scale_alpha(panel: Any, alphas: np.ndarray) -> None:
    """A logarithmic axis; where zero is among the alphas, it stands a decade to the left of the smallest other."""
    positive = alphas[alphas > 0]
    if len(positive) == len(alphas):
        panel.set_xscale("log")
    elif positive.size:
        panel.set_xscale("symlog", linthresh=positive.min(), linscale=1)
        panel.set_xlim(left=-0.3 * positive.min())


def _find_parameter(results: Mapping[str, Any], param_name: str | None) -> str:
    names = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    found = [
        name
        for name in names
        if name == param_name or (param_name is None and name.split("__")[-1] == "alpha")
    ]
    if len(found) != 1:
        wanted = f"param_name={param_name!r}" if param_name else "a parameter called alpha"
        raise ValueError(
            f"The search must have {wanted} once, but it varied {names}; give param_name, the name of the autoencoder's alpha "
            "in the grid."
        )
    return found[0]


def _split_scores(results: Mapping[str, Any], name: str) -> np.ndarray:
    """Test scores, (n_candidates, n_splits)."""
    keys = [
        key
        for key in results
        if key.startswith("split")
        and key.removeprefix("split").lstrip("0123456789") == f"_test_{name}"
    ]
    return np.column_stack([results[key] for key in keys])


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
