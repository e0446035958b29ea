"""Anomaly detection by the reconstruction loss of an autoencoder."""

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, has_fit_parameter
from torch import Tensor

from skcae import _bridge, _validation
from skcae._codes import Codes
from skcae._contractive import ContractiveAutoencoder
from skcae._fitted import Model
from skcae._holders import GIVEN, carry_checked
from skcae._spread import dense_chunks
from skcae._training import all_or_nothing
from skcae._version import PAGE

SMALLEST_VARIANCE = 1e-6
"""Lower limit of a residual variance, relative to the mean over features."""


class AutoencoderDetector(OutlierMixin, BaseEstimator):
    """Outlier and novelty detection by the reconstruction loss of an autoencoder.

    Rows that are unlike those of the fit are reconstructed badly and score low. Rows
    that score below ``offset_`` are predicted as outliers. This works for the rows of
    the fit, with ``fit_predict``, and for new rows.

    Parameters
    ----------
    autoencoder : estimator, default=None
        An autoencoder of this package, or a Pipeline or search that holds one, such as
        ``make_pipeline(StandardScaler(), ContractiveAutoencoder())``. It is cloned and
        fitted. To use a fitted one as it is, wrap it in a
        ``sklearn.frozen.FrozenEstimator``. None is ``ContractiveAutoencoder()``.
    contamination : float or "auto", default="auto"
        Proportion of outliers in the rows of the fit, in (0, 0.5]. ``offset_`` then
        lies between their scores and those of the other rows. With ``"auto"``, losses
        beyond Tukey's upper fence are outliers: those more than 1.5 interquartile
        ranges above the third quartile. The quartiles are taken of the cube roots of
        the losses, which are nearly normal [1]_.
    standardize_errors : bool, default=False
        Whether to divide the squared residual of each feature by its mean over the rows
        of the fit. All features then count alike, whatever their scale and however well
        they can be reconstructed. The score is minus the sum of these ratios for every
        ``loss``, the cross-entropy included.
    random_state : int, RandomState instance or None, default=None
        Seed of the default autoencoder. Ignored when ``autoencoder`` is given.

    Attributes
    ----------
    autoencoder_ : estimator
        The fitted autoencoder, or the fitted Pipeline or search that holds it.
    offset_ : float
        Threshold of the scores: ``decision_function`` is ``score_samples`` minus it.
    residual_variance_ : ndarray of shape (n_features,)
        Mean squared residual of each feature that reaches the autoencoder, at least a
        millionth of their mean. Only available if ``standardize_errors=True``.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen during fit. Defined only when X has feature names that
        are all strings.

    See Also
    --------
    ContractiveAutoencoder : Its ``score_samples`` is the score without a threshold.
    sklearn.ensemble.IsolationForest : Detection by random partitions.
    sklearn.neighbors.LocalOutlierFactor : Detection by the density of neighbours.

    Notes
    -----
    The threshold is set on the rows of the fit, which an autoencoder reconstructs
    better than new ones. The more it overfits, the more new rows are beyond the
    threshold. To set the threshold on new rows, fit the autoencoder on other rows and
    pass it in a FrozenEstimator.

    References
    ----------
    .. [1] E. B. Wilson, M. M. Hilferty (1931). The distribution of chi-square.
       Proceedings of the National Academy of Sciences 17 (12), 684-688.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skcae import AutoencoderDetector, ContractiveAutoencoder
    >>> X, y = load_digits(return_X_y=True)
    >>> zeros, ones = X[y == 0] / 16, X[y == 1] / 16
    >>> cae = ContractiveAutoencoder(
    ...     max_iter=30, n_iter_no_change=None, random_state=0
    ... )
    >>> detector = AutoencoderDetector(cae, contamination=0.1).fit(zeros)
    >>> float(np.mean(detector.predict(zeros) == -1).round(1))
    0.1
    >>> float(np.mean(detector.predict(ones) == -1).round(1))
    1.0
    """

    autoencoder_: Any
    offset_: float
    residual_variance_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray
    fit_predict: Callable[..., np.ndarray]
    get_params: Callable[..., dict[str, Any]]
    set_params: Callable[..., Self]

    _doc_link_module, _doc_link_template = "skcae", PAGE

    _parameter_constraints: dict[str, list[Any]] = _validation.DETECTION_CONSTRAINTS

    def __init__(
        self,
        autoencoder: Any = None,
        *,
        contamination: float | Literal["auto"] = "auto",
        standardize_errors: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.autoencoder = autoencoder
        self.contamination = contamination
        self.standardize_errors = standardize_errors
        self.random_state = random_state

    @all_or_nothing
    @_validation.checked_parameters
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the autoencoder and the threshold.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows, most of which are no outliers.
        y : None
            Passed to the autoencoder, which ignores it, or to a search, which may score
            by it.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the autoencoder and the threshold.
            Rows with zero weight are ignored.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        TypeError
            If ``autoencoder`` neither is nor holds an autoencoder of this package.
        ValueError
            If a parameter, X or sample_weight is not valid, or the objective of the
            autoencoder diverges. The estimator is then left unchanged.
        """
        inner = self._unfitted()
        name = _weight_name(inner) or "sample_weight"
        weights = {} if sample_weight is None else {name: sample_weight}
        self.autoencoder_ = inner.fit(X, y, **weights)
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
            if hasattr(self.autoencoder_, name):
                setattr(self, name, getattr(self.autoencoder_, name))
        self.__dict__.pop("residual_variance_", None)
        if self.standardize_errors:
            self.residual_variance_ = self._residual_variance(X, sample_weight)
        scores = _bridge.to_array(self.score_samples(X))
        self.offset_ = self._offset(scores, _validation.check_weights(sample_weight, scores))
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Score each row by minus its reconstruction loss.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Scores in the dtype of the fit; lower is more abnormal. If
            ``standardize_errors=True``, the score is minus the sum over features of the
            squared residual divided by ``residual_variance_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        check_is_fitted(self)
        if not hasattr(self, "residual_variance_"):
            return self._map(lambda model, x: -model.losses(x), X)
        scale = np.sqrt(self.residual_variance_)

        def score(model: Model, x: Tensor) -> Tensor:
            residuals = x - model.reconstruct(x)
            return -(residuals / _bridge.to_tensor(scale, x.device).to(x.dtype)).square().sum(-1)

        return self._map(score, X)

    def decision_function(self, X: Any) -> np.ndarray:
        """Score each row relative to the threshold.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            ``score_samples(X) - offset_``, negative for outliers.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """Predict whether each row is an outlier.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        is_inlier : ndarray of shape (n_samples,)
            -1 for outliers and 1 for inliers.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        return np.where(_bridge.to_array(self.decision_function(X)) < 0, -1, 1)

    def _unfitted(self) -> Any:
        if self.autoencoder is None:
            return ContractiveAutoencoder(random_state=self.random_state)
        return clone(self.autoencoder)

    def _map(self, function: Callable[[Model, Tensor], Tensor], X: Any) -> Any:
        """A number for each row of X, from the rows that reach the autoencoder."""
        autoencoder, X = carry_checked(self.autoencoder_, X)
        model = Model(autoencoder)
        return autoencoder._map(model, lambda x: function(model, x), X, ())

    def _residual_variance(self, X: Any, sample_weight: Any) -> np.ndarray:
        autoencoder, X = carry_checked(self.autoencoder_, X)
        model = Model(autoencoder)
        weight = _validation.check_weights(sample_weight, X)
        weight = np.ones(X.shape[0]) if weight is None else weight.astype(np.float64)
        total = np.zeros(X.shape[1])
        for part, rows in dense_chunks(X):
            recovered = autoencoder._map(model, model.reconstruct, rows, rows.shape[1:])
            total += weight[part] @ (rows - recovered) ** 2
        variance = total / weight.sum()
        smallest = max(SMALLEST_VARIANCE * variance.mean(), np.finfo(np.float32).tiny)
        return np.maximum(variance, smallest)

    def _offset(self, scores: np.ndarray, weight: np.ndarray | None) -> float:
        if self.contamination != "auto":
            return _threshold(scores, weight, float(self.contamination))
        roots = np.cbrt(-scores.astype(np.float64))
        first, third = (_quantile(roots, weight, share) for share in (0.25, 0.75))
        return _just_below(-((third + 1.5 * (third - first)) ** 3), scores)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.autoencoder or ContractiveAutoencoder()).input_tags
        tags.input_tags.sparse = inner.sparse
        tags.input_tags.positive_only = inner.positive_only
        return tags


def _weight_name(holder: Any) -> str | None:
    """The fit parameter that passes weights to the first autoencoder, if any."""
    if isinstance(holder, Codes) or get_config()["enable_metadata_routing"]:
        return "sample_weight"
    if isinstance(holder, Pipeline):
        names = {name: _weight_name(step) for name, step in holder.steps}
        return next((f"{name}__{inner}" for name, inner in names.items() if inner), None)
    held = [getattr(holder, name) for name in GIVEN if hasattr(holder, name)]
    inner = next(filter(None, map(_weight_name, held)), None)
    return "sample_weight" if inner and has_fit_parameter(holder, "sample_weight") else inner


def _quantile(values: np.ndarray, weight: np.ndarray | None, share: float) -> float:
    """The smallest value with more than this share of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    ordered = np.ones(len(values)) if weight is None else weight[order].astype(np.float64)
    cumulated = np.cumsum(ordered)
    place = np.searchsorted(cumulated / cumulated[-1], share, side="right")
    return float(values[order[place]])


def _threshold(scores: np.ndarray, weight: np.ndarray | None, share: float) -> float:
    """The midpoint between the scores of this share of outliers and the next."""
    lowest = _quantile(scores, weight, share)
    below = scores[scores < lowest] if weight is None else scores[(scores < lowest) & (weight > 0)]
    return (lowest + float(below.max())) / 2 if below.size else _just_below(lowest, scores)


def _just_below(threshold: float, scores: np.ndarray) -> float:
    """The threshold, lowered by half of its digits.

    At a score itself, rounding would decide.
    """
    return threshold - abs(threshold) * float(np.sqrt(np.finfo(scores.dtype).eps))
