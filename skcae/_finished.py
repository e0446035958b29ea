"""Trainings that a joint search finishes before fit is called.

A table of finished trainings is lent to autoencoders. Their clones hold a weak
reference to it and look up their training once, in fit. Without an entry they train as
usual: after the search, in another process, on other rows, or with other parameters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import ref

import joblib
from sklearn.base import clone

from skcae import _bridge
from skcae._callbacks import ATTACHED

LENT = "_finished_trainings"
"""Private attribute with a reference to the table; it is not pickled."""


class Key(NamedTuple):
    """Hashes of everything that decides a training; None where hashing failed."""

    parameters: str | None
    rows: str | None


class FinishedTrainings(dict[Key, dict[str, Any]]):
    """Fitted attributes by the key of their training."""

    @contextmanager
    def lent_to(self, *values: Any) -> Iterator[None]:
        """Lend the table to all autoencoders in these estimators and lists of them."""
        borrowers = [borrower for value in values for borrower in _autoencoders(value)]
        for borrower in borrowers:
            setattr(borrower, LENT, ref(self))
        try:
            yield
        finally:
            for borrower in borrowers:
                vars(borrower).pop(LENT, None)


class FinishedTrainingsMixin:
    """Mixin for estimators whose fit may find its training finished."""

    def __sklearn_clone__(self) -> Any:
        twin = super().__sklearn_clone__()  # type: ignore[misc]
        if _table_of(self) is not None and not has_callbacks(self):
            setattr(twin, LENT, vars(self)[LENT])
        return twin

    def _take_finished(self, X: Any, sample_weight: Any) -> bool:
        """Take the attributes of a fit on X if it is finished; return whether it is."""
        table = _table_of(self)
        vars(self).pop(LENT, None)
        if not table:
            return False
        fitted = table.get(Key(parameters_hash(self), rows_hash(X, sample_weight)), {})
        for name, value in fitted.items():
            setattr(self, name, value)
        return bool(fitted)


def _autoencoders(value: Any) -> Iterator[FinishedTrainingsMixin]:
    if isinstance(value, FinishedTrainingsMixin):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _autoencoders(part)
    elif hasattr(value, "get_params") and not isinstance(value, type):
        yield from _autoencoders(list(value.get_params(deep=False).values()))


def _table_of(estimator: FinishedTrainingsMixin) -> FinishedTrainings | None:
    lent = vars(estimator).get(LENT)
    return None if lent is None else lent()


def has_callbacks(estimator: Any) -> bool:
    """Whether this estimator has callbacks of its own, which may stop its fit."""
    return any(hasattr(estimator, name) for name in ATTACHED)


def added_by_fit(estimator: Any) -> dict[str, Any]:
    """All attributes that fit has added."""
    unfitted = vars(clone(estimator))
    return {name: value for name, value in vars(estimator).items() if name not in unfitted}


def parameters_hash(estimator: Any) -> str | None:
    """A hash that is equal for an estimator and its clones."""
    return _hash((type(estimator), estimator.get_params(deep=False)))


def rows_hash(X: Any, sample_weight: Any) -> str | None:
    """A hash that is equal for equal rows with equal weights."""
    return _hash((_bridge.to_array(X), _bridge.to_array(sample_weight)))


def _hash(value: Any) -> str | None:
    try:
        return str(joblib.hash(value))
    except Exception:  # pickling may fail in any way
        return None
