"""What contraction is worth on a data set: all codes under one protocol."""

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder
from threadpoolctl import threadpool_limits

from skcae._contractive import ContractiveAutoencoder
from skcae._denoising import DenoisingAutoencoder
from skcae._together import fit_group, grouped

TRAINING_SHARE = 0.7
MOST_CATEGORIES = 20
# 12 combinations for every method: 4 of its own knobs with 3 of C, or 12 of C.
ALPHAS = [0.1, 0.3, 1.0, 3.0]
GRIDS: dict[str, list[dict[str, Any]]] = {
    "plain": [{"alpha": 0, "learning_rate_init": rate} for rate in ("auto", 0.01, 0.003, 0.001)],
    "masking": [
        {"corruption": "masking", "corruption_level": level, "learning_rate_init": rate}
        for level in (0.3, 0.5)
        for rate in (0.01, 0.001)
    ],
    "gaussian": [
        {"corruption": "gaussian", "corruption_level": level} for level in (0.1, 0.2, 0.3, 0.5)
    ],
}
METHODS = ["raw", "PCA", *GRIDS, "contractive"]
CS = [1.0, 10.0, 100.0]
CS_OF_RAW = [0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
SHORT = {"alpha": "alpha", "corruption_level": "level", "learning_rate_init": "rate"}


class Protocol(NamedTuple):
    """What is the same for all that are compared, and the alphas."""

    n_labelled: int
    alphas: list[float]
    n_components: int
    max_iter: int
    n_draws: int
    cv: int
    seed: int


class Data(NamedTuple):
    """Rows in [0, 1], what brought them there, and where three kinds of them are."""

    preparation: Any
    X: np.ndarray
    y: np.ndarray
    train: np.ndarray
    """Rows with labels to train on; ``others`` have none, ``held_out`` are tested."""
    others: np.ndarray
    held_out: np.ndarray


class Encoder(NamedTuple):
    """A method with one value of its knobs, fitted on all rows but those held out."""

    knobs: str
    codes: Any = None
    """None gives the features themselves."""

    def transform(self, X: np.ndarray) -> np.ndarray:
        """What the classifier sees."""
        return np.asarray(X if self.codes is None else self.codes.transform(X), np.float64)


class Choice(NamedTuple):
    """What cross-validation on the labelled rows of one draw chose of a method."""

    encoder: Encoder
    classifier: LogisticRegression
    cv_accuracy: float

    @property
    def settings(self) -> str:
        return f"{self.encoder.knobs}C {self.classifier.C:g}"


class Result(NamedTuple):
    """A method in all draws: what was chosen, and by noise which rows were right."""

    method: str
    choices: list[Choice]
    right: dict[float, np.ndarray]

    @property
    def cv_accuracy(self) -> float:
        """The mean over draws; rounding makes equal means of other folds equal."""
        return round(float(np.mean([choice.cv_accuracy for choice in self.choices])), 9)

    @property
    def settings(self) -> str:
        """What was chosen most often, and how often."""
        chosen = Counter(choice.settings for choice in self.choices)
        ((settings, times),) = chosen.most_common(1)
        return settings + (f" ({times} of {chosen.total()})" if chosen.total() > 1 else "")


def prepare(X: Any, y: np.ndarray, n_train: int | None, seed: int) -> Data:
    """Hold out rows, stratified, and scale all by those that are not held out."""
    missing, y = np.ma.getmaskarray(y), np.ma.getdata(y)
    known = np.flatnonzero(~missing)
    n_train = n_train or int(TRAINING_SHARE * len(known))
    _check_classes(y[known], n_train)
    train, held_out = train_test_split(
        known, train_size=n_train, stratify=y[known], random_state=seed
    )
    learn = np.ones(len(y), bool)
    learn[held_out] = False
    preparation = _preparation(X).fit(X[learn])
    rows = np.asarray(preparation.transform(X), dtype=np.float32)
    return Data(preparation, rows, y, train, np.flatnonzero(missing), held_out)


def _check_classes(labels: np.ndarray, n_train: int) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ValueError(
            f"y has a single class, {classes[0]}; at least two are needed. Choose another --target."
        )
    if n_train >= len(labels):
        raise ValueError(
            f"{n_train} of {len(labels)} labelled rows to train on leave none to hold out; lower "
            "--train-rows, or label more rows."
        )
    k = counts.argmin()
    if counts[k] * min(n_train, len(labels) - n_train) < len(labels):
        raise ValueError(
            f"class {classes[k]} has {n_rows(counts[k])} with a label, too few to train on some "
            "and hold some out; label more, drop the class, or change --train-rows."
        )


def n_rows(number: int) -> str:
    """A number of rows, in words."""
    return "1 row" if number == 1 else f"{number} rows"


def _preparation(X: Any) -> Any:
    """Scale numbers, impute them where some are missing, and encode text."""
    is_table = hasattr(X, "columns")
    numbers = X.select_dtypes("number") if is_table else X
    scaler: Any = MinMaxScaler(clip=True)
    if np.isnan(np.asarray(numbers, dtype=np.float64)).any():
        imputer = SimpleImputer(strategy="median", keep_empty_features=True)
        scaler = make_pipeline(imputer, scaler)
    if not is_table:
        return scaler
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
    )
    texts = [name for name in X if name not in numbers]
    return make_column_transformer((scaler, list(numbers)), (encoder, texts))


