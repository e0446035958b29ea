"""Finds the fitted autoencoder in an estimator that holds one, such as a Pipeline."""

from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from skcae import _bridge, _validation
from skcae._codes import Codes

FITTED = ("best_estimator_", "estimator_", "regressor_", "autoencoder_", "encoder_")
"""Attributes that hold the fitted estimator of a search or meta-estimator."""
GIVEN = ("estimator", "regressor", "autoencoder", "encoder")
"""Parameters that hold the estimator to fit."""
CLOSED = ("estimators_", "get_support")
"""Attributes of ensembles and feature selectors, which are not searched: an ensemble
fits many estimators, and a selector may fit its own to some columns only."""


def find_autoencoder(estimator: Any) -> tuple[Codes, list[Any]]:
    """The first autoencoder in an estimator, and the steps that carry X to it."""
    held = list(_walk(estimator, []))
    for candidate, steps in held:
        if isinstance(candidate, Codes):
            check_is_fitted(candidate)
            return candidate, steps
    for candidate, _ in held:
        if isinstance(candidate, BaseEstimator) and any(hasattr(candidate, name) for name in GIVEN):
            check_is_fitted(candidate)
    raise TypeError(
        f"estimator, of type {type(estimator).__name__}, holds no autoencoder of skcae. Pass "
        "a fitted autoencoder, or a Pipeline, search, FrozenEstimator or other "
        "meta-estimator fitted with one. ColumnTransformers, FeatureUnions, ensembles and "
        "feature selectors are not searched: pass their autoencoder itself, with the rows "
        "as they reach it."
    )


def carry(estimator: Any, X: Any) -> tuple[Codes, Any]:
    """The autoencoder in an estimator, and X as it reaches the autoencoder."""
    autoencoder, steps = find_autoencoder(estimator)
    for step in steps:
        if not hasattr(step, "transform"):
            raise TypeError(
                f"{type(step).__name__} has no transform to carry X to the autoencoder behind "
                "it. Pass the autoencoder itself, with the rows as they reach it."
            )
        X = step.transform(X)
    return autoencoder, X


def carry_checked(estimator: Any, X: Any) -> tuple[Codes, Any]:
    """The autoencoder in an estimator, and X as it reaches the autoencoder, checked.

    X is then an array or a CSR matrix in the dtype of the fit.
    """
    autoencoder, X = carry(estimator, X)
    return autoencoder, _validation.check_rows(autoencoder, _bridge.to_array(X), reset=False)


def _walk(holder: Any, steps: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """All estimators in a holder, depth first, with the steps that carry X to each."""
    while isinstance(holder, FrozenEstimator):  # has all attributes of the frozen one
        holder = holder.estimator
    yield holder, steps
    if any(hasattr(holder, name) for name in CLOSED):
        return
    for _, step in getattr(holder, "steps", ()):
        if _takes_part(step):
            yield from _walk(step, steps)
            steps = [*steps, step]
    for name in FITTED:
        if hasattr(holder, name):
            yield from _walk(getattr(holder, name), steps)


def _takes_part(step: Any) -> bool:
    """Whether a step carries rows after the fit, unlike "passthrough" and samplers."""
    sampler = hasattr(step, "fit_resample") and not hasattr(step, "transform")
    return not (step is None or isinstance(step, str) or sampler)
