"""Display of scores and other curves against the contraction strength."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skcae.inspection._display_search import SearchDisplay


class AlphaPathDisplay(SearchDisplay):
    """Curves against alpha, a panel for each, on a logarithmic axis that includes zero.

    Accuracy, reconstruction and contraction have different units, so each has a panel
    of its own. Together they show the gain and the cost of each alpha. Use
    ``from_cv_results`` to create a display, or pass your own curves.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, increasing, at least 0.
    curves : dict of {str: array-like of shape (n_alphas,) or (n_alphas, n_repeats)}
        Values at each alpha by name. Repeated values, such as those of the splits of a
        cross-validation, are drawn as their mean, with a band of one standard deviation
        on each side.

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

    _parameter = "alpha"
    _values = "alphas"

    def __init__(self, alphas: Any, curves: Mapping[str, Any]) -> None:
        self.alphas = alphas
        self.curves = curves

    def _scale(self, panel: Any, values: np.ndarray) -> None:
        """Make the axis logarithmic, with zero a decade left of the smallest alpha."""
        positive = values[values > 0]
        if len(positive) == len(values):
            panel.set_xscale("log")
        elif positive.size:
            panel.set_xscale("symlog", linthresh=positive.min(), linscale=1)
            panel.set_xlim(left=-0.3 * positive.min())
            lowest, highest = np.log10([positive.min(), positive.max()])
            decades = 10.0 ** np.arange(np.ceil(lowest), highest + 1e-9)
            if decades.size:  # others would stand beside the zero
                panel.set_xticks([0, *decades])
