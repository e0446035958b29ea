"""Display of scores and other curves against the size of the code."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skcae.inspection._display_search import SearchDisplay

MOST_TICKS = 12


class ComponentsDisplay(SearchDisplay):
    """Curves against n_components, a panel for each, on a logarithmic axis.

    The scores of a search over the size of the code, such as the reconstruction, the
    denoising score and the accuracy of a probe, show the size beyond which they gain
    little. Use ``from_cv_results`` to create a display, or pass your own curves.

    Parameters
    ----------
    n_components : array-like of shape (n_sizes,)
        Sizes of the code, increasing, at least 1.
    curves : dict of {str: array-like of shape (n_sizes,) or (n_sizes, n_repeats)}
        Values at each size by name. Repeated values, such as those of the splits of a
        cross-validation, are drawn as their mean, with a band of one standard deviation
        on each side.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_curves,)
        Panels, one for each curve.
    lines_ : list of matplotlib Line2D
        Curves.
    ax_ : matplotlib Axes
        Lowest panel, with n_components on its x-axis.
    figure_ : matplotlib Figure
        Figure containing them.

    See Also
    --------
    AlphaPathDisplay : The same against alpha.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.inspection import ComponentsDisplay
    >>> from skcae.metrics import denoising_score, linear_probe_score
    >>> from skcae.model_selection import JointGridSearchCV
    >>> X, y = (data[:300] for data in load_digits(return_X_y=True))
    >>> cae = ContractiveAutoencoder(
    ...     max_iter=50, n_iter_no_change=None, random_state=0
    ... )
    >>> scores = {"denoising": denoising_score, "probe": linear_probe_score}
    >>> search = JointGridSearchCV(
    ...     cae, {"n_components": [4, 16, 64]}, scoring=scores, refit=False, cv=2
    ... ).fit(X / 16, y)
    >>> display = ComponentsDisplay.from_cv_results(search)
    >>> plt.show()
    """

    _parameter = "n_components"
    _values = "n_components"

    def __init__(self, n_components: Any, curves: Mapping[str, Any]) -> None:
        self.n_components = n_components
        self.curves = curves

    def _scale(self, panel: Any, values: np.ndarray) -> None:
        """Make the axis logarithmic, with the sizes as ticks if they are few."""
        panel.set_xscale("log")
        if len(values) <= MOST_TICKS:
            panel.set_xticks(values, [f"{value:g}" for value in values])
            panel.set_xticks([], minor=True)