def draws(data: Data, protocol: Protocol) -> list[np.ndarray]:
    """The positions of labelled rows, as often as asked for; once, if these are all."""
    labels, number = data.y[data.train], protocol.n_labelled
    if number > len(labels):
        raise ValueError(
            f"--labelled {number} is more than the {len(labels)} labelled rows to train on; lower "
            "it, or label more rows."
        )
    n_draws = protocol.n_draws if number < len(labels) else 1
    found = [_draw(labels, number, protocol.seed + k) for k in range(n_draws)]
    for label in np.unique(labels):
        least = min(int((labels[rows] == label).sum()) for rows in found)
        if least < protocol.cv:
            raise ValueError(
                f"class {label} has {n_rows(least)} among {number} labelled ones, where --cv "
                f"{protocol.cv} needs {protocol.cv}; label more of it, drop it, or change --cv or "
                "--labelled."
            )
    return [data.train[rows] for rows in found]


def _draw(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Positions of so many rows, stratified; those of fewer are among them."""
    order = np.random.RandomState(seed).permutation(len(labels))
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        rank[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.sort(np.argsort(rank, kind="stable")[:number])


def other_sizes(data: Data, protocol: Protocol) -> list[int]:
    """Other numbers of labels, of which there are enough for every fold and class."""
    found = []
    for factor in (0.5, 2, 4):
        size = int(factor * protocol.n_labelled)
        with suppress(ValueError):
            draws(data, protocol._replace(n_labelled=size))
            found.append(size)
    return found


def fitted(data: Data, protocol: Protocol, tell: Callable[[str], None]) -> dict[str, list[Encoder]]:
    """The encoders of each method; autoencoders see the same rows and train as one."""
    X = data.X[np.concatenate([data.train, data.others])]
    grids = GRIDS | {"contractive": [{"alpha": alpha} for alpha in protocol.alphas]}
    common = {
        "n_components": protocol.n_components,
        "max_iter": protocol.max_iter,
        "loss": "cross_entropy",
        "random_state": protocol.seed,
    }
    kinds = {"alpha": ContractiveAutoencoder, "corruption": DenoisingAutoencoder}
    encoders = {
        method: [
            Encoder(
                "".join(
                    f"{SHORT[name]} {knobs[name]}, ".replace(".0,", ",")
                    for name in SHORT
                    if knobs.get(name)
                ),
                kinds[next(iter(knobs))](**knobs, **common),
            )
            for knobs in grid
        ]
        for method, grid in grids.items()
    }
    autoencoders = [encoder.codes for of_method in encoders.values() for encoder in of_method]
    groups = grouped(autoencoders, [(X, None)] * len(autoencoders))
    for number, group in enumerate(groups, 1):
        tell(f"training {len(group)} autoencoders together, group {number} of {len(groups)}")
        fit_group(group, lambda member, epoch: None)
    most = min(protocol.n_components, *X.shape)
    sizes = sorted({max(1, most // part) for part in (8, 4, 2, 1)})
    pca = [Encoder(f"size {k}, ", PCA(k, random_state=protocol.seed).fit(X)) for k in sizes]
    return {"raw": [Encoder("")], "PCA": pca, **encoders}


def compare(
    data: Data,
    encoders: dict[str, list[Encoder]],
    protocol: Protocol,
    noises: list[float],
    tell: Callable[[str], None],
) -> list[Result]:
    """Choose each method's settings on the labels of each draw, and test them."""
    choices: dict[str, list[Choice]] = {method: [] for method in METHODS}
    labelled = draws(data, protocol)
    for number, rows in enumerate(labelled, 1):
        tell(f"cross-validating on {n_rows(len(rows))}, draw {number} of {len(labelled)}")
        for method, chosen in choices.items():
            chosen.append(choose(encoders[method], data.X[rows], data.y[rows], protocol))
    X, y = data.X[data.held_out], data.y[data.held_out]
    noise = np.random.RandomState(protocol.seed).standard_normal(X.shape)

    def right(choice: Choice, level: float) -> np.ndarray:
        return choice.classifier.predict(choice.encoder.transform(X + level * noise)) == y

    return [
        Result(
            method,
            chosen,
            {level: np.array([right(choice, level) for choice in chosen]) for level in noises},
        )
        for method, chosen in choices.items()
    ]


def choose(encoders: list[Encoder], X: np.ndarray, y: np.ndarray, protocol: Protocol) -> Choice:
    """The best of a method by cross-validation; of equals the first."""
    folds = StratifiedKFold(protocol.cv, shuffle=True, random_state=protocol.seed)
    classifier = LogisticRegression(max_iter=1000)
    choices = []
    for encoder in encoders:
        grid = {"C": CS if encoder.codes else CS_OF_RAW}
        search = GridSearchCV(classifier, grid, cv=folds, error_score="raise")
        search.fit(encoder.transform(X), y)
        choices.append(Choice(encoder, search.best_estimator_, round(search.best_score_, 9)))
    return max(choices, key=lambda choice: choice.cv_accuracy)


def pipeline(data: Data, choice: Choice) -> Pipeline:
    """From rows as they are in the file to labels."""
    return Pipeline(
        [
            ("preparation", data.preparation),
            ("codes", choice.encoder.codes or "passthrough"),
            ("classifier", choice.classifier),
        ]
    )


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """The mean over draws and rows, and its standard error over both."""
    spreads = [
        means.var(ddof=1) / len(means)
        for means in (values.mean(axis=0), values.mean(axis=1))
        if len(means) > 1
    ]
    return float(values.mean()), math.sqrt(sum(spreads))


def percent(values: np.ndarray) -> str:
    """A mean with its standard error."""
    mean, error = mean_and_error(values)
    return f"{mean:.1%} ± {100 * error:.1f}"


def table(results: list[Result], noise: float) -> str:
    """The comparison, for reading."""
    lines = [["codes", "chosen", "CV", "held out", f"noise {noise:g}"]]
    for result in results:
        accuracies = [percent(result.right[level]) for level in (0.0, noise)]
        lines.append([result.method, result.settings, f"{result.cv_accuracy:.1%}", *accuracies])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(line, "<<>>>", widths, strict=True)
        )
        for line in lines
    )


