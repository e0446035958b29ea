"""Curves against a parameter of a search, a panel for each."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skcae.inspection._plotting import Display, title


class SearchDisplay(Display, ABC):
    """Base class of the displays of a search over one parameter.

    Subclasses have the values of the parameter, under a name of their own, and curves.
    """

    _parameter: ClassVar[str]
    """The name of the parameter."""
    _values: ClassVar[str]
    """The name of its values, as an attribute and in errors."""
    curves: Mapping[str, Any]

    @abstractmethod
    def __init__(self, values: Any, curves: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def _scale(self, panel: Any, values: np.ndarray) -> None:
        """Set the scale of the x-axis."""

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
        """Plot the scores of a search over the parameter.

        Parameters
        ----------
        cv_results : fitted search, or its cv_results_
            Results of a GridSearchCV, another search or a ContractiveAutoencoderCV.
            Each test score becomes a curve. If other parameters varied as well, each
            value is represented by the candidate whose first score has the highest
            mean.
        param_name : str, default=None
            Name of the parameter in the search, such as
            ``"contractiveautoencoder__alpha"``. If None, it is the only parameter of
            the search whose name ends in that of the display's parameter.
        curves : dict of {str: array-like}, default=None
            More curves by name, each of shape (n_values,) or (n_values, n_repeats), at
            the values of the search in increasing order.
        ax : matplotlib Axes or array-like of Axes, default=None
            Axes to plot on, one for each curve. If None, a new figure is created.
        **kwargs : dict
            Passed to ``ax.plot``.

        Returns
        -------
        display : object
            The plotted display.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        ValueError
            If the results have no such parameter or several, or a curve does not have
            one number, or row of numbers, per value.
        ImportError
            If matplotlib is not installed.
        """
        cls._pyplot()
        if isinstance(cv_results, BaseEstimator):
            check_is_fitted(cv_results, "cv_results_")
        results = getattr(cv_results, "cv_results_", cv_results)
        parameter = "param_" + _find_parameter(results, cls._parameter, param_name)
        searched = np.asarray(results[parameter], dtype=np.float64)
        means = [key for key in results if key.startswith("mean_test_")]
        scores = [key.removeprefix("mean_test_") for key in means]
        first = _split_scores(results, scores[0]).mean(1)
        values = np.unique(searched)
        best = [
            max(np.flatnonzero(searched == value), key=lambda candidate: first[candidate])
            for value in values
        ]
        named = {title(score): _split_scores(results, score)[best] for score in scores}
        return cls(values, {**named, **(curves or {})}).plot(ax, **kwargs)

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
        display : object
            The display itself.

        Raises
        ------
        ValueError
            If the number of axes is not that of the curves, or a curve does not have
            one number, or row of numbers, per value.
        """
        searched = np.asarray(getattr(self, self._values), dtype=np.float64)
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
            line = _draw(panel, searched, values, **kwargs)
            panel.set_ylabel(name)
            self._scale(panel, searched)
            self.lines_.append(line)
        self.ax_.set_xlabel(self._parameter)
        return self

    def _checked_curves(self) -> dict[str, np.ndarray]:
        curves = {
            name: np.asarray(values, dtype=np.float64) for name, values in self.curves.items()
        }
        n_values = len(getattr(self, self._values))
        for name, values in curves.items():
            if values.ndim not in (1, 2) or len(values) != n_values:
                raise ValueError(
                    f"curve {name!r} has shape {values.shape}; its first axis must be the "
                    f"{n_values} values of {self._values}, and a second, if any, repeats."
                )
        return {name: values.reshape(len(values), -1) for name, values in curves.items()}


def _draw(panel: Any, x: np.ndarray, values: np.ndarray, **kwargs: Any) -> Any:
    """The mean over repeats, and a band of one standard deviation on each side."""
    mean = values.mean(1)
    spread = values.std(1)
    (line,) = panel.plot(x, mean, **{"marker": "o", "markersize": 4, **kwargs})
    if values.shape[1] > 1:
        low, high = mean - spread, mean + spread
        panel.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line


def _find_parameter(results: Mapping[str, Any], parameter: str, param_name: str | None) -> str:
    names = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    found = [
        name
        for name in names
        if name == param_name or (param_name is None and name.split("__")[-1] == parameter)
    ]
    if len(found) != 1:
        wanted = f"param_name={param_name!r}" if param_name else f"a parameter called {parameter}"
        raise ValueError(
            f"The search must have {wanted} once, but it varied {names}; give param_name, the "
            f"name of the autoencoder's {parameter} in the grid."
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
