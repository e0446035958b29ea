"""A search's autoencoders trained together, and the stand-in through which scikit-learn's search finds them fitted.

A search fits every candidate on every fold. A candidate is seen here as a head, the
steps before its autoencoder; the autoencoder; and a tail, the steps after. Heads are
fitted once per fold, autoencoders in joint trainings, and tails by the search itself:
it is handed a stand-in for the estimator, which on known rows takes its fitted head and
autoencoder from a table, fits its tail, and then is the ordinary estimator.
"""

from collections.abc import Hashable
from functools import partial
from numbers import Number
from time import perf_counter
from types import FunctionType
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skcae._base import BaseAutoencoder
from skcae._callbacks import ATTACHED, context_of, with_callbacks
from skcae._path import Progress, fit_group, grouped

ROWS = "_joint_rows"
"""The fit parameter that says which rows a fit is given: scikit-learn takes a fold's part of it as of any other."""
PLAIN = (str, Number, type(None), type, FunctionType)
"""Values that a clone shares with its original, and that equal nothing else."""

Steps = list[tuple[str, Any]]


class Fold(BaseEstimator):
    """What scikit-learn gives to a fit on one fold, kept."""

    def fit(self, X: Any, y: Any = None, **params: Any) -> "Fold":
        """Keep everything."""
        self.X, self.y, self.params = X, y, params
        self.rows = params.pop(ROWS).tobytes()
        return self


class Part(NamedTuple):
    """One candidate on one fold, up to its autoencoder."""

    head: Steps
    name: str
    autoencoder: BaseAutoencoder
    X: Any
    """The fold's rows as the autoencoder sees them."""
    sample_weight: Any
    source: Hashable
    """Equal for parts that are fitted alike: candidates may differ in their tails alone."""


def recorded_folds(X: Any, y: Any, splits: list[Any], params: dict[str, Any]) -> list[Fold]:
    """The folds, cut by scikit-learn."""
    options = {"scoring": _no_score, "error_score": "raise", "n_jobs": 1, "return_estimator": True}
    return cross_validate(Fold(), X, y, cv=splits, params=params, **options)["estimator"]


def _no_score(estimator: Any, X: Any, y: Any = None, sample_weight: Any = None) -> float:
    return 0.0


def fingerprint(value: Any) -> Hashable:
    """Equal for an estimator or parameter and its clones; for others only if fitting them does the same."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return type(value), fingerprint(value.get_params(deep=False))
    if isinstance(value, dict):
        return tuple((name, fingerprint(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return type(value), *map(fingerprint, value)
    if isinstance(value, PLAIN):
        return type(value), value
    try:
        return type(value), joblib.hash(value)
    except Exception:  # pickling may fail in any way
        return object()


def steps_of(estimator: Any) -> Steps:
    return estimator.steps if type(estimator) is Pipeline else [("", estimator)]


def of_step(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """The fit parameters of one step; of an estimator without steps, all."""
    return (
        {
            key.partition("__")[2]: value
            for key, value in params.items()
            if key.partition("__")[0] == name
        }
        if name
        else params
    )


def of_steps(steps: Steps, params: dict[str, Any]) -> dict[str, Any]:
    """The fit parameters of some steps, under their full names."""
    names = {name for name, _ in steps}
    return {key: value for key, value in params.items() if key.partition("__")[0] in names}


def place_of_autoencoder(candidate: Any, params: dict[str, Any]) -> int | None:
    """The position of the step to train jointly; None if there is none, or if its fit may do more than is known here."""
    steps = steps_of(candidate)
    for position, (name, step) in enumerate(steps):
        if isinstance(step, BaseAutoencoder):
            named = not name or len(of_steps(steps, params)) == len(params)
            known = all(
                getattr(type(step), method) is getattr(BaseAutoencoder, method)
                for method in ("fit", "fit_transform")
            )
            known = known and not any(hasattr(step, name) for name in ATTACHED)
            plain = (
                getattr(candidate, "transform_input", None) is None
                and not get_tags(candidate).input_tags.pairwise
            )
            return (
                position
                if named and known and plain and of_step(name, params).keys() <= {"sample_weight"}
                else None
            )
    return None


class Heads:
    """Fitted heads with their output, one for each fold and set of parameters; failures are kept too."""

    def __init__(self, tolerant: bool) -> None:
        self.tolerant = tolerant
        self.fitted: dict[Hashable, tuple[Steps, Any] | None] = {}

    def __call__(self, steps: Steps, fold: Fold) -> tuple[Steps, Any] | None:
        key = fold.rows, fingerprint(steps)
        if key not in self.fitted:
            try:
                self.fitted[key] = self._fit(steps, fold)
            except Exception:
                if not self.tolerant:
                    raise
                self.fitted[key] = None
        return self.fitted[key]

    def _fit(self, steps: Steps, fold: Fold) -> tuple[Steps, Any]:
        if not steps:
            return [], fold.X
        head = Pipeline(steps)
        return head.steps, head.fit_transform(fold.X, fold.y, **of_steps(steps, fold.params))


class JointTraining:
    """The training that precedes a search; ``table`` has what it fitted, by the rows and the fingerprint of a fit."""

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        splits: list[Any],
        params: dict[str, Any],
        tolerant: bool,
    ) -> None:
        self.estimator, self.tolerant = estimator, tolerant
        self.rows = {ROWS: np.arange(X.shape[0] if hasattr(X, "shape") else len(X))}
        fit_params = {name: value for name, value in params.items() if name != "groups"}
        self.folds = partial(recorded_folds, X, y, splits, fit_params | self.rows)
        self.table: dict[Hashable, Part] = {}

    def __call__(self, candidates: list[dict[str, Any]], progress: Progress) -> np.ndarray:
        """Train what can be trained jointly; returns the seconds that a fold took, each candidate's share of them."""
        start = perf_counter()
        keys, parts = self._parts(
            [with_parameters(self.estimator, candidate) for candidate in candidates]
        )
        distinct = {part.source: part for part in parts.values()}.values()
        data = [(part.X, part.sample_weight) for part in distinct]
        groups = grouped([part.autoencoder for part in distinct], data, self.tolerant)
        for group, on_epoch in progress.of_groups(groups):
            fit_group(group, on_epoch, self.tolerant)
        self.table.update(
            (key, part) for key, part in parts.items() if hasattr(part.autoencoder, "coefs_")
        )
        joint = np.array([[key in self.table for key in of_fold] for of_fold in keys])
        return joint.mean(axis=0) * (perf_counter() - start) / max(1, joint.sum())

    def _parts(self, candidates: list[Any]) -> tuple[list[list[Hashable]], dict[Hashable, Part]]:
        """The key of every fit, by fold and candidate, and the untrained parts of those that have one."""
        heads = Heads(self.tolerant)
        parts: dict[Hashable, Part] = {}
        of_source: dict[Hashable, Part] = {}
        keys: list[list[Hashable]] = []
        for fold in self.folds():
            keys.append(
                [
                    (fold.rows, fingerprint(candidate.get_params(deep=False)))
                    for candidate in candidates
                ]
            )
            for key, candidate in zip(keys[-1], candidates, strict=True):
                if key not in parts and (part := _part(clone(candidate), fold, heads)):
                    parts[key] = of_source.setdefault(part.source, part)
        return keys, parts


