"""What contraction is worth on a data set: all codes under one protocol."""

import sys
import warnings
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder
from threadpoolctl import threadpool_limits

from skcae._contractive import ContractiveAutoencoder
from skcae._denoising import DenoisingAutoencoder
from skcae._files import texts_of
from skcae._together import fit_group, grouped

TRAINING_SHARE = 0.7
MOST_CATEGORIES = 20
# 12 combinations for every method: 4 of its own knobs with 3 of C, or 12 of C.
ALPHAS = [0.1, 0.3, 1.0, 3.0]
LEVELS = [0.1, 0.2, 0.3, 0.5]
CS = [1.0, 10.0, 100.0]
CS_OF_RAW = [0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
SHORT = {
    "alpha": "alpha",
    "corruption_level": "level",
    "learning_rate_init": "rate",
    "n_components": "size",
}


class Data(NamedTuple):
    """Rows in [0, 1], what brought them there, and where three kinds of them are."""

    preparation: Any
    X: np.ndarray
    y: np.ndarray
    train: np.ndarray
    """Rows with labels to train on; ``others`` have none, ``held_out`` are tested."""
    others: np.ndarray
    held_out: np.ndarray


class Choice(NamedTuple):
    """What cross-validation on the labelled rows of one draw chose of a method."""

    settings: str
    pipeline: Pipeline
    cv_accuracy: float


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


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    print(text, file=sys.stderr, flush=True)


def prepare(X: Any, y: np.ndarray, n_train: int | None, seed: int) -> Data:
    """Hold out rows, stratified, and scale all by those that are not held out."""
    missing, y = np.ma.getmaskarray(y), np.ma.getdata(y)
    known = np.flatnonzero(~missing)
    if len(set(y[known])) < 2:
        raise ValueError(
            f"y has a single class, {y[known[0]]}; at least 2 are needed, choose another --target."
        )
    train, held_out = train_test_split(
        known, train_size=n_train or TRAINING_SHARE, stratify=y[known], random_state=seed
    )
    preparation = _preparation(X).fit(X[~np.isin(np.arange(len(y)), held_out)])
    rows = np.asarray(preparation.transform(X), dtype=np.float32)
    return Data(preparation, rows, y, train, np.flatnonzero(missing), held_out)


def _preparation(X: Any) -> Any:
    """Impute and scale numbers, and encode text."""
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    scaler = make_pipeline(imputer, MinMaxScaler(clip=True))
    texts = texts_of(X)
    if not texts:
        return scaler
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
    )
    return make_column_transformer((scaler, list(X.columns.drop(texts))), (encoder, texts))


