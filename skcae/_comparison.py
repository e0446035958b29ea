"""What a contraction is worth on a data set: every alternative under one protocol, and what the numbers allow to say."""

import math
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skcae._contractive import ContractiveAutoencoder
from skcae._denoising import DenoisingAutoencoder
from skcae.inspection import contraction

# Standardised features, squared error, 64 components, 50 epochs and both grids were
# chosen by cross-validation on the 300 training rows of digits that seed 0 gives; the
# held-out rows had no part in it.
CORRUPTION_LEVELS = [0.1, 0.3, 0.5]

Data = tuple[np.ndarray, np.ndarray]


class Protocol(NamedTuple):
    """What is the same for all that are compared, and the alphas."""

    alphas: list[float]
    n_components: int
    max_iter: int
    cv: int
    seed: int


class Row(NamedTuple):
    """One line of the table: a pipeline fitted on the training rows, and what it does on the held-out ones."""

    pipeline: Pipeline
    cv_accuracy: float
    correct: np.ndarray
    contraction: float
    reconstruction: float
    seconds: float

    @property
    def codes(self) -> Any:
        return self.pipeline["codes"]

    @property
    def alpha(self) -> float | None:
        return getattr(self.codes, "alpha", None)

    @property
    def name(self) -> str:
        return name(self.codes)

    @property
    def accuracy(self) -> float:
        return float(self.correct.mean())

    @property
    def standard_error(self) -> float:
        return math.sqrt(self.accuracy * (1 - self.accuracy) / len(self.correct))


def split(X: np.ndarray, y: np.ndarray, n_train: int, cv: int, seed: int) -> tuple[Data, Data]:
    """Training and held-out rows, stratified, with a row of every class for each fold and one held out."""
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) < 2:
        raise ValueError(
            f"the only class is {classes[0]}; give rows of two classes at least, or choose another --target."
        )
    if n_train >= len(y):
        raise ValueError(
            f"{n_train} of {len(y)} rows to train on leave none to hold out; lower --train-rows, or give more rows."
        )
    train = counts * n_train // len(y)
    held_out = counts * (len(y) - n_train) // len(y)
    scarce = np.flatnonzero((train < cv) | (held_out < 1))
    if len(scarce):
        k = scarce[0]
        raise ValueError(
            f"class {classes[k]} has {counts[k]} rows, hence {train[k]} to train on and {held_out[k]} held out, where "
            f"--cv {cv} needs {cv} and 1; give more rows of it, drop it, or change --cv or --train-rows."
        )
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=n_train, stratify=y, random_state=seed
    )
    return (X_train, y_train), (X_test, y_test)


def grid(protocol: Protocol, n_features: int, n_train: int) -> list[dict[str, list[Any]]]:
    """Everything that is compared, as one grid of one search: all share scaler, classifier and folds."""
    size, seed = protocol.n_components, protocol.seed
    most = min(
        n_features, n_train - math.ceil(n_train / protocol.cv)
    )  # PCA has no more components in the smallest fold
    common: dict[str, Any] = {
        "n_components": size,
        "max_iter": protocol.max_iter,
        "random_state": seed,
    }
    return [
        {"codes": ["passthrough"]},
        {"codes": [PCA(min(size, most), random_state=seed)]},
        {"codes": [ContractiveAutoencoder(**common)], "codes__alpha": protocol.alphas},
        {"codes": [DenoisingAutoencoder(**common)], "codes__corruption_level": CORRUPTION_LEVELS},
    ]


def name(codes: Any) -> str:
    """How the table calls what stands between scaler and classifier."""
    if isinstance(codes, ContractiveAutoencoder):
        return "contractive" if codes.alpha else "plain"
    if isinstance(codes, DenoisingAutoencoder):
        return f"denoising {codes.corruption_level:g}"
    return f"PCA ({codes.n_components})" if isinstance(codes, PCA) else "raw"


def title(codes: Any) -> str:
    """The same with alpha, for a line of text."""
    alpha = getattr(codes, "alpha", None)
    return name(codes) if alpha is None else f"{name(codes)}, alpha {alpha:g}"


def measure(codes: Any, X: np.ndarray) -> tuple[float, float]:
    """Mean ``||J||_F^2`` and mean squared error of the reconstruction, which linear maps have in closed form."""
    if isinstance(codes, str):
        return X.shape[1], 0.0
    if isinstance(codes, PCA):
        return codes.n_components_, float(
            ((X - codes.inverse_transform(codes.transform(X))) ** 2).sum(axis=1).mean()
        )
    return float(contraction(codes, X).mean()), -codes.score(X)