def winner(results: list[Result]) -> Result:
    """The best by cross-validation; of equals the first, which is the simpler."""
    return max(results, key=lambda result: result.cv_accuracy)


def verdict(results: list[Result], noise: float) -> str:
    """Who won by cross-validation, and what contraction is worth beside each rival."""
    first = winner(results)
    *rivals, ours = results
    lines = [
        f"Winner by cross-validation: {first.method}, {first.cv_accuracy:.1%}; it scores "
        f"{percent(first.right[0.0])} of held-out rows."
    ]
    for level in dict.fromkeys([0.0, noise]):
        what = f"with noise of {level:g}" if level else "as they are"
        lines.append(f"Held-out rows {what}: contraction scores {percent(ours.right[level])}.")
        for rival in rivals:
            gain, error = mean_and_error(ours.right[level].astype(float) - rival.right[level])
            word = "better" if gain > 0 else "worse"
            word = "no difference is shown" if abs(gain) <= 2 * error else word
            lines.append(
                f"  {100 * gain:+5.1f} points against {rival.method} (standard error "
                f"{100 * error:.1f}): {word}"
            )
    return "\n".join(lines)


@contextmanager
def quick_and_quiet(n_features: int) -> Iterator[None]:
    """One thread where batches are so small that threads only wait; no warnings.

    --max-iter is a budget, whose end is none to warn of. The fit of a model alone ends
    well at Ctrl-C, but the comparison must end too.
    """
    threads = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("error", "Training interrupted")
        small = n_features <= 256
        torch.set_num_threads(1 if small else threads)
        try:
            with threadpool_limits(1 if small else None):  # of BLAS
                yield
        finally:
            torch.set_num_threads(threads)
