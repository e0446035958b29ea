"""What contraction is worth on a data set: all codes under one protocol."""

import sys
import warnings
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae._files import texts_of
from skcae._together import fit_group, grouped
from skcae.model_selection import alpha_grid

TRAINING_SHARE = 0.7
MOST_CATEGORIES = 20
# 18 combinations for every method: 6 of its own knobs with 3 of C, or 18 of C.
CS = [1.0, 10.0, 100.0]
CS_OF_RAW = [float(f"{digit}e{power}") for power in range(-2, 4) for digit in (1, 2, 5)]
KNOBS = {"level": "corruption_level", "rate": "learning_rate_init", "size": "n_components"}
Encoders = dict[str, dict[Any, str]]  # by method, and their knobs in words


class Data(NamedTuple):
    """Rows in [0, 1], how they came there, and which have labels, none, or are held out."""

    preparation: Any
    X: np.ndarray
    y: np.ndarray
    train: np.ndarray
    others: np.ndarray
    held_out: np.ndarray


class Result(NamedTuple):
    """A method in all draws: what was chosen, and by noise which rows were right."""

    method: str
    choices: list[tuple[str, Any, float]]
    """The settings in words, the pipeline, and its accuracy in cross-validation."""
    right: dict[float, np.ndarray]

    @property
    def cv_accuracy(self) -> float:
        """The mean over draws; rounding makes equal means of other folds equal."""
        return round(float(np.mean([accuracy for *_, accuracy in self.choices])), 9)

    @property
    def settings(self) -> str:
        """What was chosen most often, and how often."""
        chosen = Counter(settings for settings, *_ in self.choices)
        ((settings, times),) = chosen.most_common(1)
        return settings + (f" ({times} of {chosen.total()})" if chosen.total() > 1 else "")


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    print(text, file=sys.stderr, flush=True)


def prepare(X: Any, y: np.ndarray, n_train: int | None, seed: int) -> Data:
    """Hold out rows, stratified, and scale all by those that are not held out."""
    missing, y = np.ma.getmaskarray(y), np.ma.getdata(y)
    known = np.flatnonzero(~missing)
    if (n_classes := len(np.unique(y[known]))) < 2:
        raise ValueError(f"y has {n_classes} classes, where 2 are needed; choose another --target.")
    train, held_out = train_test_split(
        known, train_size=n_train or TRAINING_SHARE, stratify=y[known], random_state=seed
    )
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    preparation = make_pipeline(imputer, MinMaxScaler(clip=True))
    if texts := texts_of(X):
        rare = {"handle_unknown": "infrequent_if_exist", "max_categories": MOST_CATEGORIES}
        encoder = OneHotEncoder(**rare, sparse_output=False)
        numbers = list(X.columns.drop(texts))
        preparation = make_column_transformer((preparation, numbers), (encoder, texts))
    preparation.fit(X[~np.isin(np.arange(len(y)), held_out)])
    rows = np.asarray(preparation.transform(X), dtype=np.float32)
    return Data(preparation, rows, y, train, np.flatnonzero(missing), held_out)


def draws(data: Data, n_labelled: int, args: Namespace) -> list[np.ndarray]:
    """The positions of labelled rows, as often as asked for; once, if these are all."""
    labels = data.y[data.train]
    if n_labelled > len(labels):
        few = f"more than the {len(labels)} labelled rows to train on; lower it, or label more rows"
        raise ValueError(f"--labelled {n_labelled} is {few}.")
    n_draws = args.draws if n_labelled < len(labels) else 1
    found = [_draw(labels, n_labelled, args.seed + k) for k in range(n_draws)]
    for label in np.unique(data.y[np.r_[data.train, data.held_out]]):
        if (least := min(np.sum(labels[rows] == label) for rows in found)) < args.cv:
            raise ValueError(
                f"class {label} has {least} of {n_labelled} labels, fewer than --cv {args.cv} "
                "folds; label more of it, drop it, or change --cv or --labelled."
            )
    return [data.train[rows] for rows in found]