def search(
    protocol: Protocol, train: Data, held_out: Data, tell: Callable[[str], None]
) -> list[Row]:
    """Cross-validate every candidate on the training rows, then fit each on all of them."""
    pipeline = Pipeline(
        [
            ("scaler", StandardScaler()),
            ("codes", "passthrough"),
            ("classifier", LogisticRegression(max_iter=1000)),
        ]
    )
    candidates = grid(protocol, train[0].shape[1], len(train[0]))
    n_candidates = sum(math.prod(map(len, values.values())) for values in candidates)
    scored = count(1)

    def accuracy(fitted: Pipeline, X: np.ndarray, y: np.ndarray) -> float:
        done, remainder = divmod(next(scored), protocol.cv)
        if not remainder:
            tell(f"{done}/{n_candidates} cross-validated: {title(fitted['codes'])}")
        return fitted.score(X, y)

    folds = StratifiedKFold(protocol.cv, shuffle=True, random_state=protocol.seed)
    found = GridSearchCV(
        pipeline, candidates, scoring=accuracy, cv=folds, refit=False, error_score="raise"
    ).fit(*train)
    tell("fitting each on all training rows")
    results = zip(found.cv_results_["params"], found.cv_results_["mean_test_score"], strict=True)
    return [
        row(clone(pipeline).set_params(**clone(params, safe=False)), score, train, held_out)
        for params, score in results
    ]


def row(pipeline: Pipeline, cv_accuracy: float, train: Data, held_out: Data) -> Row:
    """Fit on the training rows, measure on the held-out ones; rounding makes equal means of other folds equal."""
    start = time.perf_counter()
    pipeline.fit(*train)
    seconds, codes, (X, y) = time.perf_counter() - start, pipeline["codes"], held_out
    measures = measure(codes, pipeline["scaler"].transform(X))
    return Row(pipeline, round(cv_accuracy, 9), pipeline.predict(X) == y, *measures, seconds)


def best(rows: list[Row], *names: str) -> Row:
    """The best by cross-validation among rows whose name starts so; of equals the first, which is the simpler."""
    return max(
        (row for row in rows if row.name.startswith(names or "")), key=lambda row: row.cv_accuracy
    )


def table(rows: list[Row]) -> str:
    """The comparison, for reading."""
    heads = [
        "codes",
        "alpha",
        "CV accuracy",
        "held-out accuracy",
        "mean ||J||_F^2",
        "reconstruction error",
        "seconds",
    ]
    lines = ["  ".join([f"{heads[0]:13}", f"{heads[1]:>6}", *heads[2:]])]
    for row in rows:
        alpha = "-" if row.alpha is None else f"{row.alpha:g}"
        values = [row.cv_accuracy, row.accuracy, row.contraction, row.reconstruction, row.seconds]
        formats = [".1%", ".1%", ".3f", ".3f", ".2f"]
        cells = [
            f"{value:>{len(head)}{form}}"
            for value, head, form in zip(values, heads[2:], formats, strict=True)
        ]
        lines.append("  ".join([f"{row.name:13}", f"{alpha:>6}", *cells]))
    return "\n".join(lines)


def verdict(rows: list[Row]) -> str:
    """Who won by cross-validation, what that was worth on held-out rows, and whether the contraction had a part in it."""
    winner, autoencoder = best(rows), best(rows, "plain", "contractive")
    score = f"{winner.accuracy:.1%} of held-out rows (standard error {winner.standard_error:.1%})"
    lines = [
        f"Winner by cross-validation: {title(winner.codes)}, {winner.cv_accuracy:.1%}; it scores {score}."
    ]
    equals = [
        title(row.codes)
        for row in rows
        if row.cv_accuracy == winner.cv_accuracy and row is not winner
    ]
    if equals:
        lines.append(
            f"Equal in cross-validation, and not named for coming later in the table: {'; '.join(equals)}."
        )
    if not any(row.alpha for row in rows):
        return "\n".join(
            [*lines, "No alpha above 0 was tried, so nothing is known of the contraction."]
        )
    if not autoencoder.alpha:
        lines.append(
            "No alpha did better than 0 in cross-validation: contraction did not help there."
        )
    ours = best(rows, "contractive")
    lines.append(
        f"Contraction: {title(ours.codes)}, scores {ours.accuracy:.1%} of held-out rows. On the same rows that is"
    )
    lines += [
        f"  {compare(ours, best(rows, other))}" for other in ("plain", "raw", "PCA", "denoising")
    ]
    return "\n".join(lines)


def compare(ours: Row, other: Row) -> str:
    """The difference of two accuracies on the same rows; its standard error counts only rows where the two differ."""
    differences = ours.correct.astype(float) - other.correct
    gain, error = differences.mean(), differences.std() / math.sqrt(len(differences))
    word = (
        "within two standard errors, so these rows show no difference"
        if abs(gain) <= 2 * error
        else "better"
        if gain > 0
        else "worse"
    )
    return f"{100 * gain:+.1f} points against {other.name}, {other.accuracy:.1%} (standard error {100 * error:.1f}): {word}"


@contextmanager
def quick_and_quiet(n_features: int) -> Iterator[None]:
    """One thread where batches are so small that threads only wait for each other, and warnings that concern a user here."""
    threads = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # --max-iter is a budget
        warnings.filterwarnings(
            "error", "Training interrupted"
        )  # a fit ends well at Ctrl-C, but the search must end too
        torch.set_num_threads(1 if n_features <= 256 else threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
