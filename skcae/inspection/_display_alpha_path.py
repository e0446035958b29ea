"""Display of scores and other curves against the contraction strength."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from skcae.inspection._plotting import Display, title


class AlphaPathDisplay(Display):
    """Curves against alpha, a panel for each, on a logarithmic axis that includes zero.

    Accuracy, reconstruction and contraction have different units, so each has a panel
    of its own. Together they show what an alpha gains and what it costs. Use
    ``from_cv_results`` to create a display, or give curves of your own.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, increasing, at least 0.
    curves : dict of {str: array-like of shape (n_alphas,) or (n_alphas, n_repeats)}
        Values at each alpha by name. Of repeated values, such as those of the splits of
        a cross-validation, the mean is drawn, with a band of one standard deviation on
        each side.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_curves,)
        Panels, one for each curve.
    lines_ : list of matplotlib Line2D
        Curves.
    ax_ : matplotlib Axes
        Lowest panel, with alpha on its x-axis.
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
        """Plot the scores of a search over alpha.

        Parameters
        ----------
        cv_results : fitted search, or its cv_results_
            Results of a GridSearchCV, another search or a ContractiveAutoencoderCV.
            Each test score becomes a curve. If other parameters varied as well, each
            alpha is represented by its candidate with the highest mean of the first
            score.
        param_name : str, default=None
            Name of the parameter in the search, such as
            ``"contractiveautoencoder__alpha"``. None is the parameter called alpha.
        curves : dict of {str: array-like}, default=None
            More curves by name, each of shape (n_alphas,) or (n_alphas, n_repeats), at
            the alphas of the search in increasing order.
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to plot on, one for each curve. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : AlphaPathDisplay
            The plotted display.

        Raises
        ------
        ValueError
            If the results have no parameter of that name or several called alpha, or a
            curve does not have one value, or row of values, per alpha.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        results = getattr(cv_results, "cv_results_", cv_results)
        parameter = "param_" + _find_parameter(results, param_name)
        searched = np.asarray(results[parameter], dtype=np.float64)
        means = [key for key in results if key.startswith("mean_test_")]
        scores = [key.removeprefix("mean_test_") for key in means]
        first = _split_scores(results, scores[0]).mean(1)
        alphas = np.unique(searched)
        best = [
            max(np.flatnonzero(searched == alpha), key=lambda candidate: first[candidate])
            for alpha in alphas
        ]
        named = {title(score): _split_scores(results, score)[best] for score in scores}
        return cls(alphas, {**named, **(curves or {})}).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to plot on, one for each curve. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : AlphaPathDisplay
            The display itself.

        Raises
        ------
        ValueError
            If a curve does not have one axes, or one value, or row of values, per
            alpha.
        """
        alphas = np.asarray(self.alphas, dtype=np.float64)
        curves = self._checked_curves()
        height = 1 + 1.9 * len(curves)
        self.axes_ = self._open(
            ax, nrows=len(curves), sharex=True, figsize=(6.4, height), layout="constrained"
        )
        if len(self.axes_) != len(curves):
            raise ValueError(
                f"ax has {len(self.axes_)} axes for {len(curves)} curves; give one axes per "
                "curve, or ax=None."
            )
        self.lines_ = []
        for panel, (name, values) in zip(self.axes_, curves.items(), strict=True):
            line = _draw(panel, alphas, values, **kwargs)
            panel.set_ylabel(name)
            _scale_alpha(panel, alphas)
            self.lines_.append(line)
        self.ax_.set_xlabel("alpha")
        return self

    def _checked_curves(self) -> dict[str, np.ndarray]:
        curves = {
            name: np.asarray(values, dtype=np.float64) for name, values in self.curves.items()
        }
        for name, values in curves.items():
            if values.ndim not in (1, 2) or len(values) != len(self.alphas):
                raise ValueError(
                    f"curve {name!r} has shape {values.shape}; its first axis must be the "
                    f"{len(self.alphas)} alphas, and a second, if any, repeats."
                )
        return {name: values.reshape(len(values), -1) for name, values in curves.items()}


def _draw(panel: Any, alphas: np.ndarray, values: np.ndarray, **kwargs: Any) -> Any:
    """The mean over repeats, and a band of one standard deviation on each side."""
    mean = values.mean(1)
    spread = values.std(1)
    (line,) = panel.plot(alphas, mean, **{"marker": "o", "markersize": 4, **kwargs})
    if values.shape[1] > 1:
        low, high = mean - spread, mean + spread
        panel.fill_between(alphas, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line


def _scale_alpha(panel: Any, alphas: np.ndarray) -> None:
    """A logarithmic axis, with zero one decade to the left of the smallest alpha."""
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
            f"The search must have {wanted} once, but it varied {names}; give param_name, the "
            "name of the autoencoder's alpha in the grid."
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
