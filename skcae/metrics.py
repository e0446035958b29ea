"""Scores of a fitted autoencoder on held-out rows, for choosing its parameters: what ``scoring=`` of a search takes."""

import warnings
from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.validation import check_is_fitted

from skcae import _bridge, _validation
from skcae._codes import Codes
from skcae._fitted import Model
from skcae.core.losses import LOSSES
from skcae.inspection import contraction

__all__ = ["denoising_score", "linear_probe_score", "mean_contraction"]


def denoising_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    noise: float = 1.0,
    random_state: Any = 0,
) -> float:
    """How well rows are recovered from noisy copies: a score that can choose ``alpha`` without labels.

    With x the rows as they reach the autoencoder, r what it makes of a row, and means
    over the rows,

        ``1 - mean ||x - r(x + e)||^2 / mean ||x - mean x||^2``,

    where e is normal noise, independent in every feature, of standard deviation
    ``noise * sqrt(v)`` and v the mean variance of the features. So 1 is a perfect
    recovery, and 0 is no better than answering every row by the mean. Where the loss
    asks for values in [0, 1], noisy values are clipped to that.

    The reconstruction of clean rows is best without contraction, always, so it cannot
    choose ``alpha``. A code that ignores noise needs some contraction, and one that
    contracts too much loses the row: this score has its best between the two.

    Parameters
    ----------
    estimator : autoencoder or Pipeline
        A fitted autoencoder of this package, or a fitted Pipeline with one in it: steps
        before it are applied to X first, steps after it, such as a classifier, are
        ignored.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Held-out rows.
    y : None
        Ignored.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows, in every mean.
    noise : float, default=1.0
        Noise relative to the data's own spread, above 0. At 1, noise has the total
        variance that the data have; less of it asks for less contraction.
    random_state : int, RandomState instance or None, default=0
        Seed of the noise. With an int every estimator meets the same noise; equal rows
        get equal noise.

    Returns
    -------
    score : float
        At most 1; higher is better. If all rows are equal, or the squares of their
        differences underflow, nan, with an UndefinedMetricWarning.

    Raises
    ------
    TypeError
        If there is no autoencoder of this package in the estimator.
    ValueError
        If ``noise`` is not above 0.

    See Also
    --------
    skcae.ContractiveAutoencoderCV : Chooses alpha by this score.

    Examples
    --------
    The function is a scorer, and ``functools.partial`` sets its knobs:

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
    autoencoder, X = _at_autoencoder(estimator, X)
    generator, loss = check_random_state(random_state), LOSSES[autoencoder.loss]
    X = _bridge.to_array(_validation.check_rows(autoencoder, X, reset=False))
    X, weight = distinct_rows(X, _validation.check_weights(sample_weight, X), generator)
    spread = total_variance(X, weight)
    if len(weight) == 1 or spread < np.finfo(np.float64).tiny:
        message = "The denoising score compares with the spread of the rows, which needs two different ones; it is nan."
        warnings.warn(message, UndefinedMetricWarning, stacklevel=2)
        return np.nan
    scale = float(noise) * np.sqrt(spread / X.shape[1])

    model = Model(autoencoder)
    error = 0.0
    for part, rows in _parts(X):
        noise = scale * generator.standard_normal(rows.shape)
        noisy = (rows + noise).clip(*loss.domain).astype(rows.dtype)
        recovered = autoencoder._map(model, model.reconstruct, noisy, (X.shape[1],))
        error += weight[part] @ ((rows - recovered) ** 2).sum(1)
    return float(1 - error / spread)


def mean_contraction(estimator: Any, X: Any, y: Any = None, *, sample_weight: Any = None) -> float:
    """Mean of ``||dh/dx||_F^2`` over rows: how much the code moves with its input.

    Something to look at beside a score, as one of several metrics of a search, and
    nothing to choose by: it falls as ``alpha`` grows, to 0 for a code that ignores its
    input.

    Parameters
    ----------
    estimator : autoencoder or Pipeline
        A fitted autoencoder of this package, or a fitted Pipeline with one in it.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows at which to differentiate.
    y : None
        Ignored.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.

    Returns
    -------
    contraction : float
        The mean, at least 0; in the units of the objective, not multiplied by alpha.

    Raises
    ------
    TypeError
        If there is no autoencoder of this package in the estimator.

    See Also
    --------
    skcae.inspection.contraction : The same of each row.

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
    autoencoder, X = _at_autoencoder(estimator, X)
    norms = contraction(autoencoder, X)
    return float(np.average(norms, weights=_validation.check_weights(sample_weight, norms)))