def draws(data: Data, n_labelled: int, protocol: Namespace) -> list[np.ndarray]:
    """The positions of labelled rows, as often as asked for; once, if these are all."""
    labels = data.y[data.train]
    if n_labelled > len(labels):
        raise ValueError(
            f"--labelled {n_labelled} is more than the {len(labels)} labelled rows to train on; "
            "lower it, or label more rows."
        )
    n_draws = protocol.draws if n_labelled < len(labels) else 1
    found = [_draw(labels, n_labelled, protocol.seed + k) for k in range(n_draws)]
    for label in np.unique(data.y[np.r_[data.train, data.held_out]]):
        least = min(int((labels[rows] == label).sum()) for rows in found)
        if least < protocol.cv:
            raise ValueError(
                f"class {label} has {least} of {n_labelled} labelled rows, where --cv "
                f"{protocol.cv} needs {protocol.cv}; label more of it, drop it, or change --cv or "
                "--labelled."
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


def other_sizes(data: Data, n_labelled: int, protocol: Namespace) -> Iterator[int]:
    """Other numbers of labels, of which there are enough for every fold and class."""
    for size in (n_labelled // 2, 2 * n_labelled, 4 * n_labelled):
        with suppress(ValueError):
            draws(data, size, protocol)
            yield size


def fitted(data: Data, protocol: Namespace) -> dict[str, dict[Any, str]]:
    """Each method's encoders, and their knobs in words; autoencoders train as one."""
    X, seed = data.X[np.r_[data.train, data.others]], protocol.seed
    most = min(protocol.n_components, *X.shape)
    common = {"max_iter": protocol.max_iter, "loss": "cross_entropy", "random_state": seed}
    contractive = ContractiveAutoencoder(protocol.n_components, **common)
    denoising = DenoisingAutoencoder(protocol.n_components, **common)
    grids: dict[str, tuple[Any, dict[str, list[Any]]]] = {
        "raw": (FunctionTransformer(), {}),
        "PCA": (
            PCA(random_state=seed),
            {"n_components": sorted({max(1, most // part) for part in (8, 4, 2, 1)})},
        ),
        "plain": (contractive, {"alpha": [0], "learning_rate_init": ["auto", 0.01, 0.003, 0.001]}),
        "masking": (
            denoising,
            {"corruption_level": [0.3, 0.5], "learning_rate_init": [0.01, 0.001]},
        ),
        "gaussian": (denoising, {"corruption": ["gaussian"], "corruption_level": LEVELS}),
        "contractive": (contractive, {"alpha": protocol.alphas}),
    }
    encoders = {
        method: {clone(encoder).set_params(**knobs): _words(knobs) for knobs in ParameterGrid(grid)}
        for method, (encoder, grid) in grids.items()
    }
    for pca in encoders["PCA"]:
        pca.fit(X)
    autoencoders = [encoder for method in [*grids][2:] for encoder in encoders[method]]
    groups = grouped(autoencoders, [(X, None)] * len(autoencoders))
    for number, group in enumerate(groups, 1):
        tell(f"training {len(group)} autoencoders together, group {number} of {len(groups)}")
        fit_group(group, lambda member, epoch: None)
    return encoders


def _words(knobs: dict[str, Any]) -> str:
    words = [f"{short} {knobs[name]}, " for name, short in SHORT.items() if knobs.get(name)]
    return "".join(words).replace(".0,", ",")


def compare(
    data: Data, encoders: dict[str, Any], n_labelled: int, noises: list[float], protocol: Namespace
) -> list[Result]:
    """Choose each method's settings on the labels of each draw, and test them."""
    results = [Result(method, [], {}) for method in encoders]
    labelled = draws(data, n_labelled, protocol)
    for number, rows in enumerate(labelled, 1):
        tell(f"cross-validating on {len(rows)} rows, draw {number} of {len(labelled)}")
        for method, choices, _ in results:
            choices.append(choose(encoders[method], data.X[rows], data.y[rows], protocol))
    X, y = data.X[data.held_out], data.y[data.held_out]
    noise = np.random.RandomState(protocol.seed).standard_normal(X.shape)
    for level in noises:
        for _, choices, right in results:
            predicted = [choice.pipeline.predict(X + level * noise) for choice in choices]
            right[level] = np.array(predicted) == y
    return results


def choose(encoders: dict[Any, str], X: np.ndarray, y: np.ndarray, protocol: Namespace) -> Choice:
    """The best of a method by cross-validation; of equals the first."""
    folds = StratifiedKFold(protocol.cv, shuffle=True, random_state=protocol.seed)
    pipeline = Pipeline([("codes", None), ("head", LogisticRegression(max_iter=1000))])
    frozen = {FrozenEstimator(encoder): words for encoder, words in encoders.items()}
    grid = {"codes": [*frozen], "head__C": CS if any(frozen.values()) else CS_OF_RAW}
    search = GridSearchCV(pipeline, grid, cv=folds, error_score="raise")
    codes, C = search.fit(X.astype(np.float64), y).best_params_.values()
    return Choice(f"{frozen[codes]}C {C:g}", search.best_estimator_, search.best_score_)


@contextmanager
def quick_and_quiet(n_features: int) -> Iterator[None]:
    """One thread where batches are so small that threads only wait; no warnings.

    The fit of a model alone ends well at Ctrl-C, but the comparison must end too.
    """
    with warnings.catch_warnings(), threadpool_limits(1 if n_features <= 256 else None):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("error", "Training interrupted")
        yield
