"""The labels in y: which rows have one, their classes, and the weights of classes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_consistent_length, column_or_1d, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from skcae import _bridge, _validation
from skcae._outcome import warn_user


class Labels(NamedTuple):
    """The class and the weights of every row."""

    label: np.ndarray
    """Position of the class; 0 for rows without a label."""
    class_weight: np.ndarray
    """Weight of the class; 0 for rows without a label or without sample weight."""
    weight: np.ndarray
    """Sample weight."""

    def of(self, index: np.ndarray) -> "Labels":
        """The same for some rows."""
        return Labels(*(array[index] for array in self))

    @property
    def labelled(self) -> np.ndarray:
        """Rows that have a label."""
        return self.class_weight.nonzero()[0]

    @property
    def total(self) -> np.ndarray:
        """The weight of every row in the log-loss."""
        return self.weight * self.class_weight

    def emphasis(self) -> np.ndarray:
        """The factor of each row's log-loss in a mean over all rows."""
        return self.class_weight * (self.weight.sum() / self.total.sum())


def labels_of(
    classifier: Any, X: np.ndarray, y: Any, sample_weight: Any
) -> tuple[np.ndarray, Labels]:
    """The sorted classes in y, and the class and weights of every row of X."""
    weight = _validation.check_weights(sample_weight, X)
    given = _read(type(classifier).__name__, y)
    values = given.values
    check_consistent_length(X, values)
    missing = given.without_label(_are_classes(type(classifier).__name__, given))
    weight = np.ones(len(values), dtype=X.dtype) if weight is None else weight
    labelled = (~missing & (weight > 0)).nonzero()[0]
    if not len(labelled):
        raise ValueError(
            "sample_weight is zero for every row that has a label; rows of at least two classes "
            "need a weight above 0."
        )
    found = _as_one_type(values[labelled])
    check_classification_targets(found)
    encoder = LabelEncoder().fit(found)
    classes = encoder.classes_
    if len(classes) < 2:
        raise ValueError(
            f"y has one class, {classes.tolist()[0]!r}, besides rows without a label; at least "
            "two classes are needed. Label rows of another class."
        )
    label = np.zeros(len(values), dtype=np.int64)
    label[labelled] = encoder.transform(found)
    _check_rows(classes, label[labelled], weight[labelled])
    class_weight = np.zeros(len(values), dtype=X.dtype)
    class_weight[labelled] = _class_weights(
        classifier.class_weight, classes, label[labelled], weight[labelled]
    )
    return classes, Labels(label, class_weight, weight)


def _check_rows(classes: np.ndarray, label: np.ndarray, weight: np.ndarray) -> None:
    """Check that every class has two rows; a row of weight 2 equals two rows."""
    alone = (np.bincount(label) == 1) & (np.bincount(label, weights=weight) < 2)
    if alone.any():
        raise ValueError(
            f"y has the class {classes[alone].tolist()[0]!r} on one row; at least two rows of "
            "every class are needed. Label another row of it, or leave this one without a label."
        )


def _class_weights(
    class_weight: Any, classes: np.ndarray, label: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """The weight of the class of every labelled row."""
    if class_weight is None:
        return np.ones(len(label))
    if class_weight == "balanced":
        counts = np.bincount(label, weights=weight)
        return (counts.sum() / (len(counts) * counts))[label]
    weights = compute_class_weight(class_weight, classes=classes, y=classes)
    if not (np.isfinite(weights).all() and weights.min() > 0):
        raise ValueError(
            f"class_weight={class_weight!r} must hold finite numbers above 0; to leave a "
            "class out, mark its rows with -1."
        )
    return np.asarray(weights)[label]


def known_labels(classifier: Any, y: Any, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the predicted rows have a label in y, and these labels."""
    given = _read(type(classifier).__name__, y)
    check_consistent_length(predicted, given.values)
    known = ~given.without_label(any(map(_is_minus_one, classifier.classes_.tolist())))
    return known, _as_one_type(given.values[known])


def split_labelled(
    classifier: Any, labels: Labels, generator: torch.Generator | None
) -> tuple[np.ndarray, np.ndarray]:
    """The labelled rows to train on, and those that early stopping holds out.

    The first row drawn of every class is kept to train on.
    """
    labelled = labels.labelled
    if generator is None or not classifier.early_stopping:
        return labelled, labelled[:0]
    n_held_out = _validation.held_out_rows(classifier, len(labelled))
    order = labelled[_bridge.to_numpy(torch.randperm(len(labelled), generator=generator))]
    _, first = np.unique(labels.label[order], return_index=True)
    free = np.delete(order, first)
    if n_held_out > len(free):
        raise ValueError(
            f"validation_fraction={classifier.validation_fraction!r} holds out {n_held_out} of "
            f"{len(labelled)} labelled rows, but all of {len(first)} classes need one to train "
            "on. Lower validation_fraction, or set early_stopping=False."
        )
    held_out = free[:n_held_out]
    return np.setdiff1d(labelled, held_out), np.sort(held_out)


# Reading


def _is_missing(value: Any) -> bool:
    """Whether an object marks a missing label: None, nan, pandas's NA or ''."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return bool(value != value) or (isinstance(value, str) and value == "")


def _is_minus_one(value: Any) -> bool:
    return _validation.is_number(value) and value == -1


MISSING: dict[str, Callable[[np.ndarray], Any]] = {
    "f": np.isnan,
    "U": lambda y: y == "",
    "O": lambda y: np.array([_is_missing(value) for value in y], dtype=bool),
}
"""Functions that find missing labels, by the kind of dtype."""


class Given(NamedTuple):
    """The entries of y."""

    values: np.ndarray
    missing: np.ndarray
    """Whether an entry is None, nan or an empty string."""
    minus_one: np.ndarray
    """Whether an entry is -1."""

    def without_label(self, minus_one_is_class: bool) -> np.ndarray:
        """Which rows have no label; an error if none has one."""
        absent = self.missing if minus_one_is_class else self.missing | self.minus_one
        if absent.all():
            raise ValueError(
                "y has no label: every entry is -1, or None, nan or ''. Label rows of at least "
                "two classes."
            )
        return absent


def _read(name: str, y: Any) -> Given:
    """The entries of a y that is passed to the estimator of this name."""
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    y = _bridge.to_array(y)
    array = np.asarray(y) if hasattr(y, "dtype") else np.array(y, dtype=object)
    values = column_or_1d(array, warn=True)
    missing = np.zeros(len(values), dtype=bool)
    if values.dtype.kind in MISSING:
        missing |= MISSING[values.dtype.kind](values)
    minus_one = np.array([_is_minus_one(value) for value in values.tolist()], dtype=bool)
    return Given(values, missing, minus_one)


def _are_classes(name: str, given: Given) -> bool:
    """Whether -1 is a class, as it is if 1 is the only other label."""
    if {*given.values[~given.missing].tolist()} != {-1, 1}:
        return False
    warn_user(
        f"{name}: y has only the labels -1 and 1, so -1 is taken as a class and not as the mark "
        "of rows without a label. Use the labels 0 and 1 to avoid this warning."
    )
    return True


def _as_one_type(labels: np.ndarray) -> np.ndarray:
    """Labels of dtype object in their own dtype, unless one is a string."""
    if labels.dtype != object or any(isinstance(value, str) for value in labels):
        return labels
    return np.array(labels.tolist())
