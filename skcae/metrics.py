"""Scores of a fitted autoencoder on held-out rows, for ``scoring=`` of a search."""

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import MetadataRequest

from skcae import _validation
from skcae._fitted import Model
from skcae._holders import carry, carry_checked
from skcae._outcome import warn_user
from skcae._spread import dense_chunks, distinct_rows, total_variance
from skcae.inspection import contraction

__all__ = ["RoutedScorer", "denoising_score", "linear_probe_score", "mean_contraction"]


class RoutedScorer:
    """A scorer that requests metadata, such as the weights of rows.

    scikit-learn routes metadata to scorers that request it, and a plain function
    requests nothing. With ``enable_metadata_routing=True``, a search with
    ``scoring=denoising_score`` therefore scores without weights. This scorer adds
    requests to a function.

    Parameters
    ----------
    score : callable
        Scorer with signature ``score(estimator, X, y=None, **metadata)`` and without
        requests: a function of this module, a ``functools.partial`` of one, or another.
    **requests : bool, None or str
        Request for each metadata parameter of ``score``: True to pass it, False not to
        pass it, None to raise an error if it is given, or the name under which it is
        given.

    See Also
    --------
    sklearn.metrics.make_scorer : Makes scorers from functions of y and predictions.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.metrics import RoutedScorer, denoising_score
    >>> X, weight = load_digits().data[:200] / 16, np.arange(200) % 3
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     cae = ContractiveAutoencoder(8, max_iter=50, random_state=0)
    ...     search = GridSearchCV(
    ...         cae.set_fit_request(sample_weight=True),
    ...         {"alpha": [0.1, 1]},
    ...         scoring=RoutedScorer(denoising_score, sample_weight=True),
    ...         cv=2,
    ...     ).fit(X, sample_weight=weight)
    """

    def __init__(self, score: Callable[..., float], **requests: bool | str | None) -> None:
        self.score = score
        self.requests = requests
        self.__wrapped__ = score  # gives this scorer the signature of score

    def __repr__(self) -> str:
        requests = "".join(f", {name}={value!r}" for name, value in self.requests.items())
        return f"RoutedScorer({self.score!r}{requests})"

    def __call__(self, estimator: Any, X: Any, y: Any = None, **metadata: Any) -> float:
        return self.score(estimator, X, y, **metadata)

    def get_metadata_routing(self) -> MetadataRequest:
        """Get the metadata requests of ``score``.

        Returns
        -------
        routing : MetadataRequest
            Metadata requests.
        """
        request = MetadataRequest(owner=self)
        for name, value in self.requests.items():
            request.score.add_request(param=name, alias=value)
        return request


def denoising_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    noise: float = 1.0,
    random_state: Any = 0,
) -> float:
    """Score how well rows are recovered from noisy copies, to choose ``alpha``.

    The score needs no labels. With x a row as it reaches the autoencoder, r(x) its
    reconstruction, and means over rows, the score is

        ``1 - mean ||x - r(x + e)||^2 / mean ||x - mean x||^2``,

    where e is normal noise that is independent in every feature. Its standard deviation
    is ``noise * sqrt(v)``, with v the mean variance of the features. A perfect recovery
    scores 1, and reconstructing every row as the mean scores 0. Noisy values are
    clipped to [0, 1] if the loss needs values in that range.

    The reconstruction of clean rows does not ask for contraction, so it cannot choose
    ``alpha``. A code that follows everything follows the noise too, and a code that
    follows nothing loses the row: the best score lies between the two.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder of this package, or a fitted Pipeline, search,
        FrozenEstimator or other meta-estimator with one inside. Steps before it are
        applied to X. Steps after it, such as a classifier, are ignored.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Held-out rows.
    y : None
        Ignored.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows, in every mean.
    noise : float, default=1.0
        Noise relative to the spread of the data, above 0. At 1, the total variance of
        the noise is that of the data. Less noise favours less contraction.
    random_state : int, RandomState instance or None, default=0
        Seed of the noise. An int gives every estimator the same noise. Equal rows get
        equal noise.

    Returns
    -------
    score : float
        At most 1; higher is better. It is nan, with an UndefinedMetricWarning, if all
        rows are equal or the squares of their differences underflow.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If ``noise`` is not above 0, or X is not valid input for estimator.

    See Also
    --------
    skcae.ContractiveAutoencoderCV : Chooses alpha by this score.

    Examples
    --------
    The function is a scorer, and ``functools.partial`` sets its parameters:

    >>> from functools import partial
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.metrics import denoising_score
    >>> from skcae.model_selection import JointGridSearchCV
    >>> X = load_digits().data[:600] / 16
    >>> cae = ContractiveAutoencoder(
    ...     16,
    ...     loss="cross_entropy",
    ...     max_iter=50,
    ...     n_iter_no_change=None,
    ...     random_state=0,
    ... )
    >>> grid = {"alpha": [0, 0.01, 0.1, 1, 10]}
    >>> JointGridSearchCV(cae, grid, scoring=denoising_score, cv=2).fit(X).best_params_
    {'alpha': 0.1}
    >>> JointGridSearchCV(
    ...     cae, grid, scoring=partial(denoising_score, noise=0.25), cv=2
    ... ).fit(X).best_params_
    {'alpha': 0.01}
    """
    if not _validation.Number(Real, 0, _validation.LARGEST, closed="right").is_satisfied_by(noise):
        raise ValueError(
            f"noise={noise!r} must be a finite number above 0; 1 is as much noise as there is data."
        )
    autoencoder, X = carry_checked(estimator, X)
    generator = check_random_state(random_state)
    X, weight = distinct_rows(X, _validation.check_weights(sample_weight, X), generator)
    spread = total_variance(X, weight)
    if len(weight) == 1 or spread < np.finfo(np.float64).tiny:
        warn_user(
            f"{type(autoencoder).__name__}: The denoising score is nan: it divides by the spread "
            "of the rows, which needs two different ones.",
            UndefinedMetricWarning,
        )
        return np.nan
    scale = float(noise) * np.sqrt(spread / X.shape[1])

    model = Model(autoencoder)
    error = 0.0
    for part, rows in dense_chunks(X):
        noisy = rows + scale * generator.standard_normal(rows.shape)
        noisy = noisy.clip(*model.loss.domain).astype(rows.dtype)
        recovered = autoencoder._map(model, model.reconstruct, noisy, (X.shape[1],))
        error += weight[part] @ ((rows - recovered) ** 2).sum(1)
    return float(1 - error / spread)


