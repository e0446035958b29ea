"""The joint training of a search's autoencoders, before candidates are fitted.

A candidate is a head, the steps before its autoencoder; the autoencoder; and a tail,
the steps after it. Heads are fitted here once per fold, to get the rows that reach the
autoencoders, and the autoencoders are trained together. The search then fits every
candidate as usual, and its autoencoder finds its training finished.
"""

from collections.abc import Hashable
from itertools import chain
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import indexable

from skcae import _validation
from skcae._base import BaseAutoencoder
from skcae._finetuned import FinetunedClassifier
from skcae._finished import (
    FinishedTrainings,
    Key,
    added_by_fit,
    has_callbacks,
    parameters_hash,
    rows_hash,
)
from skcae._outcome import Outcome, announce
from skcae._stack import seeded, weights_of
from skcae._together import Progress, fit_group, grouped

Fold = tuple[Any, Any, dict[str, Any]]
"""X, y and the fit parameters of the rows that a candidate is fitted to."""


class Candidate(NamedTuple):
    """A candidate up to its autoencoder."""

    head: Pipeline
    """With a passthrough in place of the autoencoder, so that the memory of a Pipeline,
    if it has one, keeps every fitted step for the search."""
    source: Hashable
    """Equal for candidates whose autoencoders are given the same rows."""
    autoencoder: BaseAutoencoder
    inner: "Candidate | None" = None
    """The encoder of a FinetunedClassifier, up to its autoencoder."""
    encoder: Any = None
    """The whole encoder of that classifier."""

    def given(self, fold: Fold) -> tuple[Any, Any, str | None]:
        """The X and sample_weight that reach the autoencoder, and the hash of both."""
        X, y, params = fold
        *before, (name, _) = self.head.steps
        if before:
            names = self.head.named_steps
            own = {key: value for key, value in params.items() if key.partition("__")[0] in names}
            X = clone(self.head).fit_transform(X, y, **own)
        sample_weight = params.get(f"{name}__sample_weight" if name else "sample_weight")
        if self.inner is not None:
            return self.inner.given((X, None, weights_of(self.encoder, sample_weight)))
        return X, sample_weight, rows_hash(X, sample_weight)


def candidate_of(estimator: Any, parameters: dict[str, Any]) -> Candidate | None:
    """The candidate with these parameters, or None.

    It is None if there is no autoencoder, or if the fit of the autoencoder does more
    than train.
    """
    return _candidate(clone(estimator).set_params(**clone(parameters, safe=False)), parameters)


def _candidate(whole: Any, parameters: dict[str, Any]) -> Candidate | None:
    pipeline = whole if type(whole) is Pipeline else Pipeline([("", whole)])
    steps = pipeline.steps
    kinds = (BaseAutoencoder, FinetunedClassifier)
    places = [place for place, step in enumerate(steps) if isinstance(step[1], kinds)]
    if not places:
        return None
    name, found = steps[places[0]]
    head = Pipeline([*steps[: places[0]], (name, "passthrough")], memory=pipeline.memory)
    later = {step[0] for step in steps[places[0] :]}
    own = [key for key in parameters if places[0] and key.partition("__")[0] not in later]
    # A grid repeats the same objects, so equal ids mean equal parameters.
    source = name, frozenset((key, id(parameters[key])) for key in own)
    if not isinstance(found, FinetunedClassifier):
        alone = type(found).fit is not BaseAutoencoder.fit or has_callbacks(found)
        return None if alone else Candidate(head, source, found)
    encoder, inner = _within(found, f"{name}__" if name else "", parameters)
    return inner and Candidate(head, (source, inner.source), inner.autoencoder, inner, encoder)


def _within(
    classifier: FinetunedClassifier, prefix: str, parameters: dict[str, Any]
) -> tuple[Any, Candidate | None]:
    """The encoder that a classifier fits, and the candidate inside of it.

    Both are None if its fit cannot be foreseen, for instance with a RandomState: the
    classifier draws from it before its encoder does.
    """
    drawn = isinstance(classifier.random_state, np.random.RandomState)
    lent = isinstance(classifier.encoder, BaseAutoencoder | Pipeline)
    if drawn or not lent or type(classifier).fit is not FinetunedClassifier.fit:
        return None, None
    encoder = seeded(classifier.encoder, classifier.random_state)
    deciding = f"{prefix}encoder", f"{prefix}random_state"
    own = {
        key.removeprefix(f"{prefix}encoder__"): value
        for key, value in parameters.items()
        if key.startswith(deciding)
    }
    return encoder, _candidate(encoder, own)


class Wanted(NamedTuple):
    """An autoencoder to fit, and the rows to fit it to."""

    autoencoder: BaseAutoencoder
    X: Any
    sample_weight: Any
    key: Key


class JointTraining:
    """The trainings of all candidates on all folds, and the table of finished ones."""

    def __init__(
        self,
        estimator: Any,
        candidates: list[dict[str, Any]],
        X: Any,
        y: Any,
        params: dict[str, Any],
        tolerant: bool,
    ) -> None:
        self.estimator = estimator
        self.candidates = [candidate_of(estimator, parameters) for parameters in candidates]
        self.X, self.y = indexable(X, y)
        self.params = params
        self.tolerant = tolerant
        self.finished = FinishedTrainings()

    def __call__(self, splits: list[tuple[Any, Any]], progress: Progress) -> np.ndarray:
        """Train, and return each candidate's share of the time, in seconds per fold."""
        start = perf_counter()
        trainings = [self._on_fold(rows) for rows, _ in splits]
        distinct = {training.key: training for training in chain(*trainings) if training}.values()
        groups = grouped(
            [training.autoencoder for training in distinct],
            [(training.X, training.sample_weight) for training in distinct],
            self.tolerant,
        )
        outcomes: list[Outcome] = []
        for group, on_epoch in progress.of_groups(groups):
            outcomes += fit_group(group, on_epoch, self.tolerant)
        if outcomes:
            announce(type(groups[0][0].estimator).__name__, outcomes)
        for training in distinct:
            if hasattr(training.autoencoder, "coefs_"):
                self.finished[training.key] = added_by_fit(training.autoencoder)
        found = np.array(
            [[bool(one and one.key in self.finished) for one in of_fold] for of_fold in trainings]
        )
        return found.mean(axis=0) * (perf_counter() - start) / max(1, found.sum())

    def _on_fold(self, rows: Any) -> list[Wanted | None]:
        """The training of every candidate on one fold; None if it has none."""
        fold = _validation.given_to_fit(self.estimator, self.X, self.y, self.params, rows)
        sources = {candidate.source: candidate for candidate in self.candidates if candidate}
        given = {source: self._given(candidate, fold) for source, candidate in sources.items()}
        return [
            _training(candidate, *given[candidate.source]) if candidate else None
            for candidate in self.candidates
        ]

    def _given(self, candidate: Candidate, fold: Fold) -> tuple[Any, Any, str | None]:
        """What reaches the autoencoder, or None if a step before it fails.

        The step fails again in the search, which handles the error.
        """
        try:
            return candidate.given(fold)
        except Exception:
            if not self.tolerant:
                raise
            return None, None, None


def _training(candidate: Candidate, X: Any, sample_weight: Any, rows: str | None) -> Wanted | None:
    key = Key(parameters_hash(candidate.autoencoder), rows)
    return None if None in key else Wanted(clone(candidate.autoencoder), X, sample_weight, key)