def with_parameters(estimator: Any, parameters: dict[str, Any]) -> Any:
    """A candidate of a search."""
    return clone(estimator).set_params(**clone(parameters, safe=False))


def _part(candidate: Any, fold: Fold, heads: Heads) -> Part | None:
    place = place_of_autoencoder(candidate, fold.params)
    if place is None:
        return None
    steps = steps_of(candidate)
    name, autoencoder = steps[place]
    source = fold.rows, fingerprint(steps[: place + 1])
    head = heads(steps[:place], fold)
    return head and Part(
        head[0], name, autoencoder, head[1], of_step(name, fold.params).get("sample_weight"), source
    )


def stand_in(estimator: Any, table: dict[Hashable, Part]) -> Any:
    """A clone that fits by the table where it can, and that is of the estimator's own class once fitted."""
    kind = type(estimator)

    class StandIn(kind):  # type: ignore[misc, valid-type]
        def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
            part = table.get((params.pop(ROWS).tobytes(), fingerprint(self.get_params(deep=False))))
            if part is None:
                super().fit(X, y, **params)
            else:
                self._take(part, X, y, params)
            self.__class__ = kind
            return self

        @with_callbacks  # type: ignore[untyped-decorator, unused-ignore]
        def _take(self, part: Part, X: Any, y: Any, params: dict[str, Any]) -> None:
            context = context_of(self).call_on_fit_task_begin(estimator=self, X=X, y=y)
            TAKE[kind is Pipeline](self, part, y, params)
            context.call_on_fit_task_end(estimator=self, X=X, y=y, reconstruction_attributes={})

    StandIn.__name__, StandIn.__qualname__ = kind.__name__, kind.__qualname__
    twin = clone(estimator)
    twin.__class__ = StandIn
    return twin


def _take_pipeline(pipeline: Pipeline, part: Part, y: Any, params: dict[str, Any]) -> None:
    tail = Pipeline(
        pipeline.steps[len(part.head) + 1 :], memory=pipeline.memory, verbose=pipeline.verbose
    )
    if tail.steps:
        tail.fit(part.autoencoder.transform(part.X), y, **of_steps(tail.steps, params))
    pipeline.steps = [*part.head, (part.name, part.autoencoder), *tail.steps]


def _take_autoencoder(
    autoencoder: BaseAutoencoder, part: Part, y: Any, params: dict[str, Any]
) -> None:
    autoencoder.__dict__.update(vars(part.autoencoder))


TAKE = {True: _take_pipeline, False: _take_autoencoder}