def mean_contraction(estimator: Any, X: Any, y: Any = None, *, sample_weight: Any = None) -> float:
    """Mean of ``||dh/dx||_F^2`` over rows, which measures how much codes move with x.

    It is meant to be reported beside a score, as one of several metrics of a search. It
    cannot choose parameters: it falls as ``alpha`` grows, down to 0 for a code that
    ignores its input.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder of this package, or a fitted Pipeline, search,
        FrozenEstimator or other meta-estimator with one inside.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.
    y : None
        Ignored.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.

    Returns
    -------
    contraction : float
        Mean over rows, at least 0, not multiplied by alpha.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If X is not valid input for estimator.

    See Also
    --------
    skcae.inspection.contraction : ``||dh/dx||_F^2`` of each row.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.metrics import denoising_score, mean_contraction
    >>> from skcae.model_selection import JointGridSearchCV
    >>> X = load_digits().data[:600] / 16
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=100, n_iter_no_change=None, random_state=0
    ... )
    >>> metrics = {"denoising": denoising_score, "contraction": mean_contraction}
    >>> search = JointGridSearchCV(
    ...     cae, {"alpha": [0, 1]}, scoring=metrics, refit="denoising", cv=2
    ... ).fit(X)
    >>> plain, contractive = search.cv_results_["mean_test_contraction"]
    >>> bool(contractive < plain)
    True
    """
    norms = contraction(estimator, X)
    return float(np.average(norms, weights=_validation.check_weights(sample_weight, norms)))


def linear_probe_score(estimator: Any, X: Any, y: Any, *, probe: Any = None, cv: Any = 5) -> float:
    """Cross-validated score of a linear model that predicts y from held-out codes.

    It scores an autoencoder that no classifier follows, as in
    :class:`~skcae.ContractiveAutoencoderCV`. If a classifier follows, search the
    Pipeline of both instead, whose classifier learns from all training rows.

    Parameters
    ----------
    estimator : autoencoder, or estimator that holds one
        A fitted autoencoder of this package, or a fitted Pipeline, search,
        FrozenEstimator or other meta-estimator with one inside. Steps after it are
        ignored.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Held-out rows.
    y : array-like of shape (n_samples,)
        Labels of the rows.
    probe : estimator, default=None
        Estimator with a ``score`` method that learns y from the codes. None is logistic
        regression on standardised codes.
    cv : int, cross-validation generator or an iterable, default=5
        Splits of the held-out rows into rows that train the probe and rows that score
        it, as in ``cross_val_score``.

    Returns
    -------
    score : float
        Mean score of the probe over the splits; the accuracy if it is a classifier.

    Raises
    ------
    TypeError
        If estimator neither is nor holds an autoencoder of this package.
    sklearn.exceptions.NotFittedError
        If the autoencoder, or the estimator that holds it, is not fitted.
    ValueError
        If y is None, or X is not valid input for estimator.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoderCV
    >>> from skcae.metrics import linear_probe_score
    >>> X, y = (data[:600] for data in load_digits(return_X_y=True))
    >>> fit = {"max_iter": 100, "n_iter_no_change": None, "random_state": 0}
    >>> cae = ContractiveAutoencoderCV(
    ...     32, alphas=[0.1, 10], scoring=linear_probe_score, cv=2, **fit
    ... ).fit(X / 16, y)
    >>> cae.alpha_
    0.1
    """
    if y is None:
        raise ValueError(
            "y is None, and linear_probe_score needs labels; pass y to fit, or use denoising_score."
        )
    if probe is None:
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    autoencoder, X = carry(estimator, X)
    scores = cross_val_score(probe, autoencoder.transform(X), y, cv=cv, error_score="raise")
    return float(scores.mean())