def linear_probe_score(estimator: Any, X: Any, y: Any, *, probe: Any = None, cv: Any = 5) -> float:
    """How well labels are read off the codes: the cross-validated score of a linear model on the codes of held-out rows.

    A score by labels for an autoencoder that has no classifier behind it, as in
    :class:`~skcae.ContractiveAutoencoderCV`. Where there is one, search the Pipeline of
    both instead: its classifier learns from all training rows.

    Parameters
    ----------
    estimator : autoencoder or Pipeline
        A fitted autoencoder of this package, or a fitted Pipeline with one in it; steps
        after it are ignored.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Held-out rows.
    y : array-like of shape (n_samples,)
        Their labels.
    probe : estimator, default=None
        What learns y from the codes and scores itself. None is logistic regression on
        standardised codes.
    cv : int, cross-validation generator or an iterable, default=5
        How the held-out rows are split to train and score the probe, as in
        ``cross_val_score``.

    Returns
    -------
    score : float
        Mean score of the probe: accuracy, for a classifier.

    Raises
    ------
    TypeError
        If there is no autoencoder of this package in the estimator.
    ValueError
        If y is None.

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
            "y is None, and linear_probe_score needs labels; give y to fit, or score by denoising_score."
        )
    autoencoder, X = _at_autoencoder(estimator, X)
    probe = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        if probe is None
        else probe
    )
    return float(
        cross_val_score(probe, autoencoder.transform(X), y, cv=cv, error_score="raise").mean()
    )


def _at_autoencoder(estimator: Any, X: Any) -> tuple[Codes, Any]:
    """The autoencoder in the estimator, and X as it reaches it."""
    steps = (
        [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    )
    place = next((place for place, step in enumerate(steps) if isinstance(step, Codes)), None)
    if place is None:
        raise TypeError(
            f"estimator is {estimator!r}; it must be an autoencoder of skcae, such as ContractiveAutoencoder, or a Pipeline "
            "with one among its steps."
        )
    check_is_fitted(steps[place])
    return steps[place], estimator[:place].transform(X) if place else X


def distinct_rows(
    X: Any, weight: np.ndarray | None, generator: np.random.RandomState
) -> tuple[Any, np.ndarray]:
    """Distinct rows in an order that depends on their values alone, and their weights, which sum to one.

    Noise drawn for these rows is the same for a row of weight two and for the row
    twice, wherever it stands. Rows are told apart by a random projection; each is
    summed by itself, so that its place cannot enter by rounding.
    """
    kept = np.arange(X.shape[0]) if weight is None else weight.nonzero()[0]
    weight = np.ones(len(kept)) if weight is None else weight[kept].astype(np.float64)
    direction = generator.standard_normal(X.shape[1])
    keys = np.concatenate([(rows * direction).sum(1) for _, rows in _parts(X)])
    _, first, place = np.unique(keys[kept], return_index=True, return_inverse=True)
    return X[kept[first]], np.bincount(place, weights=weight / weight.sum())


def total_variance(X: Any, weight: np.ndarray) -> float:
    """The variance of the rows, summed over features; weights sum to one."""
    mean = weight @ X
    return float(sum(weight[part] @ ((rows - mean) ** 2).sum(1) for part, rows in _parts(X)))


def _parts(X: Any) -> Iterator[tuple[slice, np.ndarray]]:
    """All rows, dense, in chunks of bounded size."""
    for part in gen_batches(X.shape[0], max(1, _bridge.CHUNK_ELEMENTS // X.shape[1])):
        yield part, X[part].toarray() if hasattr(X, "toarray") else X[part]