def _draw(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Positions of ``number`` stratified rows, which contain those of a smaller draw."""
    order = np.random.RandomState(seed).permutation(len(labels))
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        rank[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.sort(np.argsort(rank, kind="stable")[:number])


def fitted(data: Data, args: Namespace) -> Encoders:
    """All encoders, fitted to all training rows; autoencoders train as one."""
    X, size, seed = data.X[np.r_[data.train, data.others]], args.n_components, args.seed
    common = {"max_iter": args.max_iter, "loss": "cross_entropy", "random_state": seed}
    cae = partial(ContractiveAutoencoder, size, **common)
    dae = partial(DenoisingAutoencoder, size, **common)
    sizes = sorted({max(1, min(size, *X.shape) // part) for part in (16, 8, 4, 3, 2, 1)})
    rates, alphas = ["auto", 0.001], args.alphas or alpha_grid(cae(), X)[3:8:2].tolist()
    # A low rate keeps weights small, as contraction and noise do, so all choose a rate too.
    # Noise of level s is about a contraction by s**2: levels and every other alpha span a decade.
    grids: dict[str, tuple[Any, dict[str, list[Any]]]] = {
        "raw": (FunctionTransformer(), {}),
        "PCA": (PCA(random_state=seed), {"size": sizes}),
        "plain": (cae(alpha=0), {"rate": ["auto", 0.03, 0.01, 0.003, 0.001, 0.0003]}),
        "masking": (dae(), {"level": [0.1, 0.3, 0.5], "rate": [0.01, 0.001]}),
        "gaussian": (dae(corruption="gaussian"), {"level": [0.1, 0.2, 0.3], "rate": rates}),
        "contractive": (cae(), {"alpha": alphas, "rate": rates}),
    }
    encoders: Encoders = {method: {} for method in grids}
    for method, (encoder, grid) in grids.items():
        for knobs in ParameterGrid(grid):
            words = "".join(f"{knob} {value}, " for knob, value in knobs.items())
            parameters = {KNOBS.get(knob, knob): value for knob, value in knobs.items()}
            encoders[method][clone(encoder).set_params(**parameters)] = words.replace(".0,", ",")
    for pca in encoders["PCA"]:
        pca.fit(X)
    autoencoders = [encoder for method in [*grids][2:] for encoder in encoders[method]]
    groups = grouped(autoencoders, [(X, None)] * len(autoencoders))
    for number, group in enumerate(groups, 1):
        tell(f"training {len(group)} autoencoders together, group {number} of {len(groups)}")
        fit_group(group, lambda member, epoch: None)
    return encoders


def compare(data: Data, encoders: Encoders, labelled: list[Any], args: Namespace) -> list[Result]:
    """Choose each method's settings on the labels of each draw, and test them."""
    results = [Result(method, [], {}) for method in encoders]
    for number, rows in enumerate(labelled, 1):
        tell(f"cross-validating on {len(rows)} rows, draw {number} of {len(labelled)}")
        for method, choices, _ in results:
            choices.append(choose(encoders[method], data.X[rows], data.y[rows], args))
    X, y = data.X[data.held_out], data.y[data.held_out]
    noise = np.random.RandomState(args.seed).standard_normal(X.shape)
    for level in (0.0, args.noise, *(np.arange(1, 6) / 10 if args.plot else ())):
        for _, choices, right in results:
            predicted = [pipeline.predict(X + level * noise) for _, pipeline, _ in choices]
            right[level] = np.array(predicted) == y
    return results


def choose(encoders: dict[Any, str], X: Any, y: Any, args: Namespace) -> tuple[str, Any, float]:
    """The best of a method by cross-validation; of equals the first."""
    folds = StratifiedKFold(args.cv, shuffle=True, random_state=args.seed)
    # The intercept is free, so centring changes nothing but the number of iterations.
    head = make_pipeline(StandardScaler(with_std=False), LogisticRegression(max_iter=1000)).steps
    frozen = {FrozenEstimator(encoder): words for encoder, words in encoders.items()}
    Cs = CS if any(frozen.values()) else CS_OF_RAW
    grid = {"codes": [*frozen], "logisticregression__C": Cs}
    search = GridSearchCV(Pipeline([("codes", None), *head]), grid, cv=folds, error_score="raise")
    codes, C = search.fit(X.astype(np.float64), y).best_params_.values()
    return f"{frozen[codes]}C {C:g}", search.best_estimator_, search.best_score_


@contextmanager
def quick_and_quiet(n_features: int) -> Iterator[None]:
    """One thread where more would only wait; no warnings, but an end at Ctrl-C."""
    with warnings.catch_warnings(), threadpool_limits(1 if n_features <= 256 else None):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("error", "Training interrupted")
        yield
