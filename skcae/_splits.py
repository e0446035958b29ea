"""Splits for cross-validation, and metadata for the splitter and the scorer."""

from collections.abc import Callable
from inspect import signature
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn import get_config
from sklearn.model_selection import PredefinedSplit, check_cv
from sklearn.utils.metadata_routing import process_routing

from skcae import _bridge

Metadata = dict[str, Any]
REMEDY = "cv=list(splitter.split(X, y, groups))"


class Routed(NamedTuple):
    """Metadata of all rows for the splitter's ``split`` and for the scorer."""

    split: Metadata
    score: Metadata


def routed(
    estimator: Any, scorer: Callable[..., float], weight: Any, params: dict[str, Any]
) -> Routed:
    """Metadata for the splitter and the scorer.

    A scorer without requests is passed the weights if it takes them.
    """
    takes_weights = weight is not None and "sample_weight" in signature(scorer).parameters
    score = {"sample_weight": weight} if takes_weights else {}
    if get_config()["enable_metadata_routing"]:
        given = process_routing(estimator, "fit", sample_weight=weight, **params)
        requesting = hasattr(scorer, "get_metadata_routing")
        return Routed(given.splitter.split, given.scorer.score if requesting else score)
    if params:
        raise ValueError(
            f"{', '.join(params)} cannot reach the splitter or the scorer, since metadata routing "
            "is not enabled. Call sklearn.set_config(enable_metadata_routing=True), or set "
            f"{REMEDY} instead of passing groups."
        )
    return Routed({}, score)


def of_rows(metadata: Metadata, rows: np.ndarray, n_rows: int) -> Metadata:
    """The metadata of some of the rows."""
    arrays = {name: np.asarray(_bridge.to_array(value)) for name, value in metadata.items()}
    return {
        name: array[rows] if array.ndim and len(array) == n_rows else metadata[name]
        for name, array in arrays.items()
    }


def splits_of(
    cv: Any, X: Any, y: Any, weight: np.ndarray | None, metadata: Metadata
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to train on and rows to score on, for every split.

    Rows without weight are in no split, and splitters do not see them. Splits given as
    an iterable count all rows of X.
    """
    n_rows = X.shape[0]
    kept = np.arange(n_rows) if weight is None else np.flatnonzero(weight)
    if len(kept) == n_rows or _counts_all_rows(cv):
        splits = _split(cv, X, y, metadata)
        splits = [
            (train[np.isin(train, kept)], test[np.isin(test, kept)]) for train, test in splits
        ]
    else:
        y = None if y is None else y[kept]
        splits = _split(cv, X[kept], y, of_rows(metadata, kept, n_rows))
        splits = [(kept[train], kept[test]) for train, test in splits]
    if not splits:
        raise ValueError(f"cv={cv!r} has no split; use for instance an integer of at least 2.")
    return splits


def _counts_all_rows(cv: Any) -> bool:
    """Whether the splits of cv are positions in all rows of X."""
    if isinstance(cv, PredefinedSplit):
        return True
    return not (cv is None or isinstance(cv, Integral) or hasattr(cv, "split"))


def _split(cv: Any, X: Any, y: Any, metadata: Metadata) -> list[tuple[np.ndarray, np.ndarray]]:
    """All splits as positions."""
    positions = np.arange(X.shape[0])
    try:
        splits = list(check_cv(cv, y).split(X, y, **metadata))
    except ValueError as error:
        if "groups" in metadata or "'groups'" not in str(error):
            raise
        raise ValueError(
            f"cv={cv!r} splits by groups, and fit was given none: {error} Set {REMEDY}, or pass "
            "groups to fit with sklearn.set_config(enable_metadata_routing=True)."
        ) from error
    return [(positions[train], positions[test]) for train, test in splits]
